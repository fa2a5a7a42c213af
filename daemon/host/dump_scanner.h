// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/core/dump.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

struct DumpList {
  std::vector<Dump> dumps;  // newest crash first
  bool clipped = false;     // there were more entries than kMaxDumpDirectories
};
inline constexpr std::size_t kMaxDumpDirectories = 10'000;

// Every dump directory below `crash_directory` and every bare vmcore in it. Symbolic links,
// devices, FIFOs and sockets are not followed and not opened. Reads at most a few KiB of each
// vmcore.
[[nodiscard]] Result<DumpList> ScanDumps(const HostRoot& root, std::string_view crash_directory,
                                         std::int64_t now, std::int64_t settle_seconds);

}  // namespace kdumpd
