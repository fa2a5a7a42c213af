// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/core/inspect_wire.h"

namespace kdumpd {

// "45 %, 6.2 GiB of 13.8 GiB, 120 MiB/s, 63 s left": `bytes` of work of which done/total is over
// after `elapsed`, in which it came from `first` to here. The helper counts in pages or records; a
// person thinks in bytes.
[[nodiscard]] std::string ProgressText(const ProgressFrame& progress, std::uint64_t bytes,
                                       std::chrono::milliseconds elapsed, std::uint64_t first = 0);

// One line on standard error, redrawn at most ten times a second, and only on a terminal. The
// destructor clears it.
class ProgressLine {
 public:
  ProgressLine(bool wanted, std::uint64_t bytes);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();
  void Show(const ProgressFrame& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool wanted_;
  std::uint64_t bytes_;
  Clock::time_point start_ = Clock::now();
  std::uint64_t first_ = 0;  // what was done before
  Clock::time_point drawn_{};
  bool shown_ = false;
};

}  // namespace kdumpd
