// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "daemon/core/crash_inventory.h"

namespace kdumpd {

// One crash, as /api/v1/crashes lists it.
[[nodiscard]] nlohmann::ordered_json CrashEntry(const State& state, const Crash& crash);

}  // namespace kdumpd
