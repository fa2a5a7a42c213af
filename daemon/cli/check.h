// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"

namespace kdumpd {

// One look at this node, printed; waits for the bus for at most two seconds. Returns the exit
// status: 0 ready, 1 degraded, 2 not ready or arming, 3 unknown.
[[nodiscard]] int RunCheck(const Config& config, const Arguments& arguments);

}  // namespace kdumpd
