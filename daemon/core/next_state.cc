// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/next_state.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "daemon/core/drill.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxDumpChanges = 100;

template <class T>
SourceHealth HealthOf(std::string_view name, const Fact<T>& fact) {
  return {std::string(name), fact.known(), fact.unreadable() ? fact.why() : ""};
}

std::vector<SourceHealth> SourcesOf(const Look& look) {
  const Facts& facts = look.facts;
  std::vector<SourceHealth> sources{HealthOf("procfs", facts.cmdline),
                                    HealthOf("sysfs", facts.sysfs), HealthOf("dbus", facts.units),
                                    HealthOf("crash_directory", facts.dumps)};
  // A crash directory that nobody has made yet was looked at all the same.
  if (facts.dumps.absent()) sources.back().up = true;
  sources.push_back({"state", look.state_directory_problem.empty(), look.state_directory_problem});
  return sources;
}

// Without records each dump that is new is a crash that nobody has acknowledged.
void CountWithoutRecords(State& state) {
  for (const Dump& dump : state.facts.dumps.value()) {
    if (dump.historic || dump.state == DumpState::kGone || IsSelfTest(dump.directory)) continue;
    ++state.unacknowledged_crashes;
    state.last_crash_time = std::max(state.last_crash_time, dump.crash_time);
  }
}

void CountDumps(State& state) {
  if (state.facts.dumps.known()) {
    for (const Dump& dump : state.facts.dumps.value()) state.vmcore_bytes += dump.bytes;
  }
  if (state.crashes) {
    const auto open = std::ranges::count_if(*state.crashes, IsUnacknowledged);
    state.unacknowledged_crashes = static_cast<std::uint64_t>(open);
    const CrashRecord* last = LastCrash(*state.crashes);
    if (last != nullptr) state.last_crash_time = last->crash_time;
  } else if (state.facts.dumps.known()) {
    CountWithoutRecords(state);
  }
}

void CountLook(ObserveHistogram& histogram, double seconds) {
  const auto bucket = std::lower_bound(kObserveBuckets.begin(), kObserveBuckets.end(), seconds);
  ++histogram.counts[static_cast<std::size_t>(bucket - kObserveBuckets.begin())];
  histogram.sum_seconds += seconds;
}

bool IsProblem(Status status) {
  return status == Status::kWarn || status == Status::kFail || status == Status::kUnknown;
}

void CheckChanges(const State* before, const State& after, std::vector<Change>& changes) {
  for (std::size_t i = 0; i < after.readiness.findings.size(); ++i) {
    const Finding& now = after.readiness.findings[i];
    const Finding* then = before != nullptr && i < before->readiness.findings.size()
                              ? &before->readiness.findings[i]
                              : nullptr;
    const bool same = then != nullptr && then->status == now.status && then->reason == now.reason;
    const bool worse = IsProblem(now.status) && now.weight != Weight::kIgnore;
    if (same || (then == nullptr && !worse)) continue;
    changes.push_back({Change::Kind::kCheck, worse, std::string(now.id),
                       then == nullptr ? "" : std::string(Name(then->status)),
                       std::string(Name(now.status)), now.reason, now.message});
  }
}

using DumpKey = std::pair<std::string_view, std::string_view>;
DumpKey KeyOf(const Dump& dump) { return {dump.directory, dump.vmcore}; }

Change DumpChange(const Dump& dump, std::string_view from) {
  const bool whole = dump.state == DumpState::kComplete || dump.state == DumpState::kWriting;
  return {Change::Kind::kDump,
          !whole,
          Cat(dump.directory, dump.directory.empty() ? "" : "/", dump.vmcore),
          std::string(from),
          std::string(Name(dump.state)),
          dump.reason,
          FormatBytes(dump.bytes)};
}

bool SameDumps(const std::vector<Dump>& then, const std::vector<Dump>& now) {
  return std::ranges::equal(then, now, [](const Dump& a, const Dump& b) {
    return a.state == b.state && KeyOf(a) == KeyOf(b);
  });
}

