// SPDX-License-Identifier: Apache-2.0
#include "daemon/drill_watch.h"

#include <algorithm>
#include <utility>

namespace kdumpd {

void DrillWatch::Read() {
  DrillStore::Answer answer = store_.Read();
  drills_ = std::move(answer.drills);
  notes_ = std::move(answer.notes);
}

std::optional<PendingDrill> DrillWatch::ForLedger() const {
  if (!drills_.pending) return std::nullopt;
  const DrillIntent& intent = *drills_.pending;
  return PendingDrill{intent.id, intent.boot_id, intent.crash_at};
}

void DrillWatch::Judge(const Facts& facts, std::span<const BootRecord> boots, bool all_decided,
                       std::span<const CrashRecord> crashes) {
  problem_.clear();
  if (!drills_.pending) return;
  const DrillIntent intent = *drills_.pending;
  DrillView view;
  view.boot_id = BootIdOf(facts.boot_id.ValueOr(""));
  view.now = facts.now;
  view.all_decided = all_decided;
  view.armed_since = facts.history.armed_since;
  const auto boot = std::ranges::find(boots, intent.boot_id, &BootRecord::boot_id);
  if (boot != boots.end()) {
    view.boot = &*boot;
    const auto crash = std::ranges::find(crashes, boot->crash_id, &CrashRecord::id);
    if (crash != crashes.end()) {
      view.crash = &*crash;
      view.dump_written_at = crash->mark.mtime;
    }
  }
  const auto judged = JudgeDrill(intent, view);
  if (!judged) return;
  // One that never asked for its crash says nothing: what the last one proved stays.
  const bool asked = judged->result != DrillResult::kCancelled;
  if (const auto written = asked ? store_.Finish(*judged) : store_.Cancel(intent.id); !written) {
    problem_ = written.error().message;
    return;
  }
  drills_.pending.reset();
  if (!asked) return;
  drills_.last = judged;
  if (judged->result == DrillResult::kPassed) drills_.last_pass = judged;
}

}  // namespace kdumpd
