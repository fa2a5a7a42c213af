// SPDX-License-Identifier: Apache-2.0
#include "systemd/bus.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

std::unexpected<Error> Failed(std::string_view what, int result) {
  const auto code = result == -ENOENT                       ? ErrorCode::kNotFound
                    : result == -EACCES || result == -EPERM ? ErrorCode::kPermission
                                                            : ErrorCode::kIo;
  return Fail(code, Cat(what, ": ", std::generic_category().message(-result)));
}

// The bytes that need no escape: "optionally-escaped bytes" of the specification.
bool IsPlain(unsigned char byte) {
  constexpr std::string_view kPunctuation = "-_/.\\*";
  return byte < 0x80 && (std::isalnum(byte) != 0 || kPunctuation.contains(static_cast<char>(byte)));
}

}  // namespace

void BusClose::operator()(sd_bus* bus) const {
  sd_bus_close(bus);
  sd_bus_unref(bus);
}

void SlotRelease::operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }

std::string BusAddressOf(const std::string& socket_path) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string address = "unix:path=";
  for (const char c : socket_path) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsPlain(byte)) {
      address += c;
    } else {
      address += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return address;
}

Result<Bus> ConnectBus(const std::string& address) {
  sd_bus* raw = nullptr;
  if (const int r = sd_bus_new(&raw); r < 0) return Failed("creating a bus connection", r);
  Bus bus(raw);
  if (const int r = sd_bus_set_address(raw, address.c_str()); r < 0) {
    return Failed("setting the bus address", r);
  }
  sd_bus_set_bus_client(raw, 1);
  sd_bus_negotiate_fds(raw, 0);  // nobody has descriptors to give us
  if (const int r = sd_bus_start(raw); r < 0) return Failed("connecting", r);
  return bus;
}

Result<void> AttachBus(sd_bus* bus, sd_event* event, std::uint64_t call_timeout_ms) {
  constexpr std::uint64_t kLongestMs = 24ULL * 3600 * 1000;
  sd_bus_set_method_call_timeout(bus, std::min(call_timeout_ms, kLongestMs) * 1000);
  // By default the end of the loop flushes the connection, and waits for a silent peer.
  sd_bus_set_close_on_exit(bus, 0);
  if (const int r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL); r < 0) {
    return Failed("adding the bus to the event loop", r);
  }
  return {};
}

void MatchSignal(sd_bus* bus, Slot& slot, const char* path, const char* interface,
                 const char* member, sd_bus_message_handler_t handler, void* self) {
  // A bus fills in the sender, a direct connection does not.
  const char* sender = sd_bus_is_bus_client(bus) > 0 ? kSystemd : nullptr;
  sd_bus_slot* raw = nullptr;
  sd_bus_match_signal_async(bus, &raw, sender, path, interface, member, handler, nullptr, self);
  slot.reset(raw);
}

}  // namespace kdumpd
