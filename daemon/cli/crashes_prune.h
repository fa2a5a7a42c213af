// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"
#include "daemon/cli/crashes_view.h"

namespace kdumpd {

// `crashes prune`: removes what retention allows, or says what it would remove.
[[nodiscard]] int PruneCrashes(const CrashesView& view, const Config& config,
                               const Arguments& arguments);

}  // namespace kdumpd
