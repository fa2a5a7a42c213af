// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/error.h"
#include "daemon/core/unit_state.h"

struct sd_bus_message;

namespace kdumpd {

// Reads the properties we know out of the a{sv} of a Properties.GetAll reply, and skips the rest. A
// known property of an unexpected type is an error, as is a reply that does not parse; `state` is
// then of no use.
Result<void> ReadUnitProperties(sd_bus_message* reply, UnitState& state);

}  // namespace kdumpd