// Dumps that were there at the first look are history: one number in the start line tells them.
void DumpChanges(const State* before, const State& after, std::vector<Change>& changes) {
  if (before == nullptr || !before->facts.dumps.known() || !after.facts.dumps.known()) return;
  if (SameDumps(before->facts.dumps.value(), after.facts.dumps.value())) return;
  std::map<DumpKey, const Dump*> then;
  for (const Dump& dump : before->facts.dumps.value()) then.emplace(KeyOf(dump), &dump);
  std::size_t told = 0;
  for (const Dump& dump : after.facts.dumps.value()) {
    const auto found = then.find(KeyOf(dump));
    // What an unfinished scan had not come to is no news.
    const bool same =
        found != then.end() ? found->second->state == dump.state : before->facts.dumps_partial;
    if (!same && told++ < kMaxDumpChanges) {
      changes.push_back(DumpChange(dump, found == then.end() ? "" : Name(found->second->state)));
    }
    if (found != then.end()) then.erase(found);
  }
  for (const auto& [key, dump] : then) {
    if (after.facts.dumps_partial || told++ >= kMaxDumpChanges) break;
    Change change = DumpChange(*dump, Name(dump->state));
    change.to = Name(DumpState::kGone);
    change.reason = "removed";
    changes.push_back(std::move(change));
  }
}

Change CrashChange(const CrashRecord& record) {
  const bool known = record.inspection == InspectionState::kDone;
  const bool directory = !record.directory.empty();
  return {.kind = Change::Kind::kCrash,
          .worse = !known || record.state != DumpState::kComplete,
          .name = record.id,
          .from = std::string(Name(record.inspection)),
          .to = std::string(Name(record.state)),
          .reason = known ? record.reason : record.failure,
          .message = record.title,
          .dump = Cat(record.directory, std::string_view(directory ? "/" : ""), record.main()),
          .category = std::string(Name(record.category)),
          .signature = record.signature};
}

// What was found while this process ran: what it read at its start is history.
void CrashChanges(const State* before, const State& after, std::vector<Change>& changes) {
  if (before == nullptr || !before->crashes || !after.crashes) return;
  if (before->crashes == after.crashes) return;
  std::map<std::string_view, const CrashRecord*> then;
  for (const CrashRecord& record : *before->crashes) then.emplace(record.id, &record);
  std::size_t told = 0;
  for (const CrashRecord& record : *after.crashes) {
    const auto found = then.find(record.id);
    const bool was = found != then.end() && IsInspectionOver(*found->second) &&
                     found->second->mark == record.mark;
    const bool news = !was && !record.historic && IsInspectionOver(record);
    if (!news || told++ >= kMaxDumpChanges) continue;
    changes.push_back(CrashChange(record));
  }
}

// What was before the daemon is nobody's news.
bool IsWorse(const BootRecord& boot) {
  return !boot.historic && boot.outcome != BootOutcome::kClean &&
         boot.outcome != BootOutcome::kCaptured;
}

// Decided since the look before, or at the first one: what was on disk is history.
void BootChanges(const State* before, const State& after, std::vector<Change>& changes) {
  const auto then = before != nullptr ? before->boots : nullptr;
  if (!after.boots || then == after.boots) return;
  for (const BootRecord& boot : *after.boots) {
    const bool told =
        then ? std::ranges::find(*then, boot) != then->end() : boot.decided_at != after.now;
    if (told) continue;
    changes.push_back({.kind = Change::Kind::kBoot,
                       .worse = IsWorse(boot),
                       .name = boot.boot_id,
                       .from = "",
                       .to = std::string(Name(boot.outcome)),
                       .reason = boot.reason,
                       .message = boot.message,
                       .confidence = std::string(Name(boot.confidence)),
                       .cause = boot.cause,
                       .crash = boot.crash_id,
                       .drill = boot.drill});
  }
}

