// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/core/error.h"

namespace kdumpd {

// Owns one reference to a connection; closes it without flushing, so that a silent peer cannot hold
// us.
struct BusClose {
  void operator()(sd_bus* bus) const;
};
using Bus = std::unique_ptr<sd_bus, BusClose>;

// Owns a call in flight or a match; dropping it means that its callback is never called again.
struct SlotRelease {
  void operator()(sd_bus_slot* slot) const;
};
using Slot = std::unique_ptr<sd_bus_slot, SlotRelease>;

// "unix:path=..." of a socket, escaped by the address rules of the D-Bus specification.
[[nodiscard]] std::string BusAddressOf(const std::string& socket_path);

// Begins to connect and to say Hello; never waits. Calls may be queued at once. A peer that never
// answers is for the caller to time out: sd-bus's own limit for the handshake is 90 s.
Result<Bus> ConnectBus(const std::string& address);
// Lets the loop drive `bus`; sd-bus's own limit on a call becomes `call_timeout_ms`.
Result<void> AttachBus(sd_bus* bus, sd_event* event, std::uint64_t call_timeout_ms);

// The names of org.freedesktop.systemd1(5) that more than one file here needs.
inline constexpr const char* kSystemd = "org.freedesktop.systemd1";
inline constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
inline constexpr const char* kManager = "org.freedesktop.systemd1.Manager";

// Calls `handler` for each such signal of systemd, from now on; asks the bus for them without
// waiting.
void MatchSignal(sd_bus* bus, Slot& slot, const char* path, const char* interface,
                 const char* member, sd_bus_message_handler_t handler, void* self);

}  // namespace kdumpd
