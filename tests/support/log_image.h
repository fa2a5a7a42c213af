// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "daemon/core/byte_order.h"

namespace kdumpd {

struct LogImage {
  std::string vmcoreinfo;                       // KEY=VALUE lines, of the log alone
  std::map<std::uint64_t, std::string> memory;  // bytes by virtual address; regions do not touch
};

// How far the writer came.
enum class LogFate {
  kFinalized,
  kCommitted,  // may still be continued: the newest record of a crashing CPU
  kReserved,   // not written to the end
  kFailed,     // there was no room for its text
};

struct LogLine {
  std::string text;
  std::uint64_t nanoseconds = 0;
  std::uint8_t facility = 0, level = 6;
  LogFate fate = LogFate::kFinalized;
};

// Writes an unsigned number of 1 to 8 bytes into a region.
inline void PutNumber(std::string& bytes, std::size_t offset, std::size_t size, std::uint64_t value,
                      Endian endian) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = endian == Endian::kLittle ? i : size - 1 - i;
    bytes.at(offset + at) = static_cast<char>(value >> (8 * i));
  }
}

inline std::string HexDigits(std::uint64_t value) {
  std::string out;
  for (; value != 0 || out.empty(); value >>= 4) out.insert(0, 1, "0123456789abcdef"[value & 15]);
  return out;
}

// flags:5, level:3 after the facility: a bit field fills from the end that the byte order names.
inline std::uint8_t FlagsAndLevel(std::uint8_t level, Endian endian) {
  constexpr std::uint8_t kNewline = 2;  // LOG_NEWLINE
  return static_cast<std::uint8_t>(endian == Endian::kLittle ? kNewline | level << 5
                                                             : kNewline << 3 | level);
}

}  // namespace kdumpd
