// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/support/dump_maker.h"
#include "tests/support/log_maker.h"

namespace kdumpd {

struct LogPlacement {
  std::uint64_t page_size = 0;     // 0: the architecture's usual one
  int size_bits = 12;              // of the ring's text
  int count_bits = 6;              // of its descriptors
  std::size_t log_buf_len = 4096;  // of records
  bool in_image = false;           // else in the linear map
  bool five_levels = false;        // x86_64 only
};

// A machine of that architecture with a kernel in it, as far as a reader of its log looks:
// init_uts_ns, page tables (x86_64, aarch64), and the log, "ring" (5.10 and later) or "records"
// (3.5 to 5.9). "x86_64", "aarch64" (4, 16 or 64 KiB pages), "ppc64le", "ppc64", "s390x".
[[nodiscard]] Machine MachineWithLog(std::string_view architecture, std::string_view kernel,
                                     const std::vector<LogLine>& lines,
                                     const LogPlacement& placement = {});

// The log of a machine that was asked to crash.
[[nodiscard]] std::vector<LogLine> SampleLog();

}  // namespace kdumpd
