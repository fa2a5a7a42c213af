// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/fact.h"
#include "daemon/core/unit_state.h"
#include "systemd/bus.h"
#include "systemd/event_loop.h"

namespace kdumpd {

// Knows the properties of a few units, by asking systemd's Manager over the system bus without ever
// waiting: LoadUnit, Properties.GetAll, then PropertiesChanged. On the loop's thread; no timer runs
// while nothing is asked.
//
// The bus may be absent, silent, or restart: a question that is not answered within `timeout` makes
// Units() unreadable with the reason, and the connection is tried again at most every `retry`, each
// time with more patience, up to eight times `timeout`.
// Destroying the watch closes the connection. The loop outlives the watch and does not move.
class UnitWatch {
 public:
  struct Options {
    std::string address;  // BusAddressOf("/run/dbus/system_bus_socket")
    std::vector<std::string> units;
    std::uint64_t timeout_ms =
        5000;  // of one round of questions, from connecting to the last answer
    std::uint64_t retry_ms = 10000;  // between two attempts; less than the observe interval
  };
  // `changed`: Units() says something else than before. Not called from within Start().
  static std::unique_ptr<UnitWatch> Start(EventLoop& loop, Options options,
                                          std::function<void()> changed);
  // The same over a started connection: peer to peer (one end of a socketpair) or a bus. With an
  // address in `options`, a lost connection is followed by one to there.
  static std::unique_ptr<UnitWatch> StartOn(EventLoop& loop, Bus bus, Options options,
                                            std::function<void()> changed);
  virtual ~UnitWatch() = default;

  // Known once every unit has answered; unreadable before, and while the bus does not answer. A
  // unit that does not exist is known, with load_state "not-found".
  [[nodiscard]] virtual Fact<std::vector<UnitState>> Units() const = 0;
  // Whether an answer may be on its way. If not, Units() has nothing to add before a Refresh().
  [[nodiscard]] virtual bool Waiting() const = 0;
  // Asks again for everything, or reconnects when it is time; called now and then.
  virtual void Refresh() = 0;
};

}  // namespace kdumpd
