// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/core_collector.h"
#include "daemon/core/facts.h"

namespace kdumpd {

// The size of a dump taken now. The method is named for a person.
struct DumpSize {
  std::uint64_t p50_bytes = 0;
  std::uint64_t p95_bytes = 0;
  std::string method;
};

// Compressed share of what makedumpfile keeps, in percent: the middle, and the worst of kernel
// memory. zlib, LZO, snappy and zstd reach 25 to 50.
inline constexpr std::uint64_t kCompressedPercent = 35;
inline constexpr std::uint64_t kCompressedPercentAtWorst = 50;

// What will write the dump: as configured; the distribution's own default where the configuration
// cannot be read.
[[nodiscard]] Collector CollectorOf(const Facts& facts);

// The newest whole dumps on this node whose size can be believed; at most ten, historic ones too.
[[nodiscard]] std::vector<const Dump*> PastDumps(const Facts& facts, std::uint64_t ram);

// The middle one; of an even number the larger of the two. `values` is not empty.
[[nodiscard]] std::uint64_t Median(std::vector<std::uint64_t> values);

// The most trusted method that this node has the facts for: all of memory for a program that does
// not filter, past dumps, /proc/meminfo by dump level, a tenth of memory. `ram` and `reserved` in
// bytes. Nothing when none applies.
[[nodiscard]] std::optional<DumpSize> EstimateDumpSize(const Facts& facts, std::uint64_t ram,
                                                       std::uint64_t reserved);

}  // namespace kdumpd
