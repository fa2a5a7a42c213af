// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "tests/support/log_records_maker.h"
#include "tests/support/log_ring_maker.h"

// Kernel logs as kernels lay them out in memory: what was written to the log in, the bytes and the
// VMCOREINFO lines out. 64-bit kernels of either byte order.
namespace kdumpd {

// `base_address` is a multiple of 64 KiB.
inline LogImage MakeLogRing(const std::vector<LogLine>& lines, std::uint64_t base_address,
                            Endian endian, int size_bits = 17, int count_bits = 12) {
  LogRing ring(base_address, endian, size_bits, count_bits);
  for (const auto& line : lines) ring.Add(line);
  return ring.Image();
}
inline LogImage MakeLogRecords(const std::vector<LogLine>& lines, std::uint64_t base_address,
                               Endian endian, std::size_t log_buf_len = 1 << 17) {
  LogRecords records(base_address, endian, log_buf_len);
  for (const auto& line : lines) records.Add(line);
  return records.Image();
}

}  // namespace kdumpd
