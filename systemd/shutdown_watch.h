// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "systemd/bus.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// Knows when the system goes down in order: logind says so before, and systemd when asked. Over a
// connection of its own to the system bus, without ever waiting; on the loop's thread; nothing
// wakes it while nothing happens.
//
// Hints only: the bus may be absent, silent, or end first in a shutdown. Destroying the watch
// closes the connection and forgets what was asked. The loop outlives the watch and does not move.
class ShutdownWatch {
 public:
  struct Options {
    std::string address;  // BusAddressOf("/run/dbus/system_bus_socket")
    std::uint64_t answer_ms = 500;
    std::uint64_t retry_ms = 10000;  // between two attempts to connect
  };
  // `preparing`: logind is about to start a shutdown (true), or has given it up (false). Not called
  // from within Start().
  static std::unique_ptr<ShutdownWatch> Start(EventLoop& loop, Options options,
                                              std::function<void(bool)> preparing);
  // The same over a started connection: peer to peer or a bus.
  static std::unique_ptr<ShutdownWatch> StartOn(EventLoop& loop, Bus bus, Options options,
                                                std::function<void(bool)> preparing);
  virtual ~ShutdownWatch() = default;

  // Whether systemd is stopping the system just now: for SIGTERM, which says neither who nor why.
  // `answer` comes once, later: nothing when the bus has none within `answer_ms`. Asked again while
  // one is asked, the answer goes to both.
  virtual void AskWhetherStopping(std::function<void(std::optional<bool>)> answer) = 0;
  // Reconnects when the connection is lost and it is time; called now and then.
  virtual void Refresh() = 0;
};

}  // namespace kdumpd
