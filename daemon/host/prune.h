// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/dump.h"
#include "daemon/core/error.h"
#include "daemon/core/retention.h"

// The removal of dumps: by directory descriptors, links never followed, nothing but regular files
// with names that dump writers make (RoleOf), on the file system of the crash directory itself.
namespace kdumpd {

// What lies in the dump's directory, and why that is not ours to remove.
[[nodiscard]] DumpContents ContentsOf(int crash_directory, const Dump& dump);

struct Removal {
  bool removed = false;  // the dump is gone, even when something beside it stays
  std::string problem;   // why it, or something beside it, is still there; "" nothing is
};
// Removes the dump when what lies there is still `mark` and nothing in its directory has changed at
// or after `acknowledged_at` (st_ctim, which nobody can set): its files, the dump itself last, then
// the directory. Each file is looked at again immediately before it goes. Whatever is odd, even a
// name that has just appeared, stops it.
[[nodiscard]] Removal RemoveDump(int crash_directory, const Dump& dump, const DumpMark& mark,
                                 std::int64_t acknowledged_at);

// What an unprivileged writer may still use.
[[nodiscard]] Result<std::uint64_t> FreeBytes(int directory);

}  // namespace kdumpd
