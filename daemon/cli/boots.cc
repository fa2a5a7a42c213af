// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/boots.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/cli/look_once.h"
#include "daemon/cli/print.h"
#include "daemon/core/drill.h"
#include "daemon/host/boot_store.h"
#include "daemon/host/drill_store.h"
#include "daemon/render/boots_text.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

// True unless there is something that cannot be read.
bool TakeBoots(const BootStore& store, State& state) {
  for (const std::string& note : store.Notes()) PrintProblem(note);
  const bool empty = store.boots().empty();
  if (empty && !store.Notes().empty()) return false;
  // Somebody else made the directory.
  if (empty && !store.beat()) return true;
  const std::string running = BootIdOf(state.facts.boot_id.ValueOr(""));
  state.boots_decided = !empty && !running.empty() && store.IsDone(running);
  state.boots = std::make_shared<const std::vector<BootRecord>>(store.boots());
  return true;
}

// What is on record; true unless there is something that cannot be read.
bool TakeRecords(const Config& config, State& state) {
  const auto boots = BootStore::Peek(config.state_directory);
  if (!boots) {
    if (boots.error().code == ErrorCode::kNotFound) return true;
    PrintProblem(boots.error().message);
    return false;
  }
  if (!TakeBoots(*boots, state)) return false;
  if (auto drills = DrillStore::Peek(config.state_directory)) {
    DrillStore::Answer read = drills->Read();
    for (const std::string& note : read.notes) PrintProblem(note);
    state.drills = std::make_shared<const Drills>(std::move(read.drills));
  }
  return true;
}

}  // namespace

int RunBoots(const Config& config, const Arguments& arguments) {
  auto root = HostRoot::Open(config.path);
  if (!root) {
    PrintProblem(root.error().message);
    return kExitUsage;
  }
  State state = LookOnce(*root, config);
  const bool read = TakeRecords(config, state);
  std::string text;
  if (arguments.output == Output::kJson) {
    text = BootsJson(state);
  } else if (read) {
    text = BootsText(state, {::isatty(STDOUT_FILENO) == 1, arguments.all});
  }
  if (!PrintOut(text)) return kExitInternal;
  return read ? 0 : 1;
}

}  // namespace kdumpd
