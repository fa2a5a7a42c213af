// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kdumpd {

// sd_notify(3); each is a no-op without NOTIFY_SOCKET.
void NotifyReady(const std::string& status);
void NotifyStatus(const std::string& status);
void NotifyReloading();  // with MONOTONIC_USEC
void NotifyStopping();
void NotifyWatchdog();
// WATCHDOG_USEC of this process in milliseconds; none when no watchdog is asked for.
[[nodiscard]] std::optional<std::uint64_t> WatchdogMilliseconds();

}  // namespace kdumpd
