// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

// Numbers in foreign bytes. Dumps are written in the byte order of the machine that crashed.
namespace kdumpd {

using Bytes = std::span<const std::byte>;

enum class Endian { kLittle, kBig };

// `size` (1 to 8) bytes at `offset` as an unsigned number; 0 outside, so callers check lengths
// where 0 would pass for an answer.
[[nodiscard]] constexpr std::uint64_t Number(Bytes bytes, std::size_t offset, std::size_t size,
                                             Endian endian) {
  if (offset > bytes.size() || size > bytes.size() - offset) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = endian == Endian::kBig ? i : size - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + at]);
  }
  return value;
}

// Nothing when the sum or product is more than 64 bits hold: no length in a dump is trusted.
[[nodiscard]] constexpr std::optional<std::uint64_t> CheckedAdd(std::uint64_t a, std::uint64_t b) {
  if (b > std::numeric_limits<std::uint64_t>::max() - a) return std::nullopt;
  return a + b;
}
[[nodiscard]] constexpr std::optional<std::uint64_t> CheckedMultiply(std::uint64_t a,
                                                                     std::uint64_t b) {
  if (a != 0 && b > std::numeric_limits<std::uint64_t>::max() / a) return std::nullopt;
  return a * b;
}

}  // namespace kdumpd
