// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "daemon/vmcore/kernel_log.h"

namespace kdumpd {

using LogReader = KernelLog(const VirtualMemory&, const Vmcoreinfo&, const LogLimits&);

// What holds of every log, whatever memory holds.
inline void CheckLog(const KernelLog& log, const LogLimits& limits) {
  std::uint64_t text = 0;
  std::string lines;
  for (const auto& record : log.records) {
    text += record.text.size();
    if (record.level > 7) __builtin_trap();
    lines.clear();
    AppendLines(record, lines);
    if (lines.empty() || lines.back() != '\n') __builtin_trap();
    const bool plain = std::ranges::all_of(lines, [](char byte) {
      return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t';
    });
    if (!plain) __builtin_trap();
  }
  if (log.records.size() > limits.records || text > limits.text_bytes) __builtin_trap();
  if (log.records.size() != log.facts.records) __builtin_trap();
  if (log.facts.reason.empty() != log.facts.detail.empty()) __builtin_trap();
  if (log.records.empty() && log.facts.lost != 0) __builtin_trap();
  const bool why = !log.facts.reason.empty() || log.facts.dropped_older != 0;
  if (log.records.empty() && !why) __builtin_trap();
}

// `input`: records, text bytes (by 16), byte order, then memory from `base` on. Regions lie 64 KiB
// apart, so that little memory reaches all of them: address bits below 64 KiB count within a region
// of 1 KiB, the upper ones say which.
inline int ReadFuzzedLog(const std::string& keys, std::uint64_t base,
                         std::span<const std::uint8_t> input, LogReader* read) {
  if (input.size() < 3) return 0;
  const LogLimits limits{input[0], input[1] * 16U};
  const Endian endian = input[2] % 2 == 0 ? Endian::kLittle : Endian::kBig;
  const auto bytes = std::as_bytes(input.subspan(3));
  constexpr std::uint64_t kRegion = 1024;
  std::uint64_t reads = 0;
  const VirtualMemory memory([](std::uint64_t address) -> Result<std::uint64_t> { return address; },
                             [&](std::uint64_t address, std::span<std::byte> out) -> Result<void> {
                               reads += out.size();
                               const std::uint64_t within = address % 65'536;
                               const std::uint64_t at =
                                   (address - base) / 65'536 * kRegion + within;
                               if (address < base || within + out.size() > kRegion ||
                                   at > bytes.size() || out.size() > bytes.size() - at) {
                                 return Fail(ErrorCode::kNotFound, "not in the dump");
                               }
                               std::ranges::copy(bytes.subspan(at, out.size()), out.begin());
                               return {};
                             },
                             endian, 8, 4096);
  CheckLog(read(memory, Vmcoreinfo(keys), limits), limits);
  if (reads > 1 << 30) __builtin_trap();
  return 0;
}

}  // namespace kdumpd
