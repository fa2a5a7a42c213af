// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kdumpd {

// A cap on bytes in a second, as arithmetic alone: whoever has sent nothing for a while may send a
// tenth of a second's worth at once, no more.
class Bucket {
 public:
  using Clock = std::chrono::steady_clock;
  Bucket(std::uint64_t bytes_per_second, Clock::time_point now)
      : rate_(static_cast<double>(bytes_per_second)), filled_(now) {}

  // How many of `wanted` (at least 1) may go now. 0: none; ask again after Wait. Crumbs are not
  // given: each piece is a system call, and over TLS a record.
  std::size_t Take(std::size_t wanted, Clock::time_point now) {
    tokens_ =
        std::min(tokens_ + std::chrono::duration<double>(now - filled_).count() * rate_, Burst());
    filled_ = now;
    if (tokens_ < Enough(wanted)) return 0;
    const std::size_t some = std::min(wanted, static_cast<std::size_t>(tokens_));
    tokens_ -= static_cast<double>(some);
    return some;
  }
  // How long until there is enough, at most a tenth of a second.
  [[nodiscard]] std::chrono::duration<double> Wait(std::size_t wanted) const {
    return std::chrono::duration<double>(
        std::clamp((Enough(wanted) - tokens_) / rate_, 0.001, 0.1));
  }

 private:
  [[nodiscard]] double Burst() const { return std::max(1.0, rate_ / 10); }
  [[nodiscard]] double Enough(std::size_t wanted) const {
    return std::min(static_cast<double>(wanted), std::max(1.0, Burst() / 4));
  }
  double rate_;
  double tokens_ = 0;
  Clock::time_point filled_;
};

}  // namespace kdumpd
