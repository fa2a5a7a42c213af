// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"
#include "daemon/cli/crashes_view.h"

namespace kdumpd {

// `crashes ack`: leaves notes that somebody has looked. The daemon takes them at its next look;
// when none runs, they are taken here.
[[nodiscard]] int AcknowledgeCrashes(const CrashesView& view, const Config& config,
                                     const Arguments& arguments);

}  // namespace kdumpd
