// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/record_plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace kdumpd {
namespace {

constexpr std::string_view kNotRegular = "not_a_regular_file";

// A dump directory holds one dump; a file that lies in none is its own.
using Place = std::pair<std::string_view, std::string_view>;
Place PlaceOf(std::string_view directory, std::string_view vmcore) {
  return {directory, directory.empty() ? vmcore : std::string_view()};
}

// What is left of a dump whose files were removed and whose directory was not.
bool HasFiles(const Dump& dump) { return dump.reason != "no_dump_files"; }

bool IsSealed(const Dump& dump) {
  return dump.state != DumpState::kWriting && dump.state != DumpState::kGone && HasFiles(dump) &&
         !IsSelfTest(dump.directory);
}

void TakePlace(const Dump& dump, CrashRecord& record) {
  record.directory = dump.directory;
  record.vmcore = dump.vmcore;
  record.log = dump.log;
  record.gone_at = 0;
  record.pruned_at = 0;
}

// Whether nobody can have acknowledged these bytes. The number of a device may be another one after
// each boot (btrfs, device mapper); a log that is left when its vmcore was removed is nothing new.
bool IsUnseen(const Dump& dump, const CrashRecord& record) {
  DumpMark mark = dump.mark;
  mark.device = record.mark.device;
  return mark != record.mark && (record.vmcore.empty() || !dump.vmcore.empty());
}

// What is to be inspected is another file than before, or the same one has changed.
void TakeFile(const Dump& dump, CrashRecord& record, std::int64_t now) {
  if (IsUnseen(dump, record)) {
    record.sealed_at = now;
    record.historic = record.historic && dump.historic;
    // A drill's is nobody's to look at, till it is inspected; what is historic never is.
    if (record.drill.empty() && !record.historic) {
      record.acknowledged_at = 0;
      record.acknowledged_by.clear();
    }
  }
  record.mark = dump.mark;
  record.state = dump.state;
  record.reason = dump.reason;
  record.inspection = InspectionState::kPending;
  record.attempts = 0;
  record.failure.clear();
  // A link, a device, a FIFO: never opened.
  if (dump.reason == kNotRegular) GiveUpInspection(record, dump.reason);
}

bool IsAnotherFile(const Dump& dump, const CrashRecord& record) {
  const bool back = record.inspection == InspectionState::kGaveUp && record.failure == kFailureGone;
  const bool finished =
      IsWritersWord(record.state, record.reason) && !IsWritersWord(dump.state, dump.reason);
  return record.mark != dump.mark || back || finished;
}

class Planner {
 public:
  explicit Planner(const RecordInput& input) : input_(input) {
    for (const CrashRecord& record : input.records) {
      if (record.has_dump()) by_place_.emplace(PlaceOf(record.directory, record.vmcore), &record);
    }
    for (const Dump& dump : input.dumps) {
      if (HasFiles(dump)) places_.insert(PlaceOf(dump.directory, dump.vmcore));
    }
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
    const CrashRecord* before = At(dump);
    if (before == nullptr && !dump.historic) before = MovedFrom(dump);
    if (before == nullptr) {
      if (dump.historic ? IsAskedFor(dump) : !IsCopy(dump)) Add(dump);
      return;
    }
    seen_.insert(before);
    CrashRecord record = *before;
    if (IsAnotherFile(dump, record)) TakeFile(dump, record, input_.now);
    TakePlace(dump, record);
    if (record != *before) changes_.push_back(std::move(record));
  }

  // The record of this place. A dump of another crash, by its own header, has taken the place of
  // the one before: both tell their times, or this one crashed after that one had settled.
  const CrashRecord* At(const Dump& dump) {
    const CrashRecord* best = nullptr;
    const auto [begin, end] = by_place_.equal_range(PlaceOf(dump.directory, dump.vmcore));
    for (auto item = begin; item != end; ++item) {
      const CrashRecord& record = *item->second;
      const bool same = record.crash_time == dump.crash_time;
      const bool another = record.dated ? !same : dump.crash_time > record.sealed_at;
      if (dump.dated && another) {
        replaced_.insert(&record);
      } else if (best == nullptr || same || (best->gone_at != 0 && record.gone_at == 0)) {
        best = &record;
      }
    }
    return best;
  }

  // ABRT moves a directory: the file in it is the same. To another file system, it is a copy.
  [[nodiscard]] const CrashRecord* MovedFrom(const Dump& dump) const {
    if (!input_.whole) return nullptr;
    const auto same = std::ranges::find_if(input_.records, [&](const CrashRecord& record) {
      return (IsFileOf(dump, record) || HasBytesOf(dump, record)) && !IsThere(record) &&
             !seen_.contains(&record);
    });
    return same == input_.records.end() ? nullptr : &*same;
  }
  // Nobody crashes twice in the same second with the same bytes.
  [[nodiscard]] bool IsCopy(const Dump& dump) const {
    const auto same = [&](const CrashRecord& record) {
      return (IsFileOf(dump, record) || HasBytesOf(dump, record)) && IsThere(record);
    };
    return std::ranges::any_of(input_.records, same) || std::ranges::any_of(changes_, same);
  }
  static bool IsFileOf(const Dump& dump, const CrashRecord& record) {
    return dump.mark != DumpMark{} && dump.mark == record.mark;
  }
  static bool HasBytesOf(const Dump& dump, const CrashRecord& record) {
    return dump.dated && record.dated && dump.crash_time == record.crash_time &&
           dump.mark.bytes == record.mark.bytes;
  }
  [[nodiscard]] bool IsThere(const CrashRecord& record) const {
    return places_.contains(PlaceOf(record.directory, record.vmcore)) &&
           !replaced_.contains(&record);
  }

