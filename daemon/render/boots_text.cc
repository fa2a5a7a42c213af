// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/boots_text.h"

#include <span>
#include <vector>

#include "daemon/core/drill.h"
#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"
#include "daemon/render/text_rows.h"

namespace kdumpd {
namespace {

std::string_view ColourOf(BootOutcome outcome) {
  switch (outcome) {
    case BootOutcome::kClean:
    case BootOutcome::kCaptured:
      return kGreen;
    case BootOutcome::kPartial:
    case BootOutcome::kMissed:
      return kRed;
    case BootOutcome::kUnverified:
    case BootOutcome::kPowerLoss:
      return kYellow;
    case BootOutcome::kUnknown:
      break;
  }
  return kMagenta;
}

std::string TimeOr(std::int64_t seconds, std::string_view otherwise) {
  return seconds > 0 ? Rfc3339(seconds) : std::string(otherwise);
}

std::string Told(const BootRecord& boot) {
  return Cat(Shown(boot.message), boot.drill.empty() ? "" : " (drill)");
}

std::string BootRow(const BootRecord& boot) {
  const std::string id = boot.boot_id.empty() ? "" : Cat(Shown(boot.boot_id), ", ");
  return Cat(id, "began ", TimeOr(boot.began, "at a time that is not known"), ", last sign ",
             TimeOr(boot.last_sign, "not known"), ", the next began ",
             TimeOr(boot.ended_by, "at a time that is not known"));
}

std::string InFull(const BootRecord& boot, bool colour) {
  const std::string crash =
      boot.crash_id.empty() ? "" : Cat("kdumpd crashes show ", Shown(boot.crash_id));
  const std::string_view historic = boot.historic ? "no: it ended before this daemon watched" : "";
  return Cat(TimeOr(EndOf(boot), "-"), "  ",
             Coloured(Name(boot.outcome), ColourOf(boot.outcome), colour), "  ", Told(boot), '\n',
             LabelRow("confidence", Cat(Name(boot.confidence), " (", Shown(boot.reason), ')')),
             LabelRow("boot", BootRow(boot)), LabelRow("armed", YesNo(boot.armed)),
             EvidenceRows(boot.evidence), CauseRows(boot.cause, boot.cause_line),
             LabelRow("crash", crash), LabelRow("drill", Shown(boot.drill)),
             LabelRow("counted", historic));
}

TableLine InShort(const BootRecord& boot) {
  const std::string cause = boot.cause.empty() ? "" : Cat(": ", Shown(boot.cause));
  return {{TimeOr(EndOf(boot), "-")},
          {std::string(Name(boot.outcome)), ColourOf(boot.outcome)},
          {Cat(Told(boot), cause)},
          {boot.crash_id.empty() ? "-" : Shown(boot.crash_id)}};
}

std::string Running(const State& state) {
  const std::int64_t began = state.facts.boot_time.ValueOr(0);
  const auto& armed = state.readiness.armed;
  const std::string_view words = !armed   ? "whether it is armed is not known"
                                 : *armed ? "armed"
                                          : "not armed";
  return Cat(NodeName(state), ": up since ", TimeOr(began, "a time that is not known"), ", ", words,
             '\n');
}

std::string Pending(const State& state) {
  if (!state.drills || !state.drills->pending) return "";
  const DrillIntent& intent = *state.drills->pending;
  return Cat("drill ", Shown(intent.id), " is pending, requested ", Rfc3339(intent.requested_at),
             '\n');
}

// What there is to say before the list; "" nothing.
std::string Missing(const State& state) {
  if (!state.boots)
    return "nothing is on record of earlier boots: no daemon has watched this node\n";
  if (state.boots_decided) return "";
  // A node without a journal may never tell.
  if (state.boots->empty()) return "nothing is known so far of the boot before this one\n";
  return "how the boot before this one ended is not decided yet; before that:\n";
}

}  // namespace

std::int64_t EndOf(const BootRecord& boot) {
  return boot.last_sign > 0 ? boot.last_sign : boot.ended_by;
}

std::string BootsText(const State& state, const BootsTextOptions& options) {
  std::string text = Cat(Running(state), Pending(state), Missing(state));
  std::vector<TableLine> older;
  for (const BootRecord& boot :
       state.boots ? std::span(*state.boots) : std::span<const BootRecord>()) {
    if (options.all || &boot == &state.boots->front()) {
      text += InFull(boot, options.colour);
    } else {
      older.push_back(InShort(boot));
    }
  }
  return text + Columns(older, options.colour);
}

}  // namespace kdumpd
