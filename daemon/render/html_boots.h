// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/core/state.h"

namespace kdumpd {

// The sections of the page on how earlier boots ended and on drills; "" where there is neither.
[[nodiscard]] std::string BootsHtml(const State& state);

}  // namespace kdumpd
