// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/crashes_prune.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/cli/print.h"
#include "daemon/cli/still_stored.h"
#include "daemon/core/retention.h"
#include "daemon/core/text.h"
#include "daemon/host/prune.h"
#include "daemon/node.h"
#include "daemon/render/crashes_text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNoLimits =
    "no limit is set, so nothing is removed; retention.keep-newest, max-bytes, max-age and "
    "min-free "
    "are limits";

// Why nothing can be decided; "" when it can.
std::string Hindrance(const CrashesView& view) {
  if (InCaptureKernel(view.root)) return "this is a capture kernel: the dump is being written";
  const auto& dumps = view.state.facts.dumps;
  if (dumps.unreadable()) return Cat("the dumps cannot be looked at: ", Printable(dumps.why()));
  return view.problem;
}

RetentionPlan PlanFor(const CrashesView& view, const Config& config, int directory) {
  const State& state = view.state;
  std::vector<DumpContents> contents;
  for (const Dump& dump : state.facts.dumps.value()) {
    contents.push_back(ContentsOf(directory, dump));
  }
  RetentionInput input;
  input.dumps = state.facts.dumps.value();
  input.contents = contents;
  input.whole = !state.facts.dumps_clipped && !state.facts.dumps_partial;
  if (state.crashes) input.records = *state.crashes;
  if (const auto free = FreeBytes(directory)) input.free_bytes = *free;
  input.now = state.now;
  input.uploads = &config.uploads;
  return PlanRetention(config.retention, input);
}

// True when all that was to go has gone, and is known to have.
bool Remove(const CrashesView& view, const Config& config, int directory, RetentionPlan& plan) {
  bool good = true;
  for (RetentionDecision& decision : plan.decisions) {
    if (!decision.remove) continue;
    // Before the dump is compared once more: asking may take its time.
    decision.problem = StillStored(view, config, *decision.record);
    if (!decision.problem.empty()) {
      good = false;
      continue;
    }
    Removal removal = RemoveDump(directory, *decision.dump, decision.record->mark,
                                 decision.record->acknowledged_at);
    decision.removed = removal.removed;
    decision.problem = std::move(removal.problem);
    if (decision.removed) {
      const auto noted = view.store->NotePruned(decision.record->id, view.state.now);
      if (!noted && decision.problem.empty()) {
        decision.problem = Cat("the record does not say so: ", noted.error().message);
      }
    }
    good = good && decision.problem.empty();
  }
  return good;
}

}  // namespace

int PruneCrashes(const CrashesView& view, const Config& config, const Arguments& arguments) {
  if (const std::string why = Hindrance(view); !why.empty()) {
    PrintProblem(why);
    return 1;
  }
  RetentionPlan plan;
  bool good = true;
  if (view.state.facts.dumps.known()) {
    const auto directory = view.root.OpenDirectory(view.state.facts.dumps.source());
    if (!directory) {
      PrintProblem(directory.error().message);
      return 1;
    }
    plan = PlanFor(view, config, directory->get());
    if (!arguments.dry_run) good = Remove(view, config, directory->get(), plan);
  }
  const bool any = std::ranges::any_of(plan.decisions, &RetentionDecision::removed);
  if (any) {
    const auto taken = TakeNotes(config);
    if (!taken && taken.error().code != ErrorCode::kBusy) {
      PrintProblem(taken.error().message);
      good = false;
    }
  }
  const bool colour = ::isatty(STDOUT_FILENO) == 1;
  const bool printed = PrintOut(arguments.output == Output::kJson
                                    ? RetentionJson(view.state, plan, arguments.dry_run)
                                    : RetentionText(plan, arguments.dry_run, colour));
  if (!config.retention.Limits()) PrintProblem(kNoLimits);
  if (!printed) return kExitInternal;
  return good ? 0 : 1;
}

}  // namespace kdumpd
