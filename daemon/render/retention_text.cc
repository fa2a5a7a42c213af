// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"
#include "daemon/render/text_rows.h"

namespace kdumpd {
namespace {

std::string NameOf(const RetentionDecision& decision) {
  return decision.record != nullptr ? decision.record->id : DumpPath(*decision.dump);
}

TableLine DecisionLine(const RetentionDecision& decision, bool dry_run) {
  TableField verb{"keep"};
  std::string why =
      decision.limit.empty() ? decision.why : Cat(decision.why, ", though ", decision.limit);
  if (why.empty()) why = "within the limits";
  if (decision.remove) verb = {dry_run ? "remove" : "removed", kYellow};
  if (!decision.problem.empty()) {
    if (!decision.removed) verb = {"FAILED", kRed};
    why = Cat(why, "; ", decision.problem);
  }
  return {{"  " + verb.text, verb.colour},
          {Rfc3339(decision.dump->crash_time)},
          {FormatBytes(decision.bytes)},
          {NameOf(decision)},
          {Shown(why)}};
}

}  // namespace

std::string RetentionText(const RetentionPlan& plan, bool dry_run, bool colour) {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  std::vector<TableLine> lines;
  for (const RetentionDecision& decision : plan.decisions) {
    lines.push_back(DecisionLine(decision, dry_run));
    if (dry_run ? !decision.remove : !decision.removed) continue;
    ++count;
    bytes += decision.bytes;
  }
  std::string text = Cat(dry_run ? "would remove " : "removed ", Counted(count, "dump", "dumps"),
                         count == 0 ? "" : Cat(", ", FormatBytes(bytes)), "; ",
                         Counted(plan.decisions.size() - count, "stays", "stay"), '\n');
  text += Columns(lines, colour);
  for (const std::string& unmet : plan.unmet) text += Cat("note: ", Shown(unmet), '\n');
  return text;
}

}  // namespace kdumpd