void DrillChanges(const State* before, const State& after, std::vector<Change>& changes) {
  if (before == nullptr || !before->drills || !after.drills) return;
  const auto& then = *before->drills;
  const auto& now = *after.drills;
  if (now.pending && !then.pending) {
    changes.push_back({.kind = Change::Kind::kDrill,
                       .worse = true,
                       .name = now.pending->id,
                       .from = "",
                       .to = "pending",
                       .reason = "",
                       .message = "this node is about to be crashed on purpose"});
  }
  const bool judged = now.last && now.last != then.last;
  if (then.pending && !now.pending && !judged) {
    changes.push_back({.kind = Change::Kind::kDrill,
                       .worse = false,
                       .name = then.pending->id,
                       .from = "pending",
                       .to = "cancelled",
                       .reason = "",
                       .message = "its crash was never asked for"});
  }
  if (judged) {
    changes.push_back({.kind = Change::Kind::kDrill,
                       .worse = now.last->result != DrillResult::kPassed,
                       .name = now.last->intent.id,
                       .from = "",
                       .to = std::string(Name(now.last->result)),
                       .reason = now.last->reason,
                       .message = now.last->message,
                       .crash = now.last->crash_id});
  }
}

void SourceChanges(const State* before, const State& after, std::vector<Change>& changes) {
  for (std::size_t i = 0; i < after.sources.size(); ++i) {
    const bool was_up = before == nullptr || i >= before->sources.size() || before->sources[i].up;
    const SourceHealth& now = after.sources[i];
    if (was_up == now.up) continue;
    changes.push_back({Change::Kind::kSource, !now.up, now.name, was_up ? "up" : "down",
                       now.up ? "up" : "down", "", now.why});
  }
}

}  // namespace

State NextState(const State* before, Look look) {
  State state;
  if (before != nullptr) {
    state.unarmed_seconds_total = before->unarmed_seconds_total;
    state.observe = before->observe;
    const bool counts = before->readiness.armed == std::optional(false);
    // A clock that was set back or far ahead must not count as time without cover.
    const std::int64_t passed = std::clamp<std::int64_t>(look.facts.now - before->now, 0, 3600);
    if (counts) state.unarmed_seconds_total += static_cast<double>(passed);
  }
  state.now = look.facts.now;
  state.sources = SourcesOf(look);
  state.facts = std::move(look.facts);
  state.readiness = std::move(look.readiness);
  state.crashes = std::move(look.crashes);
  state.boots = std::move(look.boots);
  state.boots_decided = look.boots_decided;
  state.drills = std::move(look.drills);
  state.uploads = std::move(look.uploads);
  CountDumps(state);
  CountLook(state.observe, look.duration_seconds);
  return state;
}

bool MayReadCrashSize(const Fact<std::vector<UnitState>>& units, bool units_awaited) {
  if (!units.known()) return !units_awaited;
  const auto& list = units.value();
  return std::none_of(list.begin(), list.end(), [](const UnitState& unit) {
    return unit.active_state == "activating" || unit.active_state == "reloading" ||
           unit.active_state == "deactivating";
  });
}

bool LoadCompleted(const Facts& before, const Facts& after) {
  if (after.crash_loaded.Is(true) && !before.crash_loaded.Is(true)) return true;
  if (!before.units.known() || !after.units.known()) return false;
  const auto& then = before.units.value();
  const auto& now = after.units.value();
  for (std::size_t i = 0; i < now.size() && i < then.size(); ++i) {
    if (now[i].active_enter_usec != then[i].active_enter_usec && now[i].active_state == "active")
      return true;
  }
  return false;
}

std::vector<Change> Changes(const State* before, const State& after) {
  std::vector<Change> changes;
  const Readiness& now = after.readiness;
  if (before == nullptr || before->readiness.verdict != now.verdict ||
      before->readiness.reason != now.reason) {
    changes.push_back({Change::Kind::kVerdict, now.verdict != Verdict::kReady, "",
                       before == nullptr ? "" : std::string(Name(before->readiness.verdict)),
                       std::string(Name(now.verdict)), now.reason, now.message});
  }
  CheckChanges(before, after, changes);
  DumpChanges(before, after, changes);
  CrashChanges(before, after, changes);
  UploadChanges(before, after, changes);
  BootChanges(before, after, changes);
  DrillChanges(before, after, changes);
  SourceChanges(before, after, changes);
  return changes;
}

}  // namespace kdumpd
