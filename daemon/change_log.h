// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/next_state.h"
#include "daemon/log.h"

namespace kdumpd {

// One line for one change; what got worse is a warning.
void LogChange(const Log& log, const Change& change);

}  // namespace kdumpd
