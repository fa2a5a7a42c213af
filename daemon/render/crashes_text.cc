// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/crashes_text.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/inspection_text.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr std::size_t kTitleBytes = 80;  // in a list; `show` tells all
constexpr std::size_t kPathBytes = 4096;

// One field of a line, and its colour.
struct Field {
  std::string text;
  std::string_view colour{};
};
using Line = std::vector<Field>;

// Bytes that continue a character take no place.
std::size_t Width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, IsContinuation));
}

// In columns, as wide as their widest field.
std::string Table(const std::vector<Line>& lines, bool colour) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line[i].text));
    }
  }
  std::string text;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const Field& field = line[i];
      text += Coloured(field.text, field.colour, colour);
      const bool last = i + 1 == line.size();
      text += last ? "\n" : std::string(widths[i] - Width(field.text) + 2, ' ');
    }
  }
  return text;
}

std::string Counted(std::size_t count, std::string_view one, std::string_view many) {
  return Cat(count, ' ', count == 1 ? one : many);
}

bool IsBroken(DumpState state) {
  return state == DumpState::kIncomplete || state == DumpState::kTruncated ||
         state == DumpState::kDamaged;
}

Field StateField(const Crash& crash) {
  if (crash.dump == nullptr && crash.record->pruned_at != 0) return {"pruned", kGrey};
  if (crash.dump == nullptr && crash.record->gone_at != 0) return {"gone", kYellow};
  const DumpState state = crash.dump != nullptr ? crash.dump->state : crash.record->state;
  const std::string_view colour = IsBroken(state)                 ? kRed
                                  : state == DumpState::kComplete ? kGreen
                                                                  : kYellow;
  return {std::string(Name(state)), colour};
}

Field SeenField(const Crash& crash) {
  if (crash.record != nullptr) {
    return IsUnacknowledged(*crash.record) ? Field{"NEW", kRed} : Field{"acknowledged"};
  }
  if (crash.dump->historic) return {"historic", kGrey};
  return {IsSelfTest(crash.dump->directory) ? "self test" : "no record", kGrey};
}

// What is to be said where the inspection has not come to an answer; "" where it has.
std::string NoAnswer(const CrashRecord& record) {
  const std::string why = record.failure.empty() ? "" : Cat(": ", Shown(record.failure));
  switch (record.inspection) {
    case InspectionState::kPending:
      return "not inspected yet";
    case InspectionState::kFailed:
      return Cat("the inspection failed and will be tried again", why);
    case InspectionState::kGaveUp:
      return Cat("could not be inspected", why);
    case InspectionState::kDone:
      break;
  }
  return "";
}

std::string TitleOf(const Crash& crash) {
  if (crash.record == nullptr) return DumpPath(*crash.dump);
  const CrashRecord& record = *crash.record;
  std::string title = NoAnswer(record);
  if (title.empty()) title = Shown(record.title);
  if (title.empty()) title = Cat("the dump does not tell what crashed: ", Shown(record.reason));
  return title;
}

// Printable text, clipped between characters.
std::string Clipped(std::string text) {
  if (Width(text) <= kTitleBytes) return text;
  std::size_t end = 0;
  for (std::size_t width = 0; end < text.size(); ++end) {
    if (IsContinuation(text[end])) continue;
    if (++width == kTitleBytes) break;
  }
  return text.substr(0, end) + "…";
}

std::string CrashDirectory(const Facts& facts) {
  if (!facts.dumps.source().empty()) return facts.dumps.source();
  return facts.target.known() ? facts.target->live_path : "";
}

// "/var/crash/127.0.0.1-2026-11-22-07:15:03/vmcore"
std::string PathOf(const Facts& facts, const Crash& crash) {
  const std::string above = CrashDirectory(facts);
  return Cat(Printable(above, kPathBytes), above.ends_with('/') || above.empty() ? "" : "/",
             DumpPath(crash.Last()));
}

std::string PlaceRow(const State& state, const Crash& crash) {
  const CrashRecord& record = *crash.record;
  const std::string path = PathOf(state.facts, crash);
  if (crash.dump != nullptr) return Cat(path, ", ", FormatBytes(crash.dump->bytes));
  if (record.pruned_at != 0) {
    return Cat("removed by retention ", Rfc3339(record.pruned_at), "; it was ", path);
  }
  if (record.gone_at != 0) return Cat("gone since ", Rfc3339(record.gone_at), "; it was ", path);
  return Cat(path, ", where nobody can look now");
}

