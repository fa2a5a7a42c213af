// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/fact.h"
#include "daemon/core/unit_state.h"
#include "systemd/event_loop.h"

struct sd_bus;

namespace kdumpd {

// Knows the properties of a few units, by asking systemd's Manager over the system bus without ever
// waiting: LoadUnit, Properties.GetAll, then PropertiesChanged. On the loop's thread.
//
// The bus may be absent, silent, or restart: a call that is not answered in `timeout` makes Units()
// unreadable with the reason, and the connection is tried again at most every `retry`. Destroying the
// watch closes the connection.
class UnitWatch {
 public:
  struct Options {
    std::string address;               // "unix:path=/run/dbus/system_bus_socket"
    std::vector<std::string> units;
    std::uint64_t timeout_ms = 5000;   // of one call
    std::uint64_t retry_ms = 15000;
  };
  // `changed`: something may be different, look at Units().
  static std::unique_ptr<UnitWatch> Start(EventLoop& loop, Options options,
                                          std::function<void()> changed);
  // The same over a connection that is already there (tests: one end of a socketpair).
  static std::unique_ptr<UnitWatch> StartOn(EventLoop& loop, sd_bus* bus, Options options,
                                            std::function<void()> changed);
  virtual ~UnitWatch() = default;

  // Known once every unit has answered; unreadable before, and while the bus does not answer.
  [[nodiscard]] virtual Fact<std::vector<UnitState>> Units() const = 0;
  // Asks again for everything, or reconnects when it is time; called once per observe interval.
  virtual void Refresh() = 0;
};

}  // namespace kdumpd
