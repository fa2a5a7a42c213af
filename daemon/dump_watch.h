// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "daemon/core/facts.h"
#include "daemon/host/directory_watch.h"
#include "daemon/host/host_root.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// When the dumps are worth another look, between those of the timer: something in the crash
// directory or beside a dump that is being written has changed, or a writer has been silent for as
// long as it may pause, which raises no event. On the loop's thread.
class DumpWatch {
 public:
  struct Calls {
    std::function<void()> changed;  // often, in bursts
    std::function<void()> settled;
  };
  static Result<std::unique_ptr<DumpWatch>> Start(EventLoop& loop, Calls calls);

  // After each look.
  void Follow(const HostRoot& root, const Facts& facts, std::int64_t settle_ms);

 private:
  DumpWatch(EventLoop& loop, DirectoryWatch directories, Calls calls);

  EventLoop& loop_;
  DirectoryWatch directories_;
  Calls calls_;
  EventLoop::SourcePtr readable_, due_;
};

}  // namespace kdumpd
