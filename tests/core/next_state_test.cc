// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/next_state.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

State After(const State* before, Facts facts, double seconds = 0.001) {
  Look look;
  look.readiness = Evaluate(facts, Policy{});
  look.facts = std::move(facts);
  look.duration_seconds = seconds;
  return NextState(before, std::move(look));
}
Facts At(std::int64_t seconds, bool loaded) {
  Facts facts = ReadyHost();
  facts.now = kTestNow + seconds;
  facts.crash_loaded = Fact<bool>::Known(loaded, "/sys/kernel/kexec_crash_loaded");
  return facts;
}
Dump DumpNamed(std::string directory, DumpState state, std::int64_t crash_time = kTestNow) {
  Dump dump;
  dump.directory = std::move(directory);
  dump.vmcore = "vmcore";
  dump.bytes = 1000;
  dump.state = state;
  dump.crash_time = crash_time;
  return dump;
}

TEST(NextState, TimeWithoutCoverIsCounted) {
  const State ready = After(nullptr, At(0, true));
  const State lost = After(&ready, At(15, false));
  EXPECT_EQ(lost.unarmed_seconds_total, 0) << "armed until this look";
  const State still = After(&lost, At(30, false));
  EXPECT_EQ(still.unarmed_seconds_total, 15);
  const State back = After(&still, At(45, true));
  EXPECT_EQ(back.unarmed_seconds_total, 30);
  EXPECT_EQ(After(&back, At(60, true)).unarmed_seconds_total, 30);
}

TEST(NextState, ClockJumpsDoNotCount) {
  const State lost = After(nullptr, At(0, false));
  EXPECT_EQ(After(&lost, At(-500, false)).unarmed_seconds_total, 0);
  EXPECT_EQ(After(&lost, At(400'000'000, false)).unarmed_seconds_total, 3600);
}

TEST(NextState, DumpsAreCounted) {
  Facts facts = ReadyHost();
  facts.dumps.value() = {DumpNamed("new", DumpState::kComplete, kTestNow - 60),
                         DumpNamed("broken", DumpState::kIncomplete, kTestNow - 90),
                         DumpNamed("old", DumpState::kComplete, kTestNow - 30)};
  facts.dumps.value()[2].historic = true;
  const State state = After(nullptr, facts);
  EXPECT_EQ(state.vmcore_bytes, 3000u);
  EXPECT_EQ(state.unacknowledged_crashes, 2u) << "what was there before us is acknowledged";
  EXPECT_EQ(state.last_crash_time, kTestNow - 60);
}

State With(const State* before, std::vector<CrashRecord> crashes) {
  Look look;
  look.facts = ReadyHost();
  look.facts.dumps.value() = {DumpNamed("unrelated", DumpState::kComplete, kTestNow - 10)};
  look.crashes = std::make_shared<const std::vector<CrashRecord>>(std::move(crashes));
  return NextState(before, std::move(look));
}

TEST(NextState, RecordsCountAndNotTheDumps) {
  std::vector<CrashRecord> crashes(3);
  crashes[0].crash_time = kTestNow - 60;
  crashes[1].crash_time = kTestNow - 50;
  crashes[1].acknowledged_at = kTestNow;
  crashes[2].crash_time = kTestNow - 70;
  crashes[2].gone_at = kTestNow;  // that nobody has looked remains
  const State state = With(nullptr, crashes);
  EXPECT_EQ(state.unacknowledged_crashes, 2u);
  EXPECT_EQ(state.last_crash_time, kTestNow - 50);
  EXPECT_EQ(state.vmcore_bytes, 1000u);
  EXPECT_EQ(With(nullptr, {}).last_crash_time, 0);
}

TEST(NextState, ASelfTestIsNoCrash) {
  Facts facts = ReadyHost();
  facts.dumps.value() = {DumpNamed("kdump-test-1795331703-123456789", DumpState::kComplete),
                         DumpNamed("kdump-test-1795331703", DumpState::kComplete, kTestNow - 60)};
  const State state = After(nullptr, facts);
  EXPECT_EQ(state.vmcore_bytes, 2000u) << "but it takes its room";
  EXPECT_EQ(state.unacknowledged_crashes, 1u) << "nearly its name";
  EXPECT_EQ(state.last_crash_time, kTestNow - 60);
}

TEST(NextState, Histogram) {
  State state = After(nullptr, ReadyHost(), 0.005);  // bounds are inclusive
  state = After(&state, ReadyHost(), 0.0051);
  state = After(&state, ReadyHost(), 100);
  EXPECT_EQ(state.observe.counts.front(), 1u);
  EXPECT_EQ(state.observe.counts[1], 1u);
  EXPECT_EQ(state.observe.counts.back(), 1u);
  EXPECT_DOUBLE_EQ(state.observe.sum_seconds, 100.0101);
}

