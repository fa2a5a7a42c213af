// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <chrono>

#include "systemd/event_loop.h"

namespace kdumpd {

// Turns the loop until `done()`, at most `limit`; whether it was done.
template <class Done>
bool Spin(EventLoop& loop, Done done,
          std::chrono::milliseconds limit = std::chrono::milliseconds(10000)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    sd_event_run(loop.handle(), static_cast<std::uint64_t>(left.count()));
  }
  return true;
}

// Turns the loop for as long as `limit`: for showing that something does not happen.
inline void SpinFor(EventLoop& loop, std::chrono::milliseconds limit) {
  Spin(loop, [] { return false; }, limit);
}

}  // namespace kdumpd
