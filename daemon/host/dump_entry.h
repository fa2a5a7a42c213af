// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/dump.h"

namespace kdumpd {

struct DumpRules {
  std::int64_t now = 0;             // seconds since the epoch
  std::int64_t settle_seconds = 0;  // files that changed more recently are being written
};

struct DumpEntry {
  std::optional<Dump> dump;  // nothing when it is no dump, or unchanged
  bool unchanged = false;    // it is what it was when it had the fingerprint that was given
  // Device, inode, size, mtime and ctime of the directory and of every file in it.
  std::uint64_t fingerprint = 0;
  // What looks the same later is the same: nobody has written to it for so long that a later write
  // must show in ctime, and everything in it could be read.
  bool steady = false;
};

// One name in the crash directory. No file is opened when the fingerprint is still `before`, the
// one of a steady look; 0 is nobody's. Symbolic links, devices, FIFOs and sockets are not followed
// and not opened.
[[nodiscard]] DumpEntry LookAtEntry(int crash_directory, const std::string& name,
                                    const DumpRules& rules, std::uint64_t before = 0);

}  // namespace kdumpd
