// SPDX-License-Identifier: Apache-2.0
#include "systemd/notify.h"

#include <systemd/sd-daemon.h>

#include <ctime>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// A newline in the status would begin a further assignment.
std::string StatusLine(const std::string& status) { return Cat("STATUS=", Printable(status)); }

}  // namespace

void NotifyReady(const std::string& status) {
  sd_notify(0, Cat("READY=1\n", StatusLine(status)).c_str());
}

void NotifyStatus(const std::string& status) { sd_notify(0, StatusLine(status).c_str()); }

void NotifyReloading() {
  // Type=notify-reload (systemd 253) wants the time, to tell this reload from an earlier one.
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                    static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  sd_notify(0, Cat("RELOADING=1\nMONOTONIC_USEC=", usec).c_str());
}

void NotifyStopping() { sd_notify(0, "STOPPING=1"); }

void NotifyWatchdog() { sd_notify(0, "WATCHDOG=1"); }

std::optional<std::uint64_t> WatchdogMilliseconds() {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
  return usec / 1000;
}

}  // namespace kdumpd
