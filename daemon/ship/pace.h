// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "daemon/ship/bucket.h"

namespace kdumpd {

// How fast this process may send: a cap on the bandwidth, smooth over tenths of a second, and a
// pause while the node has too little memory or disk time for its own work (pressure stall
// information, Documentation/accounting/psi.rst). One thread; blocks whoever asks.
class Pace {
 public:
  struct Limits {
    std::uint64_t bytes_per_second = 0;  // 0: no cap
    std::string pressure_directory;      // "/proc/pressure"; "": no pauses
    double memory_some = 10;             // percent of the last 10 s, above which it pauses
    double io_full = 40;
    // No pause is longer, then it sends for 2 s whatever the pressure: a server closes what is
    // silent for 20 s (S3) or 60 s (nginx), and who is under pressure for hours needs the dump too.
    std::chrono::seconds longest_pause{10};
  };
  // `sent`: told of each piece that was let through, and, with 0 bytes, once a second in a pause
  // and whenever something came back: that we live.
  explicit Pace(Limits limits, std::function<void(std::uint64_t)> sent = {});

  // How many of `wanted` bytes may go now, at least 1; waits for as long as none may.
  std::size_t Take(std::size_t wanted);
  // Something came back from the store.
  void Came() const {
    if (sent_) sent_(0);
  }
  [[nodiscard]] bool paused() const { return paused_; }

 private:
  void WaitForPressure();
  [[nodiscard]] bool UnderPressure() const;

  using Clock = Bucket::Clock;
  Limits limits_;
  std::function<void(std::uint64_t)> sent_;
  Bucket bucket_;
  Clock::time_point looked_{};
  bool paused_ = false;
};

}  // namespace kdumpd
