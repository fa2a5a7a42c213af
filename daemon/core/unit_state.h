// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kdumpd {

// org.freedesktop.systemd1.Unit and .Service properties of one unit, verbatim.
struct UnitState {
  std::string name;             // "kdump.service"
  std::string load_state;       // loaded, not-found, masked, error, bad-setting
  std::string active_state;     // active, activating, inactive, failed, deactivating, reloading
  std::string sub_state;        // exited, start, dead, failed ...
  std::string result;           // success, exit-code, exec-condition, timeout, signal, oom-kill ...
  std::string unit_file_state;  // enabled, disabled, masked, static, enabled-runtime ...
  bool condition_result = true;
  bool need_daemon_reload = false;
  int exec_main_status = 0;
  std::uint64_t state_change_usec = 0;  // CLOCK_REALTIME, 0: never
  std::uint64_t active_enter_usec = 0;  // CLOCK_REALTIME, 0: never
  std::uint64_t condition_usec = 0;     // CLOCK_REALTIME, 0: never looked at

  friend bool operator==(const UnitState&, const UnitState&) = default;
};

}  // namespace kdumpd
