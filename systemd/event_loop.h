// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "daemon/core/error.h"

struct sd_event;

namespace kdumpd {

// The one loop on the main thread: sd-event, wrapped so that no other room sees it. Callbacks run
// on the thread that calls Run(). Dropping a Source stops it, also from inside its own callback.
class EventLoop {
 public:
  class Source {
   public:
    virtual ~Source() = default;
  };
  using SourcePtr = std::unique_ptr<Source>;

  static Result<EventLoop> Create();
  EventLoop(EventLoop&&) noexcept;
  EventLoop& operator=(EventLoop&&) noexcept;
  ~EventLoop();

  // Calls back whenever `fd` is readable. Does not own `fd`.
  Result<SourcePtr> OnReadable(int fd, std::function<void()> callback);
  // Calls back once after each `milliseconds`, coalesced by the kernel within a tenth of it.
  Result<SourcePtr> Every(std::uint64_t milliseconds, std::function<void()> callback);
  // Calls back once, `milliseconds` from now, or up to a tenth later.
  Result<SourcePtr> After(std::uint64_t milliseconds, std::function<void()> callback);
  // Blocks `signal` in the calling thread and calls back when it arrives. Call before starting
  // threads. The signal stays blocked when the Source is dropped.
  Result<SourcePtr> OnSignal(int signal, std::function<void()> callback);

  // Until Quit(); returns its code.
  Result<int> Run();
  void Quit(int code);
  // For rooms of this folder.
  [[nodiscard]] sd_event* handle() const { return event_; }

 private:
  explicit EventLoop(sd_event* event) : event_(event) {}
  sd_event* event_ = nullptr;
};

}  // namespace kdumpd
