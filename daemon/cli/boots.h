// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"
#include "daemon/config.h"

namespace kdumpd {

// How the boots of this node ended; beside a running daemon, and without one. Returns the exit
// status: 0 done, 1 could not.
[[nodiscard]] int RunBoots(const Config& config, const Arguments& arguments);

}  // namespace kdumpd
