// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "daemon/core/upload.h"

namespace kdumpd {

// Short retries within one attempt, for what passes by itself: a connection that broke, a server
// that was started anew. What lasts is for the next attempt, minutes later.
struct Again {
  int retries = 4;
  // Before the n-th retry (from 0) a random time below base * 2^n, at most `cap` (full jitter).
  std::chrono::milliseconds base{200}, cap{5'000};
  // A store that asks for more is not waited for here: the error says how long it wants.
  std::chrono::seconds longest_retry_after{10};
  std::function<void(std::chrono::milliseconds)> wait{};  // none: sleeps

  // How long before the n-th retry; nothing: this error is final.
  [[nodiscard]] std::optional<std::chrono::milliseconds> Before(int retry,
                                                                const UploadError& error) const;
  void Wait(std::chrono::milliseconds time) const;

  // Calls `ask`, which gives an Uploaded<T>, until it is good or the error is final.
  template <class Ask>
  auto Until(Ask&& ask) const {
    for (int retry = 0;; ++retry) {
      auto answer = ask();
      if (answer) return answer;
      const auto time = Before(retry, answer.error());
      if (!time) return answer;
      Wait(*time);
    }
  }
};

}  // namespace kdumpd