TEST(NextState, Sources) {
  Facts facts = ReadyHost();
  facts.units = Fact<std::vector<UnitState>>::Unreadable("bus", "no answer within 5 s");
  facts.dumps = Fact<std::vector<Dump>>::Absent("/var/crash");
  const State state = After(nullptr, facts);
  ASSERT_EQ(state.sources.size(), 5u);
  EXPECT_TRUE(state.sources[0].up);
  EXPECT_EQ(state.sources[2].name, "dbus");
  EXPECT_FALSE(state.sources[2].up);
  EXPECT_EQ(state.sources[2].why, "no answer within 5 s");
  EXPECT_TRUE(state.sources[3].up) << "a crash directory that nobody made yet was looked at";
}

TEST(NextState, CrashSizeIsReadOnlyWhenNoLoadCanBeUnderWay) {
  UnitState unit;
  const auto units = [&](std::string_view state) {
    unit.active_state = state;
    return Fact<std::vector<UnitState>>::Known({unit}, "bus");
  };
  EXPECT_TRUE(MayReadCrashSize(units("active"), true));
  EXPECT_TRUE(MayReadCrashSize(units("inactive"), true));
  EXPECT_FALSE(MayReadCrashSize(units("activating"), false));
  EXPECT_FALSE(MayReadCrashSize(units("reloading"), false));
  EXPECT_FALSE(MayReadCrashSize(units("deactivating"), false)) << "a restart unloads, then loads";
  const auto silent = Fact<std::vector<UnitState>>::Unreadable("bus", "silent");
  EXPECT_FALSE(MayReadCrashSize(silent, true));
  EXPECT_TRUE(MayReadCrashSize(silent, false));
}

TEST(NextState, ACompletedLoadIsNoticed) {
  const Facts ready = ReadyHost();
  EXPECT_FALSE(LoadCompleted(ready, ready));
  EXPECT_TRUE(LoadCompleted(At(0, false), ready));
  EXPECT_FALSE(LoadCompleted(ready, At(0, false)));
  Facts restarted = ready;
  restarted.units.value().front().active_enter_usec += 1;
  EXPECT_TRUE(LoadCompleted(ready, restarted)) << "a restart between two looks";
  restarted.units = Fact<std::vector<UnitState>>::Unreadable("bus", "silent");
  EXPECT_FALSE(LoadCompleted(ready, restarted));
}

TEST(Changes, TheFirstLookTellsTheVerdictAndEachProblem) {
  const auto ready = Changes(nullptr, After(nullptr, ReadyHost()));
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0].to, "ready");
  EXPECT_FALSE(ready[0].worse);

  Facts facts = At(0, false);
  facts.units = Fact<std::vector<UnitState>>::Unreadable("bus", "silent");
  const auto told = Changes(nullptr, After(nullptr, facts));
  ASSERT_GE(told.size(), 4u);
  EXPECT_EQ(told[0].to, "not_ready");
  EXPECT_EQ(told[1].name, "crash_kernel_loaded");
  EXPECT_EQ(told.back().kind, Change::Kind::kSource);
}

TEST(Changes, WhatPolicyIgnoresIsNoWarning) {
  Facts facts = ReadyHost();
  SetKnob(facts, Knob::kSoftlockupPanic, 1);
  const State panics = After(nullptr, facts);
  SetKnob(facts, Knob::kSoftlockupPanic, 0);
  const State continues = After(nullptr, facts);
  EXPECT_EQ(Changes(nullptr, continues).size(), 1u) << "the verdict, and nothing to start with";
  const auto later = Changes(&panics, continues);
  ASSERT_EQ(later.size(), 1u) << "but a change is told";
  EXPECT_EQ(later[0].name, "softlockup_panic");
  EXPECT_FALSE(later[0].worse);
}
TEST(Changes, SilenceWhenNothingChanges) {
  const State once = After(nullptr, At(0, false));
  EXPECT_TRUE(Changes(&once, After(&once, At(15, false))).empty());
}

TEST(Changes, ACheckThatChanges) {
  const State before = After(nullptr, At(0, true));
  const auto lost = Changes(&before, After(&before, At(15, false)));
  ASSERT_GE(lost.size(), 2u);
  EXPECT_EQ(lost[0].from, "ready");
  EXPECT_EQ(lost[0].to, "not_ready");
  EXPECT_TRUE(lost[0].worse);
  EXPECT_EQ(lost[1].from, "pass");
  EXPECT_EQ(lost[1].to, "fail");
}

