// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/record_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace kdumpd {
namespace {

// A dump directory holds one dump; a file that lies in none is its own.
using Place = std::pair<std::string_view, std::string_view>;
Place PlaceOf(std::string_view directory, std::string_view vmcore) {
  return {directory, directory.empty() ? vmcore : std::string_view()};
}

bool IsSealed(const Dump& dump) {
  return !dump.historic && dump.state != DumpState::kWriting && dump.state != DumpState::kGone &&
         dump.reason != "no_dump_files" && !IsSelfTest(dump.directory);
}

void TakePlace(const Dump& dump, CrashRecord& record) {
  record.directory = dump.directory;
  record.vmcore = dump.vmcore;
  record.log = dump.log;
  record.gone_at = 0;
  record.pruned_at = 0;
}

// What is to be inspected is another file than before, or the same one has changed.
void TakeFile(const Dump& dump, CrashRecord& record) {
  record.mark = dump.mark;
  record.state = dump.state;
  record.reason = dump.reason;
  record.inspection = InspectionState::kPending;
  record.attempts = 0;
  record.failure.clear();
}

class Planner {
 public:
  explicit Planner(const RecordInput& input) : input_(input) {
    for (const CrashRecord& record : input.records) {
      by_place_.emplace(PlaceOf(record.directory, record.vmcore), &record);
    }
    for (const Dump& dump : input.dumps) places_.insert(PlaceOf(dump.directory, dump.vmcore));
  }

  std::vector<CrashRecord> Plan() {
    for (const Dump& dump : input_.dumps) {
      if (IsSealed(dump)) PlanDump(dump);
    }
    if (input_.whole) PlanGone();
    return std::move(changes_);
  }

 private:
  void PlanDump(const Dump& dump) {
    const auto found = by_place_.find(PlaceOf(dump.directory, dump.vmcore));
    const CrashRecord* before = found != by_place_.end() ? found->second : MovedFrom(dump);
    if (before == nullptr) return Add(dump);
    seen_.insert(before);
    CrashRecord record = *before;
    TakePlace(dump, record);
    if (record.mark != dump.mark) TakeFile(dump, record);
    if (record != *before) changes_.push_back(std::move(record));
  }

  // ABRT moves a directory: the file in it is the same.
  [[nodiscard]] const CrashRecord* MovedFrom(const Dump& dump) const {
    if (!input_.whole || dump.mark == DumpMark{}) return nullptr;
    const auto same = std::ranges::find_if(input_.records, [&](const CrashRecord& record) {
      return record.mark == dump.mark &&
             !places_.contains(PlaceOf(record.directory, record.vmcore));
    });
    return same == input_.records.end() ? nullptr : &*same;
  }

  void Add(const Dump& dump) {
    CrashRecord record;
    record.id = CrashId(input_.machine_id, dump.directory.empty() ? dump.vmcore : dump.directory,
                        dump.crash_time);
    // A place that was used before, by a dump that has been moved away.
    const auto taken = [&](const CrashRecord& other) { return other.id == record.id; };
    if (std::ranges::any_of(input_.records, taken) || std::ranges::any_of(changes_, taken)) return;
    record.crash_time = dump.crash_time;
    record.sealed_at = input_.now;
    TakePlace(dump, record);
    TakeFile(dump, record);
    changes_.push_back(std::move(record));
  }

  void PlanGone() {
    for (const CrashRecord& before : input_.records) {
      const bool there = places_.contains(PlaceOf(before.directory, before.vmcore));
      if (there || before.gone_at != 0 || seen_.contains(&before)) continue;
      CrashRecord record = before;
      record.gone_at = input_.now;
      // Nobody will look into it any more.
      if (record.inspection != InspectionState::kDone) {
        record.inspection = InspectionState::kGaveUp;
        if (record.failure.empty()) record.failure = "gone";
        if (!record.counted) record.counted = CountedAs{record.category, CaptureOf(record.state)};
      }
      changes_.push_back(std::move(record));
    }
  }

  const RecordInput& input_;
  std::map<Place, const CrashRecord*> by_place_;
  std::set<Place> places_;
  std::set<const CrashRecord*> seen_;
  std::vector<CrashRecord> changes_;
};

bool IsDue(const CrashRecord& record, std::int64_t now) {
  if (record.gone_at != 0) return false;
  if (record.inspection == InspectionState::kPending) return true;
  // A clock that was set back does not postpone it for ever.
  const bool waited = now >= record.tried_at + kRetrySeconds || now < record.tried_at;
  return record.inspection == InspectionState::kFailed && waited;
}

}  // namespace

std::vector<CrashRecord> PlanRecords(const RecordInput& input) { return Planner(input).Plan(); }

const CrashRecord* NextInspection(std::span<const CrashRecord> records, std::int64_t now) {
  const CrashRecord* next = nullptr;
  for (const CrashRecord& record : records) {
    if (!IsDue(record, now)) continue;
    if (next == nullptr || record.crash_time > next->crash_time) next = &record;
  }
  return next;
}

void TakeJudgements(std::span<const CrashRecord> records, std::vector<Dump>& dumps) {
  using Names = std::pair<std::string_view, std::string_view>;
  std::map<Names, const CrashRecord*> inspected;
  for (const CrashRecord& record : records) {
    if (record.inspection == InspectionState::kDone && record.gone_at == 0) {
      inspected.emplace(Names(record.directory, record.vmcore), &record);
    }
  }
  if (inspected.empty()) return;
  for (Dump& dump : dumps) {
    const auto found = inspected.find(Names(dump.directory, dump.vmcore));
    if (found == inspected.end() || found->second->mark != dump.mark) continue;
    dump.state = found->second->state;
    dump.reason = found->second->reason;
  }
}

std::vector<CrashRecord> PlanAcknowledgements(std::span<const CrashRecord> records,
                                              std::int64_t after_seconds, std::int64_t now) {
  std::vector<CrashRecord> changes;
  if (after_seconds <= 0) return changes;
  for (const CrashRecord& record : records) {
    const bool due = record.sealed_at <= now && now - record.sealed_at >= after_seconds;
    if (!due || !IsUnacknowledged(record) || !IsInspectionOver(record)) continue;
    changes.push_back(record);
    changes.back().acknowledged_at = std::max<std::int64_t>(now, 1);
    changes.back().acknowledged_by = "age";
  }
  return changes;
}

}  // namespace kdumpd
