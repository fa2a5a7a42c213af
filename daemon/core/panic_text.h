// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace kdumpd {

// The kernel log of a panic out of its files in pstore, each with its first line "Panic#1 Part3"
// (fs/pstore/platform.c pstore_dump): Part1 is the newest piece. Of several panics the last; files
// of another kind are left out. "" when there is none. Hostile.
[[nodiscard]] std::string PanicText(std::span<const std::string> files);

}  // namespace kdumpd
