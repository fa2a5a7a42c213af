// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/dump_estimate.h"
#include "daemon/core/facts.h"

namespace kdumpd {

// From the crash until the dump is written. The way back to work, firmware and boot, comes on top
// and takes minutes more on a real machine.
struct DumpDuration {
  std::uint64_t p50_seconds = 0;
  std::uint64_t p95_seconds = 0;
  std::string method;
};

// Learned from past dumps on this node where their headers tell the time of the crash, else the sum
// of what a capture has to do. `ram` in bytes.
[[nodiscard]] DumpDuration EstimateDumpDuration(const Facts& facts, const DumpSize& size,
                                                std::uint64_t ram);

}  // namespace kdumpd
