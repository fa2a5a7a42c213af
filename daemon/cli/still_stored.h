// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/cli/crashes_view.h"

namespace kdumpd {

// Asks each destination that retention.stored needs, now, whether it still holds what was proven to
// be there: size and digest of every object. Why it may not go; "" it may.
[[nodiscard]] std::string StillStored(const CrashesView& view, const Config& config,
                                      const CrashRecord& record);

}  // namespace kdumpd
