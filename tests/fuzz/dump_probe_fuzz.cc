// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "daemon/core/dump.h"

// The first eight bytes are the size that the file claims, the rest its head; its tail is theirs.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  uint64_t bytes = 0;
  for (size_t i = 0; i < 8; ++i) bytes = bytes << 8 | data[i];
  const auto all = std::as_bytes(std::span(data + 8, size - 8));
  const auto head = all.first(std::min(all.size(), kdumpd::kDumpHeadBytes));
  const auto tail = all.last(std::min(all.size(), kdumpd::kDumpTailBytes));
  const auto probe = kdumpd::ProbeDump(head, tail, bytes);
  const bool judged = probe.state == kdumpd::DumpState::kComplete ||
                      probe.state == kdumpd::DumpState::kIncomplete ||
                      probe.state == kdumpd::DumpState::kTruncated ||
                      probe.state == kdumpd::DumpState::kDamaged ||
                      probe.state == kdumpd::DumpState::kUnknown;
  if (!judged || probe.reason.empty()) __builtin_trap();
  if (probe.crash_time && *probe.crash_time <= 0) __builtin_trap();
  if (bytes == 0 && probe.state != kdumpd::DumpState::kTruncated) __builtin_trap();
  return 0;
}
