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
#include "daemon/render/text_rows.h"
#include "daemon/render/uploads_text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kTitleBytes = 80;  // in a list; `show` tells all
constexpr std::size_t kPathBytes = 4096;

bool IsBroken(DumpState state) {
  return state == DumpState::kIncomplete || state == DumpState::kTruncated ||
         state == DumpState::kDamaged;
}

// Of a crash that left no dump: what became of it.
TableField CaptureField(const CrashRecord& record) {
  const Capture capture = CaptureOf(record);
  return {std::string(Name(capture)), capture == Capture::kMissed ? kRed : kYellow};
}

TableField StateField(const Crash& crash) {
  if (crash.dump == nullptr && !crash.record->has_dump()) return CaptureField(*crash.record);
  if (crash.dump == nullptr && crash.record->pruned_at != 0) return {"pruned", kGrey};
  if (crash.dump == nullptr && crash.record->gone_at != 0) return {"gone", kYellow};
  const DumpState state = crash.dump != nullptr ? crash.dump->state : crash.record->state;
  const std::string_view colour = IsBroken(state)                 ? kRed
                                  : state == DumpState::kComplete ? kGreen
                                                                  : kYellow;
  return {std::string(Name(state)), colour};
}

TableField SeenField(const Crash& crash) {
  if (crash.record != nullptr) {
    if (!crash.record->drill.empty()) return {"drill", kGrey};
    if (crash.record->historic) return {"historic", kGrey};
    return IsUnacknowledged(*crash.record) ? TableField{"NEW", kRed} : TableField{"acknowledged"};
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
  if (!title.empty()) return title;
  if (!record.has_dump()) return Cat("it left no dump: ", Shown(record.reason));
  return Cat("the dump does not tell what crashed: ", Shown(record.reason));
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
  const std::string path = PathOf(state.facts, crash);
  if (crash.dump != nullptr) return Cat(path, ", ", FormatBytes(crash.dump->bytes));
  const CrashRecord& record = *crash.record;
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

// The crash lies between the last sign of its boot and the boot after it.
std::string WhenRow(const CrashRecord& record, const BootRecord* boot) {
  if (record.crash_time <= 0) return "";
  const bool bounded = boot != nullptr && boot->ended_by > 0;
  return Cat(Rfc3339(record.crash_time), " or later",
             bounded ? Cat(", before ", Rfc3339(boot->ended_by)) : "");
}

// What is known of a crash that left no dump, and how.
std::string MissedRows(const CrashRecord& record, const BootRecord* boot) {
  const std::string sure = boot == nullptr ? "" : Cat(", confidence ", Name(boot->confidence));
  return Cat(
      LabelRow("when", WhenRow(record, boot)),
      LabelRow("capture", Cat(Name(CaptureOf(record)), " (", Shown(record.reason), ')', sure)),
      LabelRow("boot", Shown(record.ended_boot)),
      boot == nullptr ? "" : EvidenceRows(boot->evidence));
}

// A historic dump that nobody has asked for.
std::string WithoutRecord(const State& state, const Crash& crash) {
  const Dump& dump = *crash.dump;
  const std::string id = IdOf(state, crash);
  return Cat(TitleOf(crash), '\n', LabelRow("id", id), LabelRow("path", PlaceRow(state, crash)),
             LabelRow("when", Rfc3339(dump.crash_time)), LabelRow("dump", DumpJudgement(dump)),
             LabelRow("record", Cat("none; kdumpd crashes send ", id, " makes one")));
}

// Without a report the record is all there is.
std::string RecordRows(const CrashRecord& record) {
  const std::string judged =
      Cat(Name(record.state), record.reason.empty() ? "" : Cat(" (", Shown(record.reason), ')'));
  const bool told = record.inspection == InspectionState::kDone;
  return Cat(LabelRow("when", record.crash_time > 0 ? Rfc3339(record.crash_time) : ""),
             LabelRow("where", Shown(record.kernel_release)), LabelRow("dump", judged),
             LabelRow("category", told ? Name(record.category) : ""),
             LabelRow("signature", Shown(record.signature)));
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
  const bool uploads = std::ranges::any_of(crashes, [](const Crash& crash) {
    return crash.record != nullptr && !crash.record->uploads.empty();
  });
  std::vector<TableLine> lines;
  for (const Crash& crash : crashes) {
    const CrashRecord* record = crash.record;
    TableLine& line =
        lines.emplace_back(TableLine{{Rfc3339(crash.time())}, StateField(crash), SeenField(crash)});
    if (uploads) line.push_back(record != nullptr ? UploadField(*record) : TableField{"-"});
    const std::string id = IdOf(state, crash);
    line.insert(line.end(), {{record != nullptr ? std::string(Name(record->category)) : "-"},
                             {Clipped(TitleOf(crash))},
                             {id.empty() ? "-" : id}});
  }
  return text + Columns(lines, colour);
}

std::string CrashText(const State& state, const Crash& crash, const Inspection* report,
                      bool colour) {
  if (crash.record == nullptr) return WithoutRecord(state, crash);
  const CrashRecord& record = *crash.record;
  const std::string cause = CauseRows(record.cause, record.cause_line);
  const std::string_view uncounted =
      record.historic ? "no: it was there before the first start" : "";
  const std::string seen = Cat(LabelRow("drill", Shown(record.drill)),
                               LabelRow("counted", uncounted), LabelRow("ack", SeenRow(record)));
  if (!record.has_dump()) {
    return Cat(TitleOf(crash), '\n', LabelRow("id", record.id), seen,
               MissedRows(record, BootOf(state, record)), cause);
  }
  const std::string rows =
      Cat(LabelRow("id", record.id), LabelRow("path", PlaceRow(state, crash)),
          LabelRow("inspection", InspectionRow(record)), seen, UploadRows(state, record), cause);
  if (report == nullptr) return Cat(TitleOf(crash), '\n', rows, RecordRows(record));
  // What crashed stays the first line.
  std::string text = InspectionText(*report, "", colour);
  return text.insert(text.find('\n') + 1, rows);
}

}  // namespace kdumpd
