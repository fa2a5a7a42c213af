// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"

namespace kdumpd {

// The inventory of crashes on this node: list, show, ack, prune; beside a running daemon, and
// without one. Returns the exit status: 0 done, 1 could not.
[[nodiscard]] int RunCrashes(const Config& config, const Arguments& arguments);

}  // namespace kdumpd
