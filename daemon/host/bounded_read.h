// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/core/error.h"

namespace kdumpd {

// From where the file stands to its end; kTooLarge when that is more than `limit` bytes.
[[nodiscard]] Result<std::string> ReadAll(int fd, std::size_t limit);

// `size` bytes at `offset`, or as many as the file has there.
[[nodiscard]] Result<std::string> ReadAt(int fd, std::uint64_t offset, std::size_t size);

}  // namespace kdumpd
