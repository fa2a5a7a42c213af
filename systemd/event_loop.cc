// SPDX-License-Identifier: Apache-2.0
#include "systemd/event_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

namespace kdumpd {
namespace {

using Callback = std::function<void()>;

class LoopSource final : public EventLoop::Source {
 public:
  LoopSource(Callback callback, std::uint64_t interval_usec)
      : callback_(std::make_shared<Callback>(std::move(callback))), interval_usec_(interval_usec) {}
  ~LoopSource() override { sd_event_source_disable_unref(source_); }
  LoopSource(const LoopSource&) = delete;
  LoopSource& operator=(const LoopSource&) = delete;

  sd_event_source** out() { return &source_; }

  static int OnIo(sd_event_source*, int, std::uint32_t, void* self) noexcept { return Call(self); }
  static int OnSignal(sd_event_source*, const signalfd_siginfo*, void* self) noexcept {
    return Call(self);
  }
  static int OnTime(sd_event_source* source, std::uint64_t, void* self) noexcept {
    const std::uint64_t interval = static_cast<LoopSource*>(self)->interval_usec_;
    if (interval > 0) {
      // From now, not from the missed deadline: after a long stall one call is due, not many.
      std::uint64_t now = 0;
      sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);
      sd_event_source_set_time(source, now + interval);
      sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    return Call(self);
  }

 private:
  // The callback may drop this very source, so it runs from a reference of its own.
  static int Call(void* self) {
    const auto callback = static_cast<LoopSource*>(self)->callback_;
    (*callback)();
    return 0;
  }

  std::shared_ptr<Callback> callback_;
  std::uint64_t interval_usec_;  // 0: once
  sd_event_source* source_ = nullptr;
};

Result<EventLoop::SourcePtr> Added(int result, std::unique_ptr<LoopSource> source,
                                   std::string_view what) {
  if (result >= 0) return source;
  return Fail(ErrorCode::kIo, std::string(what) + ": " + std::generic_category().message(-result));
}

Result<EventLoop::SourcePtr> AddTimer(sd_event* event, std::uint64_t milliseconds, bool repeat,
                                      Callback callback) {
  constexpr std::uint64_t kLongestMs = 366ULL * 24 * 3600 * 1000;
  const std::uint64_t usec = std::clamp<std::uint64_t>(milliseconds, 1, kLongestMs) * 1000;
  auto source = std::make_unique<LoopSource>(std::move(callback), repeat ? usec : 0);
  std::uint64_t now = 0;
  int r = sd_event_now(event, CLOCK_MONOTONIC, &now);
  // An accuracy of 0 would mean sd-event's default of 250 ms; a tenth of 1 ms is still not 0.
  if (r >= 0) {
    r = sd_event_add_time(event, source->out(), CLOCK_MONOTONIC, now + usec, usec / 10,
                          &LoopSource::OnTime, source.get());
  }
  return Added(r, std::move(source), "adding a timer to the event loop");
}

}  // namespace

Result<EventLoop> EventLoop::Create() {
  sd_event* event = nullptr;
  if (const int r = sd_event_new(&event); r < 0) {
    return Fail(ErrorCode::kIo, "creating the event loop: " + std::generic_category().message(-r));
  }
  return EventLoop(event);
}

EventLoop::EventLoop(EventLoop&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}

EventLoop& EventLoop::operator=(EventLoop&& other) noexcept {
  std::swap(event_, other.event_);
  return *this;
}

EventLoop::~EventLoop() { sd_event_unref(event_); }

Result<EventLoop::SourcePtr> EventLoop::OnReadable(int fd, Callback callback) {
  auto source = std::make_unique<LoopSource>(std::move(callback), 0);
  const int r =
      sd_event_add_io(event_, source->out(), fd, EPOLLIN, &LoopSource::OnIo, source.get());
  return Added(r, std::move(source), "adding a descriptor to the event loop");
}

Result<EventLoop::SourcePtr> EventLoop::Every(std::uint64_t milliseconds, Callback callback) {
  return AddTimer(event_, milliseconds, true, std::move(callback));
}

Result<EventLoop::SourcePtr> EventLoop::After(std::uint64_t milliseconds, Callback callback) {
  return AddTimer(event_, milliseconds, false, std::move(callback));
}

Result<EventLoop::SourcePtr> EventLoop::OnSignal(int signal, Callback callback) {
  sigset_t set;
  sigemptyset(&set);
  int r = sigaddset(&set, signal) < 0 ? -EINVAL : -pthread_sigmask(SIG_BLOCK, &set, nullptr);
  auto source = std::make_unique<LoopSource>(std::move(callback), 0);
  if (r == 0) {
    r = sd_event_add_signal(event_, source->out(), signal, &LoopSource::OnSignal, source.get());
  }
  return Added(r, std::move(source), "adding a signal to the event loop");
}

Result<int> EventLoop::Run() {
  const int r = sd_event_loop(event_);
  if (r < 0) {
    return Fail(ErrorCode::kIo, "running the event loop: " + std::generic_category().message(-r));
  }
  return r;
}

void EventLoop::Quit(int code) { sd_event_exit(event_, code); }

}  // namespace kdumpd
