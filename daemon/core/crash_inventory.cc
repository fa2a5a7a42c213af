// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_inventory.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "daemon/core/record_plan.h"

namespace kdumpd {

Dump Crash::Last() const {
  if (dump != nullptr) return *dump;
  Dump last;
  last.directory = record->directory;
  last.vmcore = record->vmcore;
  last.log = record->log;
  last.bytes = record->mark.bytes;
  last.mtime = record->mark.mtime;
  last.crash_time = record->crash_time;
  last.state = record->gone_at != 0 ? DumpState::kGone : record->state;
  if (record->gone_at == 0) last.reason = record->reason;
  return last;
}

std::string IdOf(const State& state, const Crash& crash) {
  if (crash.record != nullptr) return crash.record->id;
  return MayBeAskedFor(*crash.dump) ? CrashId(state.machine_id, *crash.dump) : "";
}

std::vector<Crash> CrashesOf(const State& state) {
  using Place = std::pair<std::string_view, std::string_view>;
  std::multimap<Place, const CrashRecord*> records;
  std::vector<Crash> crashes, remembered;
  if (state.crashes) {
    for (const CrashRecord& record : *state.crashes) {
      if (record.has_dump()) {
        records.emplace(Place(record.directory, record.vmcore), &record);
      } else {
        remembered.push_back({nullptr, &record});
      }
    }
  }
  if (state.facts.dumps.known()) {
    for (const Dump& dump : state.facts.dumps.value()) {
      const auto [begin, end] = records.equal_range(Place(dump.directory, dump.vmcore));
      const auto found =
          std::find_if(begin, end, [](const auto& item) { return item.second->gone_at == 0; });
      crashes.push_back({&dump, found == end ? nullptr : found->second});
      if (found != end) records.erase(found);
    }
  }
  for (const auto& [place, record] : records) remembered.push_back({nullptr, record});
  std::ranges::sort(remembered, std::greater(), [](const Crash& crash) {
    return std::pair(crash.time(), std::string_view(crash.record->id));
  });
  // The dumps keep their order.
  std::vector<Crash> all;
  std::ranges::merge(crashes, remembered, std::back_inserter(all), std::greater(), &Crash::time,
                     &Crash::time);
  return all;
}

const BootRecord* BootOf(const State& state, const CrashRecord& crash) {
  if (!state.boots) return nullptr;
  const auto found = std::ranges::find_if(*state.boots, [&](const BootRecord& boot) {
    return boot.crash_id == crash.id ||
           (!crash.ended_boot.empty() && boot.boot_id == crash.ended_boot);
  });
  return found == state.boots->end() ? nullptr : &*found;
}

std::vector<CrashRecord> RecordsAsSeen(std::span<const CrashRecord> records, Facts& facts) {
  std::vector<CrashRecord> seen(records.begin(), records.end());
  if (facts.dumps.unreadable()) return seen;
  std::vector<Dump> none;
  std::vector<Dump>& dumps = facts.dumps.known() ? facts.dumps.value() : none;
  const bool whole = !facts.dumps_partial && !facts.dumps_clipped;
  for (CrashRecord& change : PlanRecords({records, dumps, whole, "", facts.now})) {
    const auto same = std::ranges::find(seen, change.id, &CrashRecord::id);
    if (same != seen.end()) *same = std::move(change);
  }
  TakeJudgements(seen, dumps);
  return seen;
}

std::vector<std::string> WithPrefix(const State& state, std::string_view prefix) {
  std::vector<std::string> found;
  if (prefix.empty()) return found;
  for (const Crash& crash : CrashesOf(state)) {
    std::string id = IdOf(state, crash);
    if (id.starts_with(prefix)) found.push_back(std::move(id));
  }
  return found;
}

}  // namespace kdumpd
