// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/config.h"
#include "daemon/core/state.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// One look at this node and what it means, without a daemon; waits for the bus for at most two
// seconds.
[[nodiscard]] State LookOnce(HostRoot& root, const Config& config);

}  // namespace kdumpd
