// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_inventory.h"

#include <gtest/gtest.h>

#include <memory>

#include "daemon/core/record_plan.h"
#include "daemon/core/retention.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'795'340'000;
constexpr std::int64_t kCrash = 1'795'331'703;  // 2026-11-22T07:15:03Z

// A crash that left no dump, as the ledger of boots makes it.
CrashRecord Missed() {
  CrashRecord record;
  record.id = CrashId("machine", "boot", kCrash);
  record.crash_time = kCrash;
  record.sealed_at = kCrash + 300;
  record.reason = "hop_failed";
  record.title = "it panicked";
  record.inspection = InspectionState::kDone;
  record.ended_boot = std::string(32, 'a');
  record.counted = CountedAs{CrashCategory::kUnknown, Capture::kMissed};
  return record;
}

// A log that lies in the crash directory itself: like the other it has neither directory nor
// vmcore.
Dump Log() {
  Dump dump;
  dump.log = "dmesg.txt";
  dump.crash_time = dump.mtime = kCrash - 100;
  dump.mark = {.device = 1, .inode = 7, .bytes = 10, .mtime = dump.mtime};
  dump.state = DumpState::kLogOnly;
  dump.reason = "no_vmcore";
  return dump;
}

State Node(const std::vector<Dump>& dumps, const std::vector<CrashRecord>& records) {
  State state;
  state.now = state.facts.now = kNow;
  state.facts.dumps = Fact<std::vector<Dump>>::Known(dumps, "/var/crash");
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(records);
  return state;
}

TEST(CrashInventory, ACrashWithoutADumpStandsInItsPlace) {
  CrashRecord log = Missed();
  log.id = CrashId("machine", "dmesg.txt", kCrash - 100);
  log.log = "dmesg.txt";
  log.crash_time = kCrash - 100;
  const State state = Node({Log()}, {Missed(), log});
  const std::vector<Crash> crashes = CrashesOf(state);
  ASSERT_EQ(crashes.size(), 2U);
  EXPECT_EQ(crashes[0].dump, nullptr);
  EXPECT_EQ(crashes[0].record->id, Missed().id);
  EXPECT_EQ(crashes[1].dump, &state.facts.dumps.value()[0]);
  EXPECT_EQ(crashes[1].record->id, log.id);
  const Dump last = crashes[0].Last();
  EXPECT_EQ(last.main(), "");
  EXPECT_EQ(last.state, DumpState::kUnknown);
  EXPECT_EQ(last.reason, "hop_failed");
  EXPECT_EQ(last.crash_time, kCrash);
}

TEST(CrashInventory, ItIsNeverGoneAndNoDumpIsTakenForIt) {
  State state = Node({Log()}, {Missed()});
  for (const bool partial : {false, true}) {
    state.facts.dumps_partial = partial;
    const auto seen = RecordsAsSeen(*state.crashes, state.facts);
    EXPECT_EQ(seen, *state.crashes);
  }
  EXPECT_EQ(state.facts.dumps.value()[0].state, DumpState::kLogOnly) << "judged by its own record";
  const CrashRecord missed = Missed();
  EXPECT_EQ(CrashesOf(state)[1].record, nullptr);
  const auto found = WithPrefix(state, missed.id.substr(0, 8));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(LastCrash(*state.crashes)->id, missed.id);
  EXPECT_EQ(NextInspection(*state.crashes, kNow), nullptr);
}

TEST(CrashInventory, ItIsAcknowledgedByAgeAndNotPruned) {
  const std::vector<CrashRecord> records{Missed()};
  const auto changes = PlanAcknowledgements(records, 3600, kNow);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].acknowledged_by, "age");
  EXPECT_TRUE(PlanAcknowledgements(records, 86'400, kNow).empty());
  const std::vector<Dump> dumps{Log()};
  const std::vector<DumpContents> contents{{10, ""}};
  RetentionInput input;
  input.dumps = dumps;
  input.contents = contents;
  input.whole = true;
  input.records = changes;
  input.now = kNow;
  const RetentionPlan plan = PlanRetention({.keep_newest = 0}, input);
  ASSERT_EQ(plan.decisions.size(), 1U);
  EXPECT_EQ(plan.decisions[0].reason, RetentionReason::kNoRecord) << plan.decisions[0].why;
}

TEST(CrashInventory, TheBootThatItEnded) {
  State state = Node({}, {Missed()});
  const CrashRecord& crash = state.crashes->front();
  EXPECT_EQ(BootOf(state, crash), nullptr);
  BootRecord other, boot;
  boot.boot_id = crash.ended_boot;
  state.boots = std::make_shared<const std::vector<BootRecord>>(std::vector{other, boot});
  EXPECT_EQ(BootOf(state, crash), &(*state.boots)[1]);
  // Of a dump from before there was a ledger of boots no boot is known.
  CrashRecord before = crash;
  before.ended_boot.clear();
  EXPECT_EQ(BootOf(state, before), nullptr);
  boot.crash_id = before.id;
  state.boots = std::make_shared<const std::vector<BootRecord>>(std::vector{other, boot});
  EXPECT_EQ(BootOf(state, before), &(*state.boots)[1]);
}

}  // namespace
}  // namespace kdumpd
