// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/html_boots.h"

#include <algorithm>
#include <array>
#include <span>

#include "daemon/core/capture_failure.h"
#include "daemon/core/drill.h"
#include "daemon/core/text.h"
#include "daemon/render/boots_text.h"
#include "daemon/render/drill_text.h"
#include "daemon/render/html_values.h"

namespace kdumpd {
namespace {

constexpr std::size_t kBootsShown = 10;
// In the order of BootOutcome and of DrillResult.
constexpr std::array<std::string_view, kBootOutcomes> kOutcomeClasses{"good", "good", "bad", "bad",
                                                                      "warn", "warn", "dim"};
constexpr std::array<std::string_view, kDrillResults> kResultClasses{"good", "bad", "warn", "warn"};

std::string OutcomeHtml(const BootRecord& boot) {
  return Cat("<strong class=\"", kOutcomeClasses[static_cast<std::size_t>(boot.outcome)], "\">",
             Name(boot.outcome), "</strong>");
}

std::string TimeOrDash(std::int64_t seconds) { return seconds > 0 ? TimeHtml(seconds) : "-"; }

// Why its capture failed, as problems are shown.
std::string CauseHtml(const BootRecord& boot) {
  if (boot.cause.empty()) return "";
  const CaptureFailureRule* rule = CaptureFailureOf(boot.cause);
  std::string out = Cat("<article>\n<h3><span class=\"bad\">Capture failed</span> <code>",
                        Escaped(boot.cause), "</code></h3>\n");
  if (rule != nullptr) out += Cat("<p>", Escaped(rule->meaning), "</p>\n");
  if (!boot.cause_line.empty()) {
    out += Cat("<p class=\"soft\"><code>", Escaped(boot.cause_line), "</code></p>\n");
  }
  if (rule != nullptr) out += Cat("<p>Fix: ", Escaped(rule->remedy), "</p>\n");
  return out + "</article>\n";
}

std::string LastHtml(const State& state) {
  // A node without a journal may never tell.
  if (state.boots->empty()) {
    return "<p class=\"soft\">Nothing is known so far of the boot before this one.</p>\n";
  }
  if (!state.boots_decided) {
    return "<p class=\"soft\">How the boot before this one ended is not decided yet.</p>\n";
  }
  const BootRecord& boot = state.boots->front();
  return Cat("<p>The boot before this one ended ", TimeOrDash(EndOf(boot)), ": ", OutcomeHtml(boot),
             ", ", Escaped(boot.message), " <code>", Escaped(boot.reason), "</code>, confidence ",
             Name(boot.confidence), ".</p>\n", CauseHtml(boot));
}

std::string RowHtml(const BootRecord& boot) {
  const std::string drill = boot.drill.empty() ? "" : " (drill)";
  return Cat("<tr><td class=\"time\">", TimeOrDash(EndOf(boot)), "</td><td>", OutcomeHtml(boot),
             "</td><td class=\"how\">", Escaped(boot.message), drill, "</td><td class=\"id\">",
             boot.crash_id.empty() ? "-" : Escaped(boot.crash_id), "</td></tr>\n");
}

std::string LedgerHtml(const State& state) {
  if (!state.boots) return "";
  std::string out = Cat("<section>\n<h2>Boots</h2>\n", LastHtml(state));
  if (state.boots->empty()) return out + "</section>\n";
  out +=
      "<div class=\"scroll\"><table>\n<tr><th>Ended</th><th>Outcome</th><th>How</th><th>Crash</th>"
      "</tr>\n";
  const std::span<const BootRecord> boots(*state.boots);
  for (const BootRecord& boot : boots.first(std::min(boots.size(), kBootsShown))) {
    out += RowHtml(boot);
  }
  return out + "</table></div>\n</section>\n";
}

std::string SecondsHtml(std::int64_t seconds, std::string_view what) {
  if (seconds <= 0) return "";
  return Cat(", ", what, ' ', FormatSeconds(static_cast<std::uint64_t>(seconds)));
}

// The message of one that passed has its times.
std::string TimesHtml(const DrillRecord& drill) {
  if (drill.result == DrillResult::kPassed) return "";
  return Cat(SecondsHtml(drill.dump_seconds, "dump after"),
             SecondsHtml(drill.back_seconds, "armed again after"));
}

std::string ResultHtml(const DrillRecord& drill) {
  const std::int64_t when = drill.crash_time > 0 ? drill.crash_time : drill.intent.requested_at;
  return Cat("<p>The last one, ", TimeOrDash(when), ": <strong class=\"",
             kResultClasses[static_cast<std::size_t>(drill.result)], "\">", Name(drill.result),
             "</strong>, ", Escaped(drill.message), TimesHtml(drill), ".</p>\n");
}

std::string DrillHtml(const State& state) {
  if (!state.drills) return "";
  const Drills& drills = *state.drills;
  if (!state.drill_enabled && !drills.pending && !drills.last) return "";
  std::string out = "<section>\n<h2>Drill</h2>\n";
  if (drills.pending) {
    out += Cat("<p><strong class=\"warn\">One is pending</strong>, requested ",
               TimeHtml(drills.pending->requested_at), ".</p>\n");
  }
  out += drills.last ? ResultHtml(*drills.last) : "<p class=\"soft\">None is on record.</p>\n";
  return Cat(out, "<p>Due: ", DueText(DrillDue(drills, state.facts)), ".</p>\n</section>\n");
}

}  // namespace

std::string BootsHtml(const State& state) { return LedgerHtml(state) + DrillHtml(state); }

}  // namespace kdumpd
