// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/drill.h"

namespace kdumpd {

// `drill start`. Returns when the node does not crash: 1, or 64 and 70 as everywhere.
[[nodiscard]] int StartDrill(DrillNode& node, const Config& config, const Arguments& arguments);

}  // namespace kdumpd
