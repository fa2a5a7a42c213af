// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace kdumpd {

// Seconds since the epoch, by a clock that may be wrong and may jump.
[[nodiscard]] inline std::int64_t WallSeconds() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

}  // namespace kdumpd