  // The crash that left no dump, as it seemed, in whose boot this one happened.
  [[nodiscard]] const CrashRecord* WithoutDump(const Dump& dump) const {
    for (const CrashRecord& record : input_.records) {
      if (record.has_dump() || seen_.contains(&record)) continue;
      // Its own record of that boot: the ledger's may not be on disk yet.
      BootRecord boot;
      boot.began = record.ended_began;
      boot.ended_by = record.ended_by;
      if (IsOfBoot(dump, boot)) return &record;
    }
    return nullptr;
  }
  // The stamp of a directory may be of another time zone; its file tells better.
  static bool IsOfBoot(const Dump& dump, const BootRecord& boot) {
    return IsWithin(dump.crash_time, boot) || (!dump.dated && IsWithin(dump.mark.mtime, boot));
  }

  void Join(const Dump& dump, const CrashRecord& before) {
    seen_.insert(&before);
    CrashRecord record = before;
    TakeFile(dump, record, input_.now);
    TakePlace(dump, record);
    record.crash_time = dump.crash_time;
    record.dated = dump.dated;
    record.seen_boot = input_.running_boot;
    record.title.clear();  // it said that there was none
    changes_.push_back(std::move(record));
  }

  [[nodiscard]] bool IsAskedFor(const Dump& dump) const {
    if (input_.asked.empty() || !MayBeAskedFor(dump)) return false;
    return std::ranges::find(input_.asked, CrashId(input_.machine_id, dump)) != input_.asked.end();
  }

  void Add(const Dump& dump) {
    const CrashRecord* before = dump.historic ? nullptr : WithoutDump(dump);
    if (before != nullptr) return Join(dump, *before);
    CrashRecord record;
    record.id = CrashId(input_.machine_id, dump);
    const auto taken = [&](const CrashRecord& other) { return other.id == record.id; };
    if (std::ranges::any_of(input_.records, taken) || std::ranges::any_of(changes_, taken)) return;
    record.crash_time = dump.crash_time;
    record.dated = dump.dated;
    record.sealed_at = input_.now;
    record.seen_boot = input_.running_boot;
    TakeFile(dump, record, input_.now);
    TakePlace(dump, record);
    record.historic = dump.historic;
    if (!dump.historic) record.drill = DrillOf(dump, record);
    if (record.historic || !record.drill.empty()) {
      record.acknowledged_at = std::max<std::int64_t>(input_.now, 1);
      record.acknowledged_by = record.historic ? "historic" : "drill";
    }
    changes_.push_back(std::move(record));
  }

  // The drill that asked for it, also one that was judged before its dump came; "" none.
  [[nodiscard]] std::string DrillOf(const Dump& dump, const CrashRecord& record) const {
    if (input_.drill != nullptr) {
      return IsCrashOf(*input_.drill, record) ? input_.drill->id : "";
    }
    const auto boot = std::ranges::find_if(input_.boots, [&](const BootRecord& ended) {
      return !ended.drill.empty() && ended.crash_id.empty() &&
             ended.outcome != BootOutcome::kClean && IsOfBoot(dump, ended);
    });
    return boot == input_.boots.end() ? "" : boot->drill;
  }

  void PlanGone() {
    for (const CrashRecord& before : input_.records) {
      if (!before.has_dump()) continue;
      if (seen_.contains(&before) || IsThere(before)) continue;
      CrashRecord record = before;
      if (record.gone_at == 0) record.gone_at = input_.now;
      // Nobody will look into it any more, unless somebody does right now.
      const bool working = record.inspection == InspectionState::kPending && record.attempts > 0;
      if (!IsInspectionOver(record) && !working) GiveUpInspection(record, kFailureGone);
      if (record != before) changes_.push_back(std::move(record));
    }
  }

  const RecordInput& input_;
  std::multimap<Place, const CrashRecord*> by_place_;
  std::set<Place> places_;
  std::set<const CrashRecord*> seen_;
  std::set<const CrashRecord*> replaced_;  // by the dump of another crash in the same place
  std::vector<CrashRecord> changes_;
};

}  // namespace

std::string CrashId(std::string_view machine_id, const Dump& dump) {
  return CrashId(machine_id, dump.directory.empty() ? dump.vmcore : dump.directory,
                 dump.crash_time);
}

bool MayBeAskedFor(const Dump& dump) {
  return dump.historic && IsSealed(dump) && dump.reason != kNotRegular;
}

std::vector<CrashRecord> PlanRecords(const RecordInput& input) { return Planner(input).Plan(); }

}  // namespace kdumpd
