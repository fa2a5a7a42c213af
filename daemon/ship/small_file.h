// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/upload.h"

namespace kdumpd {

// A file of at most 64 KiB: a key, a password. kCredentials: it cannot be read, is empty or larger.
// `what`: for the message ("key_file"), which shows neither the text nor a part of it.
[[nodiscard]] Uploaded<std::string> SmallFile(const std::string& path, std::string_view what);
// The one line that is in such a file, without blanks around it. kCredentials: there are more.
[[nodiscard]] Uploaded<std::string> SecretLine(const std::string& path, std::string_view what);

}  // namespace kdumpd
