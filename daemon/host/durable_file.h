// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/error.h"

namespace kdumpd {

// The name under which a replacement is written before it takes its place.
[[nodiscard]] std::string UnfinishedName(const std::string& name);

// Replaces, or makes, a file (0600) in an open directory so that at every moment, power loss
// included, either the old bytes or the new ones are there: temporary file, fsync, rename, fsync of
// the directory. What fails leaves the old file; no temporary one stays, except after a power loss.
[[nodiscard]] Result<void> ReplaceFile(int directory, const std::string& name,
                                       std::string_view bytes);

}  // namespace kdumpd
