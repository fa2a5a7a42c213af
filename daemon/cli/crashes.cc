// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/cli/crashes_ack.h"
#include "daemon/cli/crashes_prune.h"
#include "daemon/cli/crashes_send.h"
#include "daemon/cli/crashes_view.h"
#include "daemon/cli/print.h"
#include "daemon/core/crash_inventory.h"
#include "daemon/core/text.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

bool OnTerminal() { return ::isatty(STDOUT_FILENO) == 1; }

int List(const CrashesView& view, const Arguments& arguments) {
  const bool json = arguments.output == Output::kJson;
  if (!PrintOut(json ? CrashesJson(view.state) : CrashesText(view.state, OnTerminal()))) {
    return kExitInternal;
  }
  if (view.store) {
    for (const std::string& note : view.store->Notes()) PrintProblem(note);
  }
  if (!view.problem.empty()) PrintProblem(Cat("no records: ", view.problem));
  return view.problem.empty() && !view.state.facts.dumps.unreadable() ? 0 : 1;
}

// The stored report; nothing when there is none, or when it is none of ours.
std::optional<Inspection> ReportOf(const RecordStore& store, const std::string& id) {
  const auto json = store.Report(id);
  if (!json || json->empty()) return std::nullopt;
  auto report = ParseInspection(*json);
  if (report) return *std::move(report);
  PrintProblem(Cat("the stored report is not shown: ", report.error().message));
  return std::nullopt;
}

int Show(const CrashesView& view, const Arguments& arguments) {
  const auto id = WholeId(view, arguments.ids.front());
  if (!id) {
    PrintProblem(id.error().message);
    return 1;
  }
  const std::vector<Crash> crashes = CrashesOf(view.state);
  const auto crash = std::ranges::find_if(
      crashes, [&](const Crash& candidate) { return IdOf(view.state, candidate) == *id; });
  const auto report = crash->record != nullptr ? ReportOf(*view.store, *id) : std::nullopt;
  const Inspection* shown = report ? &*report : nullptr;
  const bool json = arguments.output == Output::kJson;
  const std::string text = json ? CrashDocument(view.state, *crash, shown)
                                : CrashText(view.state, *crash, shown, OnTerminal());
  return PrintOut(text) ? 0 : kExitInternal;
}

}  // namespace

int RunCrashes(const Config& config, const Arguments& arguments) {
  const auto view = ViewCrashes(config, arguments.crashes != CrashesVerb::kAck);
  if (!view) {
    PrintProblem(view.error().message);
    return kExitUsage;
  }
  switch (arguments.crashes) {
    case CrashesVerb::kList:
      return List(*view, arguments);
    case CrashesVerb::kShow:
      return Show(*view, arguments);
    case CrashesVerb::kAck:
      return AcknowledgeCrashes(*view, config, arguments);
    case CrashesVerb::kSend:
      return SendCrash(*view, config, arguments);
    case CrashesVerb::kPrune:
      return PruneCrashes(*view, config, arguments);
  }
  return kExitInternal;
}

}  // namespace kdumpd
