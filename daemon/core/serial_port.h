// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/facts.h"

namespace kdumpd {

// What may answer on the other end of a console's name ("ttyS0", "hvc0"): a cable, a BMC or a
// hypervisor, unlike the screen (tty0) and the network (netcon0).
[[nodiscard]] bool IsSerial(std::string_view console);

// A console= argument for such a port.
struct SerialArgument {
  std::string port;                    // "ttyS0"
  std::optional<std::uint64_t> speed;  // bits per second; none: not said
};
[[nodiscard]] std::vector<SerialArgument> SerialArguments(std::string_view cmdline);

// The speed in bits per second of a UART console; nothing when it is no UART, or when the firmware
// chose the port and no argument tells.
[[nodiscard]] std::optional<std::uint64_t> SpeedOf(const Facts& facts, std::string_view console);

}  // namespace kdumpd
