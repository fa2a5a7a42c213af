// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/latest.h"
#include "daemon/core/state.h"
#include "daemon/web/listener.h"

namespace kdumpd {

// What the listener's handlers read. `latest` outlives the listener.
struct RouteInput {
  const Latest<State>* latest = nullptr;
  std::string telemetry_path;
  std::int64_t observe_interval_ms = 0;
  std::int64_t (*monotonic_ms)() = nullptr;
};

// Everything that is served over HTTP. Metrics and health go to anybody; what shows evidence only
// to loopback.
[[nodiscard]] std::vector<Route> RoutesOf(const RouteInput& input);

}  // namespace kdumpd
