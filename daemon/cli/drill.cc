// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/drill.h"

#include <unistd.h>

#include <utility>

#include "daemon/cli/drill_start.h"
#include "daemon/cli/look_once.h"
#include "daemon/cli/print.h"
#include "daemon/core/text.h"
#include "daemon/host/state_directory.h"

namespace kdumpd {
namespace {

void ReadDrills(DrillNode& node) {
  DrillStore::Answer read = node.store->Read();
  for (const std::string& note : read.notes) PrintProblem(note);
  node.answer.drills = std::move(read.drills);
  node.answer.due = DrillDue(node.answer.drills, node.state.facts);
}

Result<DrillNode> LookAtNode(const Config& config) {
  auto root = HostRoot::Open(config.path);
  if (!root) return std::unexpected(root.error());
  State state = LookOnce(*root, config);
  DrillNode node{.root = *std::move(root), .state = std::move(state), .answer = {}, .store = {}};
  node.answer.due = DrillDue({}, node.state.facts);
  auto store = DrillStore::Peek(config.state_directory);
  if (store) {
    node.store = *std::move(store);
    ReadDrills(node);
  } else if (store.error().code != ErrorCode::kNotFound) {
    node.answer.problem = store.error().message;
  }
  return node;
}

// What does not parse is set aside by whoever holds the lock of the state directory.
void TakeOver(DrillNode& node, const Config& config) {
  const auto state = StateDirectory::Open(config.state_directory, 0);
  if (!state) return;
  auto store = DrillStore::Open(state->fd(), config.state_directory);
  if (!store) return;
  node.store = *std::move(store);
  ReadDrills(node);
}

int ShowStatus(DrillNode& node, const Arguments& arguments) {
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  return SayDrill(node, arguments, DrillStatusText(node.state, node.answer, colour));
}

int Cancel(DrillNode& node, const Config& config, const Arguments& arguments) {
  auto& pending = node.answer.drills.pending;
  if (!pending && node.store) TakeOver(node, config);
  if (!pending) return SayDrill(node, arguments, "no drill is pending\n");
  const std::string id = pending->id;
  const auto cancelled = node.store->Cancel(id);
  if (cancelled) {
    node.answer.cancelled = id;
    pending.reset();
  } else {
    node.answer.problem = cancelled.error().message;
  }
  return SayDrill(node, arguments, cancelled ? Cat("cancelled drill ", id, '\n') : "");
}

}  // namespace

int SayDrill(const DrillNode& node, const Arguments& arguments, const std::string& text) {
  const bool json = arguments.output == Output::kJson;
  const bool printed = PrintOut(json ? DrillJson(node.state, node.answer) : text);
  if (!node.answer.problem.empty()) PrintProblem(node.answer.problem);
  if (!printed) return kExitInternal;
  return node.answer.problem.empty() ? 0 : 1;
}

int RunDrill(const Config& config, const Arguments& arguments) {
  auto node = LookAtNode(config);
  if (!node) {
    PrintProblem(node.error().message);
    return kExitUsage;
  }
  switch (arguments.drill) {
    case DrillVerb::kStart:
      return StartDrill(*node, config, arguments);
    case DrillVerb::kStatus:
      node->answer.action = "status";
      return ShowStatus(*node, arguments);
    case DrillVerb::kCancel:
      node->answer.action = "cancel";
      return Cancel(*node, config, arguments);
  }
  return kExitInternal;
}

}  // namespace kdumpd
