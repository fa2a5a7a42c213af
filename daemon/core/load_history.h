// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "daemon/core/facts.h"

namespace kdumpd {

// Whether something would take over at a panic: the firmware's registration where fadump is
// enabled, else the loaded crash kernel.
[[nodiscard]] Fact<bool> TakesOver(const Fact<bool>& crash_loaded, const Fact<Fadump>& fadump);

// What is remembered after one more look. A look that could not see changes nothing.
[[nodiscard]] LoadHistory NextHistory(const LoadHistory& before, const Fact<bool>& takes_over,
                                      std::int64_t now);

}  // namespace kdumpd
