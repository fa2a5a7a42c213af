// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// A file that has no name and is in memory alone: what came through a pipe, for a program that
// reads files.
[[nodiscard]] Result<UniqueFd> MemoryFile(std::string_view bytes);

}  // namespace kdumpd
