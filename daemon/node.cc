// SPDX-License-Identifier: Apache-2.0
#include "daemon/node.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace kdumpd {

UnitWatch::Options UnitsOfNode(const Config& config, const HostRoot& root) {
  Distribution distribution = Distribution::kOther;
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    const auto text = root.Read(path);
    if (!text) continue;
    distribution = DistributionOf(ParseOsRelease(*text));
    break;
  }
  const std::string prefix = config.path.rootfs == "/" ? "" : config.path.rootfs;
  const std::string socket =
      config.bus_socket.empty() ? prefix + "/run/dbus/system_bus_socket" : config.bus_socket;
  UnitWatch::Options options;
  options.address = BusAddressOf(socket);
  for (const std::string_view unit : ProfileOf(distribution).units)
    options.units.emplace_back(unit);
  return options;
}

std::string NodeName(const Config& config) {
  if (!config.node.empty()) return config.node;
  const char* from_pod =
      std::getenv("NODE_NAME");  // NOLINT(concurrency-mt-unsafe): before any thread
  if (from_pod != nullptr && *from_pod != '\0') return from_pod;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

bool InCaptureKernel(const HostRoot& root) { return root.Stat("/proc/vmcore").has_value(); }

}  // namespace kdumpd
