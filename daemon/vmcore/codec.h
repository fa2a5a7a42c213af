// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/core/byte_order.h"
#include "daemon/core/error.h"

namespace kdumpd {

// Bits of a page descriptor's flags and of the header's status (makedumpfile diskdump_mod.h).
inline constexpr std::uint32_t kDumpZlib = 0x1;
inline constexpr std::uint32_t kDumpLzo = 0x2;
inline constexpr std::uint32_t kDumpSnappy = 0x4;
inline constexpr std::uint32_t kDumpIncomplete = 0x8;
inline constexpr std::uint32_t kDumpExcludedVmemmap = 0x10;
inline constexpr std::uint32_t kDumpZstd = 0x20;
inline constexpr std::uint32_t kDumpCodecs = kDumpZlib | kDumpLzo | kDumpSnappy | kDumpZstd;

// "zlib", ... "none" for no codec bit; "" for several.
[[nodiscard]] std::string_view CodecName(std::uint32_t flags);

// Fills `page` from `stored`: kInvalid unless exactly page.size() bytes come out. `flags` with no
// codec bit: stored as it is.
[[nodiscard]] Result<void> Decompress(std::uint32_t flags, Bytes stored, std::span<std::byte> page);

}  // namespace kdumpd
