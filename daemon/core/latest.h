// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace kdumpd {

// Hands the newest immutable value from the one thread that decides to any that read. A reader
// keeps what it took for as long as it likes; nobody waits for more than a pointer copy.
template <class T>
class Latest {
 public:
  // The loop thread only.
  void Publish(std::shared_ptr<const T> value) {
    const std::scoped_lock lock(mutex_);
    value_.swap(value);
  }
  // Any thread. Null before the first Publish.
  [[nodiscard]] std::shared_ptr<const T> Get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace kdumpd
