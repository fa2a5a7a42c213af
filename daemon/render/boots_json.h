// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "daemon/core/boot_record.h"
#include "daemon/core/state.h"

namespace kdumpd {

// One boot that is over, as /api/v1/boots lists it.
[[nodiscard]] nlohmann::ordered_json BootJson(const BootRecord& boot);

}  // namespace kdumpd
