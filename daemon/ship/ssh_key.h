// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/core/upload.h"

namespace kdumpd {

// Whether libssh2 can log in with this private key, as far as its text shows. kConfig: it is RSA,
// for which libssh2 1.10 knows only SHA-1 signatures, that servers refuse since OpenSSH 8.8; or it
// needs a passphrase, which nobody is there to type.
[[nodiscard]] Uploaded<void> CheckSshKey(std::string_view text);

// A path or name for libcurl's SFTP commands (CURLOPT_QUOTE), which take quotes and backslashes.
// The name has no control characters.
[[nodiscard]] std::string QuoteForSftp(std::string_view path);

}  // namespace kdumpd
