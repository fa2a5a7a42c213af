// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/host/host_root.h"

namespace kdumpd {

// One line of severity LOG_ALERT for the system log of the node, which journald puts on disk at
// once. Best effort, and never waits: whether somebody took it.
bool Announce(const HostRoot& root, std::string_view text);

}  // namespace kdumpd