TEST(Changes, DumpsComeChangeAndGo) {
  Facts facts = ReadyHost();
  const State none = After(nullptr, facts);
  facts.dumps.value() = {DumpNamed("a", DumpState::kWriting)};
  const State writing = After(&none, facts);
  const auto appeared = Changes(&none, writing);
  ASSERT_EQ(appeared.size(), 1u);
  EXPECT_EQ(appeared[0].name, "a/vmcore");
  EXPECT_EQ(appeared[0].from, "");
  EXPECT_EQ(appeared[0].to, "writing");

  facts.dumps.value()[0].state = DumpState::kTruncated;
  const State cut = After(&writing, facts);
  const auto ended = Changes(&writing, cut);
  ASSERT_FALSE(ended.empty());
  const auto& last = *std::find_if(ended.begin(), ended.end(),
                                   [](const Change& c) { return c.kind == Change::Kind::kDump; });
  EXPECT_EQ(last.from, "writing");
  EXPECT_EQ(last.to, "truncated");
  EXPECT_TRUE(last.worse);

  facts.dumps.value().clear();
  const auto removed = Changes(&cut, After(&cut, facts));
  bool gone = false;
  for (const Change& change : removed) gone = gone || change.to == "gone";
  EXPECT_TRUE(gone);
}

TEST(Changes, AnInspectionIsToldOnceWhenItIsOver) {
  std::vector<CrashRecord> crashes(1);
  CrashRecord& crash = crashes[0];
  crash.id = "20261122t071503z-0123456789abcdef";
  crash.directory = "a";
  crash.vmcore = "vmcore";
  crash.state = DumpState::kComplete;
  const State pending = With(nullptr, crashes);
  EXPECT_TRUE(Changes(&pending, With(&pending, crashes)).empty());

  crash.inspection = InspectionState::kDone;
  crash.reason = "pages_sampled";
  crash.category = CrashCategory::kSysrq;
  crash.title = "sysrq triggered crash";
  crash.signature = "v1-00aa";
  const State done = With(&pending, crashes);
  const auto told = Changes(&pending, done);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, Change::Kind::kCrash);
  EXPECT_FALSE(told[0].worse);
  EXPECT_EQ(told[0].name, crash.id);
  EXPECT_EQ(told[0].dump, "a/vmcore");
  EXPECT_EQ(told[0].to, "complete");
  EXPECT_EQ(told[0].reason, "pages_sampled");
  EXPECT_EQ(told[0].category, "sysrq");
  EXPECT_EQ(told[0].message, "sysrq triggered crash");
  EXPECT_EQ(told[0].signature, "v1-00aa");
  crash.acknowledged_at = 5;
  EXPECT_TRUE(Changes(&done, With(&done, crashes)).empty());
  EXPECT_TRUE(std::ranges::none_of(Changes(nullptr, done), [](const Change& change) {
    return change.kind == Change::Kind::kCrash;
  })) << "what was read at the start is history";

  crash.mark.bytes = 7;  // another file, inspected again
  crash.inspection = InspectionState::kGaveUp;
  crash.failure = "inspector_signal";
  const auto given_up = Changes(&done, With(&done, crashes));
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_TRUE(given_up[0].worse);
  EXPECT_EQ(given_up[0].reason, "inspector_signal");
}

TEST(Changes, AnUnfinishedScanIsNoNews) {
  Facts facts = ReadyHost();
  facts.dumps.value() = {DumpNamed("a", DumpState::kWriting)};
  facts.dumps_partial = true;
  const State half = After(nullptr, facts);
  facts.dumps.value() = {DumpNamed("a", DumpState::kWriting), DumpNamed("b", DumpState::kComplete)};
  const State more = After(&half, facts);
  EXPECT_TRUE(Changes(&half, more).empty());
  facts.dumps.value() = {DumpNamed("a", DumpState::kComplete)};
  const auto changes = Changes(&half, After(&half, facts));
  ASSERT_EQ(changes.size(), 1u);  // what it did list is told
  EXPECT_EQ(changes[0].to, "complete");
  facts.dumps.value().clear();
  EXPECT_TRUE(Changes(&half, After(&half, facts)).empty());  // may be among those to come
  facts.dumps_partial = false;
  const auto end = Changes(&half, After(&half, facts));
  ASSERT_EQ(end.size(), 2u);
  EXPECT_EQ(end[0].name, "incomplete_dumps") << "was unknown till now";
  EXPECT_EQ(end[1].to, "gone");
}

}  // namespace
}  // namespace kdumpd
