// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "daemon/core/crash_record.h"
#include "daemon/core/state.h"

namespace kdumpd {

// record.uploads of /api/v1/crashes: an object with one member for each destination. No digests:
// those are in the manifest; no credentials: nobody here knows any.
[[nodiscard]] nlohmann::ordered_json UploadsJson(const State& state, const CrashRecord& record);

}  // namespace kdumpd