std::string InspectionRow(const CrashRecord& record) {
  const std::string attempts =
      record.attempts == 0 ? "" : Cat(", ", Counted(record.attempts, "attempt", "attempts"));
  const std::string failure =
      record.failure.empty() ? "" : Cat(", the last one ended: ", Shown(record.failure));
  return Cat(Name(record.inspection), attempts, failure);
}

std::string SeenRow(const CrashRecord& record) {
  if (IsUnacknowledged(record)) return Cat("not yet: kdumpd crashes ack ", record.id);
  const std::string by =
      record.acknowledged_by.empty() ? "" : Cat(" by ", Shown(record.acknowledged_by));
  return Cat(Rfc3339(record.acknowledged_at), by);
}

// As InspectionText has its rows.
std::string Row(std::string_view label, std::string_view value) {
  constexpr std::size_t kLabelWidth = 12;
  if (value.empty()) return "";
  return Cat("  ", label, std::string(kLabelWidth - label.size(), ' '), value, '\n');
}

// Without a report the record is all there is.
std::string RecordRows(const CrashRecord& record) {
  const std::string judged =
      Cat(Name(record.state), record.reason.empty() ? "" : Cat(" (", Shown(record.reason), ')'));
  const bool told = record.inspection == InspectionState::kDone;
  return Cat(Row("when", record.crash_time > 0 ? Rfc3339(record.crash_time) : ""),
             Row("where", Shown(record.kernel_release)), Row("dump", judged),
             Row("category", told ? Name(record.category) : ""),
             Row("signature", Shown(record.signature)));
}

std::string NameOf(const RetentionDecision& decision) {
  return decision.record != nullptr ? decision.record->id : DumpPath(*decision.dump);
}

Line DecisionLine(const RetentionDecision& decision, bool dry_run) {
  Field verb{"keep"};
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

std::string CrashesText(const State& state, bool colour) {
  const std::vector<Crash> crashes = CrashesOf(state);
  const auto open = static_cast<std::size_t>(std::ranges::count_if(crashes, [](const Crash& crash) {
    return crash.record != nullptr && IsUnacknowledged(*crash.record);
  }));
  const std::string where = CrashDirectory(state.facts);
  std::string text =
      Cat(NodeName(state), ": ",
          crashes.empty() ? "no crashes" : Counted(crashes.size(), "crash", "crashes"),
          state.crashes == nullptr ? ", without records"
          : open > 0               ? Cat(", ", open, " not acknowledged")
                                   : "",
          where.empty() ? "" : Cat(" (", Printable(where, kPathBytes), ')'), '\n');
  if (state.facts.dumps.unreadable()) {
    text += Cat("the dumps cannot be looked at: ", Shown(state.facts.dumps.why()), '\n');
  }
  if (state.facts.dumps_clipped) text += "there are more dumps than are listed\n";
  std::vector<Line> lines;
  for (const Crash& crash : crashes) {
    const CrashRecord* record = crash.record;
    lines.push_back({{Rfc3339(crash.time())},
                     StateField(crash),
                     SeenField(crash),
                     {record != nullptr ? std::string(Name(record->category)) : "-"},
                     {Clipped(TitleOf(crash))},
                     {record != nullptr ? record->id : "-"}});
  }
  return text + Table(lines, colour);
}

std::string CrashText(const State& state, const Crash& crash, const Inspection* report,
                      bool colour) {
  const CrashRecord& record = *crash.record;
  const std::string rows =
      Cat(Row("id", record.id), Row("path", PlaceRow(state, crash)),
          Row("inspection", InspectionRow(record)), Row("ack", SeenRow(record)));
  if (report == nullptr) return Cat(TitleOf(crash), '\n', rows, RecordRows(record));
  // What crashed stays the first line.
  std::string text = InspectionText(*report, "", colour);
  return text.insert(text.find('\n') + 1, rows);
}

std::string RetentionText(const RetentionPlan& plan, bool dry_run, bool colour) {
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  std::vector<Line> lines;
  for (const RetentionDecision& decision : plan.decisions) {
    lines.push_back(DecisionLine(decision, dry_run));
    if (dry_run ? !decision.remove : !decision.removed) continue;
    ++count;
    bytes += decision.bytes;
  }
  std::string text = Cat(dry_run ? "would remove " : "removed ", Counted(count, "dump", "dumps"),
                         count == 0 ? "" : Cat(", ", FormatBytes(bytes)), "; ",
                         Counted(plan.decisions.size() - count, "stays", "stay"), '\n');
  text += Table(lines, colour);
  for (const std::string& unmet : plan.unmet) text += Cat("note: ", Shown(unmet), '\n');
  return text;
}

}  // namespace kdumpd
