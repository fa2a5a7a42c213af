// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/serial_port.h"

#include <algorithm>
#include <array>

#include "daemon/core/characters.h"
#include "daemon/core/cmdline.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// Documentation/admin-guide/devices.txt; the drivers below drivers/tty/{serial,hvc} and
// drivers/s390/char.
constexpr std::array<std::string_view, 12> kSerial{"ttyS",   "ttyAMA",  "ttyLP", "ttyPS",
                                                   "ttyMSM", "ttyTCU",  "ttyUL", "ttymxc",
                                                   "ttyUSB", "ttysclp", "hvc",   "hvsi"};
// drivers/tty/serial/8250/8250_port.c: what a port gets when the argument says nothing.
constexpr std::uint64_t kDefaultSpeed = 9600;

// Without the digits at its end.
std::string_view Stem(std::string_view name) {
  while (!name.empty() && IsDigit(name.back())) name.remove_suffix(1);
  return name;
}

// "ttyS0,115200n8"; kernel/printk/printk.c console_setup takes "ttyS" for the first port and a
// bare number for a ttyS.
SerialArgument ParseValue(std::string_view value) {
  const auto comma = value.find(',');
  const std::string_view name = value.substr(0, comma);
  SerialArgument argument{std::string(name), std::nullopt};
  if (!name.empty() && IsDigit(name.front())) argument.port = Cat("ttyS", name);
  if (!name.empty() && !IsDigit(name.back())) argument.port += '0';
  if (comma == std::string_view::npos) return argument;
  const std::string_view options = value.substr(comma + 1);
  const auto end = std::ranges::find_if_not(options, IsDigit) - options.begin();
  argument.speed = ParseUnsigned(options.substr(0, static_cast<std::size_t>(end)));
  return argument;
}

}  // namespace

bool IsSerial(std::string_view console) {
  const std::string_view stem = Stem(console);
  return stem.size() < console.size() && std::ranges::find(kSerial, stem) != kSerial.end();
}

std::vector<SerialArgument> SerialArguments(std::string_view cmdline) {
  std::vector<SerialArgument> found;
  for (const CmdlineArg& arg : ParseCmdline(cmdline)) {
    if (arg.key != "console" || !arg.value) continue;
    SerialArgument argument = ParseValue(*arg.value);
    if (IsSerial(argument.port)) found.push_back(std::move(argument));
  }
  return found;
}

std::optional<std::uint64_t> SpeedOf(const Facts& facts, std::string_view console) {
  // A console of the hypervisor or of the service element has no speed.
  const bool uart = console.starts_with("tty") && !facts.architecture.Is("s390x");
  if (!uart || !facts.cmdline.known()) return std::nullopt;
  std::optional<std::uint64_t> speed;
  for (const SerialArgument& argument : SerialArguments(facts.cmdline.value())) {
    if (argument.port == console) speed = argument.speed.value_or(kDefaultSpeed);
  }
  return speed;
}

}  // namespace kdumpd
