// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/drill.h"
#include "daemon/core/state.h"

namespace kdumpd {

// What `drill start`, `status` and `cancel` have to say.
struct DrillAnswer {
  std::string action;  // "start", "status", "cancel"
  Drills drills;       // as they are now
  std::string due;     // DrillDue()
  std::vector<DrillRefusal> refusals;
  bool started = false;   // the crash is next
  std::string cancelled;  // id of the drill that was given up; "" none
  std::string problem;    // what went wrong; "" nothing
};
// Whether `force` lets it start.
[[nodiscard]] bool MayStart(const std::vector<DrillRefusal>& refusals, bool force);

// "no"; "yes: " and why; "cannot be told". `due`: DrillDue().
[[nodiscard]] std::string DueText(std::string_view due);
[[nodiscard]] std::string DrillStatusText(const State& state, const DrillAnswer& answer,
                                          bool colour);
// Why it may not start, each with its remedy.
[[nodiscard]] std::string DrillRefusedText(const State& state, const DrillAnswer& answer,
                                           bool colour);
// docs/schema/drill.schema.json.
[[nodiscard]] std::string DrillJson(const State& state, const DrillAnswer& answer);

}  // namespace kdumpd
