// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "daemon/ship/sink.h"
#include "daemon/ship/source.h"

namespace kdumpd {

// A source that says, at most once a second, how far it has been read: what a transfer has read it
// has sent, but for what is in its buffers. Behind that the page cache is dropped. Both outlive it.
class CountedSource : public Source {
 public:
  using Clock = std::chrono::steady_clock;
  CountedSource(Source& source, Steps& steps, std::function<Clock::time_point()> now = Clock::now)
      : source_(source), steps_(steps), now_(std::move(now)) {}

  [[nodiscard]] std::uint64_t bytes() const override { return source_.bytes(); }
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    auto read = source_.Read(offset, to);
    if (read) Drop(offset + to.size());
    const auto now = now_();
    if (read && (!said_ || now - *said_ >= std::chrono::seconds(1))) {
      said_ = now;
      steps_.Sent(offset + to.size());
    }
    return read;
  }
  [[nodiscard]] Uploaded<void> Check() const override { return source_.Check(); }
  void DropBefore(std::uint64_t offset) const override { source_.DropBefore(offset); }
  Uploaded<Digests> Whole() override { return source_.Whole(); }
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override { return source_.ToRead(); }

 private:
  void Drop(std::uint64_t read) {
    if (read < dropped_) dropped_ = 0;  // begun anew
    if (read - dropped_ < kDropEach && read < source_.bytes()) return;
    source_.DropBefore(read);
    dropped_ = read;
  }
  static constexpr std::uint64_t kDropEach = 8 << 20;

  Source& source_;
  Steps& steps_;
  std::function<Clock::time_point()> now_;
  std::optional<Clock::time_point> said_;
  std::uint64_t dropped_ = 0;
};

}  // namespace kdumpd
