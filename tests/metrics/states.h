// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/drill.h"
#include "daemon/core/state.h"
#include "metrics/catalogue.h"

namespace kdumpd {

template <class T>
Fact<T> Known(T value) {
  return Fact<T>::Known(std::move(value), "test");
}

inline Finding FindingOf(std::string_view id, Status status, Weight weight = Weight::kRequire) {
  Finding finding;
  finding.id = id;
  finding.status = status;
  finding.weight = weight;
  return finding;
}

inline UnitState UnitOf(std::string_view name, const char* active_state) {
  UnitState unit;
  unit.name = name;
  unit.load_state = "loaded";
  unit.active_state = active_state;
  return unit;
}

inline Dump DumpIn(DumpState state) {
  Dump dump;
  dump.state = state;
  return dump;
}

// The newest first.
inline void RememberBoots(State& state, std::vector<BootRecord> boots) {
  state.boots = std::make_shared<const std::vector<BootRecord>>(std::move(boots));
  state.boots_decided = true;
}
inline void RememberDrills(State& state, Drills drills) {
  state.drills = std::make_shared<const Drills>(std::move(drills));
  state.drill_enabled = true;
}

inline DrillRecord DrillOf(DrillResult result) {
  DrillRecord drill;
  drill.result = result;
  drill.crash_time = 1'763'600'000;
  drill.back_seconds = result == DrillResult::kPassed ? 95 : 0;
  return drill;
}

// A RHEL 9 node with 64 GiB that is ready, has one whole dump, and warns about one thing. The boot
// before this one went down in order; a drill before that has passed.
inline State ReadyState() {
  State state;
  state.now = 1'763'800'010;
  state.version = "0.1.0";
  Facts& facts = state.facts;
  facts.now = 1'763'800'000;
  facts.os = Known(OsRelease{});
  facts.distribution = Distribution::kRhel;
  facts.kernel_release = Known<std::string>("5.14.0-503.11.1.el9_5.x86_64");
  facts.architecture = Known<std::string>("x86_64");
  facts.crash_loaded = Known(true);
  facts.units = Known(std::vector{UnitOf("kdump.service", "active")});
  facts.target = Known(Target{});
  facts.target_space =
      Known(Space{.total_bytes = 1'099'511'627'776, .free_bytes = 549'755'813'888});
  facts.dumps = Known(std::vector{DumpIn(DumpState::kComplete)});
  facts.history = {.was_loaded = true, .lost_since = 0, .armed_since = 1'763'700'000};

  Readiness& readiness = state.readiness;
  readiness.verdict = Verdict::kDegraded;
  readiness.armed = true;
  readiness.configured = true;
  readiness.findings = {FindingOf("crash_kernel_loaded", Status::kPass),
                        FindingOf("crash_reservation", Status::kPass),
                        FindingOf("panic_timeout", Status::kWarn, Weight::kPrefer),
                        FindingOf("final_action", Status::kFail, Weight::kIgnore)};
  readiness.numbers.reserved_bytes = 268'435'456;
  readiness.numbers.requested_bytes = 268'435'456;
  readiness.numbers.recommended_bytes = 536'870'912;
  readiness.numbers.dump_p50_bytes = 1'610'612'736;
  readiness.numbers.dump_p95_bytes = 6'871'947'673;
  readiness.numbers.dump_p50_seconds = 48;
  readiness.numbers.dump_p95_seconds = 172;

  state.sources = {{"procfs", true, ""}, {"dbus", false, "timeout"}};
  state.unarmed_seconds_total = 12.5;
  state.vmcore_bytes = 1'234'567'890'123;
  state.unacknowledged_crashes = 1;
  state.last_crash_time = 1'763'712'903;
  state.observe = {.counts = {3, 40, 2, 0, 0, 1}, .sum_seconds = 3.25};
  RememberBoots(state, {{.last_sign = 1'763'699'900, .outcome = BootOutcome::kClean}});
  // What a pass has proved is as it was.
  facts.initrd = Known(InitrdFile{});
  facts.config = Known(KdumpConfig{});
  facts.crash_size = Known<std::uint64_t>(268'435'456);
  DrillRecord drill = DrillOf(DrillResult::kPassed);
  drill.intent.fingerprint = FingerprintOf(facts);
  RememberDrills(state, Drills{.pending = {}, .last = drill, .last_pass = drill});
  return state;
}

inline Distribution DistributionWithMostUnits() {
  Distribution most = Distribution::kOther;
  for (const Distribution each : {Distribution::kRhel, Distribution::kCoreos, Distribution::kDebian,
                                  Distribution::kUbuntu, Distribution::kSuse}) {
    if (ProfileOf(each).units.size() > ProfileOf(most).units.size()) most = each;
  }
  return most;
}

// Every fact known, every check a problem, every unit and source there.
inline State WorstState() {
  State state = ReadyState();
  state.facts.distribution = DistributionWithMostUnits();
  state.facts.units.value().clear();
  for (const std::string_view unit : ProfileOf(state.facts.distribution).units) {
    state.facts.units.value().push_back(UnitOf(unit, "failed"));
  }
  state.readiness.findings.clear();
  for (const Check& check : Checks()) {
    state.readiness.findings.push_back(FindingOf(check.id, Status::kFail));
  }
  state.sources.clear();
  for (const char* name : {"procfs", "sysfs", "dbus", "crash_directory", "state", "kubernetes"}) {
    state.sources.push_back({name, false, "gone"});
  }
  std::vector<CrashRecord> crashes;
  for (std::size_t i = 0; i < kCrashSeries; ++i) {
    CrashRecord& crash = crashes.emplace_back();
    crash.id = CrashId("machine", "", static_cast<std::int64_t>(i));
    crash.crash_time = crash.sealed_at = static_cast<std::int64_t>(1'763'712'903 + i);
    crash.counted = CountedAs{static_cast<CrashCategory>(i), static_cast<Capture>(i % kCaptures)};
  }
  std::vector<UploadActivity> uploads;
  for (std::size_t i = 0; i < kMostTargets; ++i) {
    UploadActivity& upload = uploads.emplace_back();
    upload.destination = "destination-" + std::to_string(i);
    upload.crash_id = "crash";
    upload.progress = {"vmcore", 1, 4, false};
    crashes.front().uploads[upload.destination].queued_at = 1'763'712'903;
  }
  state.uploads = std::make_shared<const std::vector<UploadActivity>>(std::move(uploads));
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::move(crashes));
  return state;
}

}  // namespace kdumpd
