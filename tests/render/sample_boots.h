// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/drill.h"
#include "tests/render/sample_state.h"

namespace kdumpd {

// A boot of ten hours that ended `ago` seconds before the sample's now.
inline BootRecord SampleBoot(std::int64_t ago, BootOutcome outcome, std::string reason,
                             std::string message) {
  BootRecord boot;
  boot.boot_id = std::string(31, 'a') + static_cast<char>('0' + ago / 1000 % 10);
  boot.last_sign = SampleState().now - ago;
  boot.began = boot.last_sign - 36'000;
  boot.ended_by = boot.last_sign + 97;
  boot.decided_at = boot.ended_by + 200;
  boot.outcome = outcome;
  boot.confidence = Confidence::kHigh;
  boot.reason = std::move(reason);
  boot.message = std::move(message);
  boot.evidence = {
      {"heartbeat", "it was armed 2 min before the next boot; nothing announced the end"},
      {"dumps", "none of that time in /var/crash"}};
  boot.armed = true;
  return boot;
}

// The sample, whose last boot ended in a crash that left no dump; before it two others.
inline State BootsState() {
  State state = SampleState();
  BootRecord missed =
      SampleBoot(1000, BootOutcome::kMissed, "hop_failed",
                 "it panicked while kdump was armed, and the capture kernel did not take over");
  missed.cause = "hop_failed";
  missed.cause_line = "a panic record of an armed kernel";
  missed.crash_id = "20261122t065823z-0123456789abcdef";
  BootRecord drilled = SampleBoot(50'000, BootOutcome::kCaptured, "dump_complete",
                                  "it crashed and its dump is whole");
  drilled.drill = "0123456789abcdef";
  BootRecord unwatched =
      SampleBoot(92'000, BootOutcome::kUnknown, "not_watched", "nothing tells how it ended");
  unwatched.boot_id.clear();
  unwatched.began = unwatched.last_sign = 0;
  unwatched.confidence = Confidence::kLow;
  unwatched.armed.reset();
  unwatched.evidence.clear();
  unwatched.historic = true;
  state.boots = std::make_shared<const std::vector<BootRecord>>(
      std::vector<BootRecord>{missed, drilled, unwatched});
  state.boots_decided = true;
  state.facts.boot_id = Fact<std::string>::Known("6f3c1a52-4a1e-4c55-9a6e-3f2b8e1d7c90",
                                                 "/proc/sys/kernel/random/boot_id");
  state.facts.boot_time = Fact<std::int64_t>::Known(missed.ended_by, "/proc/stat");
  state.facts.history.armed_since = missed.ended_by + 40;
  return state;
}

// The crash record of the boot that was missed.
inline CrashRecord MissedCrash() {
  const BootRecord boot = BootsState().boots->front();
  CrashRecord record;
  record.id = boot.crash_id;
  record.crash_time = boot.last_sign;
  record.sealed_at = boot.decided_at;
  record.reason = boot.reason;
  record.title = boot.message;
  record.inspection = InspectionState::kDone;
  record.ended_boot = boot.boot_id;
  record.cause = boot.cause;
  record.cause_line = boot.cause_line;
  record.counted = CountedAs{CrashCategory::kUnknown, Capture::kMissed};
  return record;
}

// A drill that was captured, and was due again since.
inline Drills SampleDrills() {
  Drills drills;
  drills.last.emplace();
  drills.last->intent = {.id = "0123456789abcdef",
                         .node = "node7",
                         .boot_id = std::string(32, 'a'),
                         .requested_at = SampleState().now - 50'090,
                         .crash_at = SampleState().now - 50'060,
                         .fingerprint = "before"};
  drills.last->result = DrillResult::kPassed;
  drills.last->reason = "captured";
  drills.last->message =
      "the dump is whole, written 48 s after the crash, armed again 3 min after "
      "the crash";
  drills.last->crash_time = drills.last->intent.crash_at + 1;
  drills.last->dump_seconds = 48;
  drills.last->back_seconds = 180;
  drills.last_pass = drills.last;
  return drills;
}

// The hostile text in every place of it that a log or a damaged file can reach.
inline State HostileBootsState() {
  State state = HostileState();
  BootRecord boot = BootsState().boots->front();
  boot.boot_id = boot.reason = boot.message = boot.crash_id = boot.drill = kHostile;
  boot.cause = boot.cause_line = kHostile;
  boot.evidence = {{kHostile, kHostile}};
  state.boots = std::make_shared<const std::vector<BootRecord>>(std::vector<BootRecord>(3, boot));
  state.boots_decided = true;
  Drills drills = SampleDrills();
  drills.last->message = drills.last->reason = drills.last->intent.id = kHostile;
  drills.pending = drills.last->intent;
  state.drills = std::make_shared<const Drills>(drills);
  CrashRecord crash = MissedCrash();
  crash.title = crash.reason = crash.cause = crash.cause_line = kHostile;
  crash.ended_boot = crash.drill = kHostile;
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::vector{crash});
  return state;
}

}  // namespace kdumpd
