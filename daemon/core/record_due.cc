// SPDX-License-Identifier: Apache-2.0
// What is to be done with the records that are there.
#include <algorithm>
#include <map>

#include "daemon/core/record_plan.h"

namespace kdumpd {
namespace {

bool IsDue(const CrashRecord& record, std::int64_t now) {
  if (record.gone_at != 0) return false;
  if (record.inspection == InspectionState::kPending) return true;
  // A clock that was set back does not postpone it for ever.
  const std::int64_t wait = record.attempts <= 1 ? kFirstRetrySeconds : kRetrySeconds;
  const bool waited = now - record.tried_at >= wait || now < record.tried_at;
  return record.inspection == InspectionState::kFailed && waited;
}

}  // namespace

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
    if (record.has_dump() && IsInspectionOver(record) && record.gone_at == 0) {
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
    if (changes.size() == kMostAcknowledged) break;
    changes.push_back(record);
    changes.back().acknowledged_at = std::max<std::int64_t>(now, 1);
    changes.back().acknowledged_by = "age";
  }
  return changes;
}

}  // namespace kdumpd
