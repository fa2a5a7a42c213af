// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/cli/arguments.h"
#include "daemon/core/state.h"
#include "daemon/host/drill_store.h"
#include "daemon/host/host_root.h"
#include "daemon/render/drill_text.h"

namespace kdumpd {

// The crash on purpose: start, status, cancel; beside a running daemon, and without one. Returns
// the exit status: 0 done, 1 could not.
[[nodiscard]] int RunDrill(const Config& config, const Arguments& arguments);

// What a verb about drills works with: one look at the node, and what is on record.
struct DrillNode {
  HostRoot root;
  State state;
  DrillAnswer answer;               // with what is on record
  std::optional<DrillStore> store;  // none: there is no state directory to read
};
// The answer on standard output, as `arguments` wants it; its problem, in text, on standard error.
// Returns 0, or 1 where there is a problem.
[[nodiscard]] int SayDrill(const DrillNode& node, const Arguments& arguments,
                           const std::string& text);

}  // namespace kdumpd
