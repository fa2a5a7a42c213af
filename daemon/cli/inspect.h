// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"

namespace kdumpd {

// What each named file is, whether it is whole, and its kernel log. Needs no configuration file, no
// root and no daemon. Returns the exit status: 0 whole (or a readable log), 1 incomplete, truncated
// or damaged, 2 not a dump, 3 cannot tell; of several paths the worst.
[[nodiscard]] int RunInspect(const Arguments& arguments);

}  // namespace kdumpd
