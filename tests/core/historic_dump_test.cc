// SPDX-License-Identifier: Apache-2.0
// A dump from before the first start that somebody has asked for: it gets a record, and counts as
// little as before.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "daemon/core/crash_inventory.h"
#include "daemon/core/next_state.h"
#include "daemon/core/record_plan.h"
#include "daemon/core/retention.h"
#include "daemon/core/upload_plan.h"
#include "daemon/core/upload_record.h"
#include "tests/support/ended_node.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'795'340'000;
constexpr std::int64_t kOldCrash = 1'745'331'703;
const std::string kId = CrashId("machine", "old", kOldCrash);

Dump Old() {
  Dump dump;
  dump.directory = "old";
  dump.vmcore = "vmcore";
  dump.bytes = 1000;
  dump.crash_time = kOldCrash;
  dump.dated = true;
  dump.mark = {.device = 1, .inode = 7, .bytes = 1000, .mtime = kOldCrash + 60};
  dump.state = DumpState::kComplete;
  dump.reason = "headers_checked";
  dump.historic = true;
  return dump;
}

std::vector<CrashRecord> Plan(const std::vector<CrashRecord>& records,
                              const std::vector<Dump>& dumps,
                              const std::vector<std::string>& asked = {kId}) {
  return PlanRecords({.records = records,
                      .dumps = dumps,
                      .whole = true,
                      .machine_id = "machine",
                      .now = kNow,
                      .asked = asked});
}

CrashRecord Asked() { return Plan({}, {Old()}).at(0); }

CrashRecord Inspected(CrashRecord record = Asked()) {
  Inspection found;
  found.wholeness.state = DumpState::kComplete;
  found.wholeness.reason = "pages_sampled";
  BeginInspection(record, kNow);
  TakeInspection(found, record);
  return record;
}

TEST(HistoricDump, OnlyWhatIsAskedForGetsARecord) {
  const struct {
    const char* what;
    std::vector<std::string> asked;
    std::function<void(Dump&)> change;
    bool made;
  } rows[] = {
      {"nobody asks", {}, [](Dump&) {}, false},
      {"somebody does", {kId}, [](Dump&) {}, true},
      {"among others", {"", "../old", kId}, [](Dump&) {}, true},
      {"for another", {CrashId("machine", "new", kOldCrash)}, [](Dump&) {}, false},
      {"of another machine", {CrashId("other", "old", kOldCrash)}, [](Dump&) {}, false},
      {"by its directory", {"old"}, [](Dump&) {}, false},
      {"an incomplete one", {kId}, [](Dump& d) { d.state = DumpState::kIncomplete; }, true},
      {"a log alone", {kId}, [](Dump& d) { std::swap(d.vmcore, d.log); }, true},
      {"being written", {kId}, [](Dump& d) { d.state = DumpState::kWriting; }, false},
      {"an empty directory", {kId}, [](Dump& d) { d.reason = "no_dump_files"; }, false},
      {"a link", {kId}, [](Dump& d) { d.reason = "not_a_regular_file"; }, false},
      {"a self test",
       {CrashId("machine", "kdump-test-1-1", kOldCrash)},
       [](Dump& d) { d.directory = "kdump-test-1-1"; },
       false},
  };
  for (const auto& row : rows) {
    Dump dump = Old();
    row.change(dump);
    EXPECT_EQ(Plan({}, {dump}, row.asked).size(), row.made ? 1U : 0U) << row.what;
  }
}

TEST(HistoricDump, ItsRecordIsInspectedAndCountsNowhere) {
  const CrashRecord asked = Asked();
  EXPECT_EQ(asked.id, kId);
  EXPECT_TRUE(asked.historic);
  EXPECT_FALSE(IsUnacknowledged(asked));
  EXPECT_EQ(asked.acknowledged_by, "historic");
  EXPECT_EQ(NextInspection({&asked, 1}, kNow), &asked);
  const std::vector<CrashRecord> records{Inspected(asked)};
  EXPECT_TRUE(IsInspectionOver(records[0]));
  EXPECT_FALSE(records[0].counted);
  EXPECT_EQ(LastCrash(records), nullptr);
  EXPECT_TRUE(PlanAcknowledgements(records, 1, kNow + 9).empty());
  CrashRecord gone = asked;
  GiveUpInspection(gone, kFailureGone);
  EXPECT_FALSE(gone.counted);
  EXPECT_TRUE(Plan(records, {Old()}).empty()) << "asked twice it is the same";
}

TEST(HistoricDump, TheNodeShowsNoCrashAndTellsNone) {
  const auto look = [](const State* before, std::vector<CrashRecord> records) {
    Look seen;
    seen.facts = ReadyHost();
    seen.facts.dumps.value() = {Old()};
    seen.crashes = std::make_shared<const std::vector<CrashRecord>>(std::move(records));
    return NextState(before, std::move(seen));
  };
  const State before = look(nullptr, {Asked()}), after = look(&before, {Inspected()});
  EXPECT_EQ(after.unacknowledged_crashes, 0U);
  EXPECT_EQ(after.last_crash_time, 0);
  EXPECT_TRUE(Changes(&before, after).empty());
  CrashRecord other = Inspected();
  other.historic = false;
  EXPECT_EQ(Changes(&before, look(&before, {other})).size(), 1U) << "that would be news";
}

// What becomes of the record when the dump is another one than was asked for.
TEST(HistoricDump, WhatBecomesOfIt) {
  const struct {
    const char* what;
    std::function<void(Dump&)> change;
    std::size_t records;
    bool historic;  // the record of what is there now
  } rows[] = {
      {"nothing", [](Dump&) {}, 1, true},
      {"ABRT moves it",
       [](Dump& d) {
         d.directory = "ccpp";
         d.historic = false;
       },
       1, true},
      {"written to, by its name and time the same", [](Dump& d) { d.mark.mtime += 5; }, 1, true},
      {"a file without a time of its own in its place",
       [](Dump& d) {
         d.crash_time = kNow - 100;
         d.dated = d.historic = false;
         d.mark.inode = 9;
       },
       1, false},
      {"another crash in its place",
       [](Dump& d) {
         d.crash_time = kNow - 100;
         d.historic = false;
         d.mark.inode = 9;
       },
       2, false},
  };
  for (const auto& row : rows) {
    std::vector<CrashRecord> records{Inspected()};
    Dump dump = Old();
    row.change(dump);
    for (const CrashRecord& change : Plan(records, {dump}, {})) {
      const auto same = std::ranges::find(records, change.id, &CrashRecord::id);
      if (same == records.end()) {
        records.push_back(change);
      } else {
        *same = change;
      }
    }
    EXPECT_EQ(records.size(), row.records) << row.what;
    const auto now = std::ranges::find(records, 0, &CrashRecord::gone_at);
    ASSERT_NE(now, records.end()) << row.what;
    EXPECT_EQ(now->historic, row.historic) << row.what;
    EXPECT_EQ(IsUnacknowledged(*now), !row.historic) << row.what << ": nobody has seen a new crash";
    EXPECT_EQ(Inspected(*now).counted.has_value(), !row.historic) << row.what;
  }
}

TEST(HistoricDump, ACopyIsNoCrashAndACopyOfACrashMayBeAskedFor) {
  Dump copy = Old();
  copy.directory = "copy";
  copy.mark.inode = 8;
  copy.historic = false;
  EXPECT_TRUE(Plan({Inspected()}, {Old(), copy}, {}).empty());
  copy.historic = true;
  const auto made = Plan({Inspected()}, {Old(), copy}, {CrashId("machine", "copy", kOldCrash)});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].directory, "copy");
}

TEST(HistoricDump, NoCrashWithoutADumpTakesItForItsOwn) {
  CrashRecord missed;
  missed.id = CrashId("machine", "boot", kOldCrash - 100);
  missed.inspection = InspectionState::kDone;
  missed.ended_began = kOldCrash - 5000;
  missed.ended_by = kOldCrash + 100;
  missed.ended_boot = kOld;
  const auto made = Plan({missed}, {Old()});
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].id, kId);
}

TEST(HistoricDump, RetentionNeverTakesIt) {
  for (const bool moved : {false, true}) {
    Dump dump = Old();
    dump.historic = !moved;  // it is in its record still
    CrashRecord record = Inspected();
    record.acknowledged_at = kNow + 50;
    record.acknowledged_by = "hand";
    const std::vector<Dump> dumps{dump};
    const std::vector<DumpContents> contents{{10, ""}};
    const RetentionInput input{dumps, contents, true, {&record, 1}, 0, kNow};
    const RetentionPolicy all{.keep_newest = 0, .max_bytes = 0, .max_age_seconds = 1};
    EXPECT_EQ(PlanRetention(all, input).decisions[0].reason, RetentionReason::kHistoric) << moved;
    record.historic = false;
    if (moved) {
      EXPECT_TRUE(PlanRetention(all, input).decisions[0].remove);
    }
  }
}

TEST(HistoricDump, ItGoesWhereItIsAskedForAndOnlyOnce) {
  UploadPolicy policy;
  policy.targets.resize(2);
  policy.targets[0].name = "a";
  policy.targets[1].name = "b";
  std::vector<CrashRecord> records{Inspected()};
  EXPECT_TRUE(PlanUploads(records, policy, kNow).empty());
  UploadRecord& upload = records[0].uploads["a"];
  upload.mark = records[0].mark;
  AskForUpload(upload, kNow);
  EXPECT_TRUE(PlanUploads(records, policy, kNow).empty()) << "b was not asked for";
  EXPECT_EQ(NextUploadTo(records, policy.targets[0], policy, kNow).record, records.data());
  EXPECT_EQ(NextUploadTo(records, policy.targets[1], policy, kNow).record, nullptr);
  // What is there now is what somebody wants.
  records[0].mark.mtime += 1;
  const auto again = PlanUploads(records, policy, kNow);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].uploads.size(), 1U);
  EXPECT_TRUE(again[0].uploads.at("a").asked);
  const UploadJournal journal;
  EndUpload(upload, {.end = {}, .journal = &journal, .now = kNow});
  ASSERT_EQ(upload.state, UploadState::kVerified);
  EXPECT_TRUE(PlanUploads(records, policy, kNow).empty()) << "it was sent";
  records[0].historic = false;
  EXPECT_EQ(PlanUploads(records, policy, kNow).at(0).uploads.size(), 2U) << "a crash goes at once";
}

TEST(HistoricDump, BootsEndAsTheyDidBefore) {
  Left left;
  left.undecided.clear();
  left.decided.clear();
  const auto told = [](Left node, bool asked, bool historic) {
    node.Historic(kCrash);
    if (asked) {
      CrashRecord& record = node.Dumped();
      record.directory = node.facts.dumps.value()[0].directory;
      record.historic = historic;
    }
    return Told(node);
  };
  EXPECT_EQ(told(left, true, true), told(left, false, false));
  Left watched;
  EXPECT_EQ(told(watched, true, true), told(watched, false, false));
  EXPECT_NE(told(watched, true, false), told(watched, false, false)) << "a crash of its own counts";
  // Nor does it come late.
  watched.Remote();
  const BootEvidence evidence = watched.Evidence();
  const auto boot = DecideBoot(EndedBoots(evidence).back(), evidence);
  ASSERT_TRUE(boot);
  CrashRecord& late = watched.Dumped();
  late.sealed_at = boot->decided_at + 500;
  ASSERT_TRUE(ReviseBoot(*boot, watched.records));
  late.historic = true;
  EXPECT_FALSE(ReviseBoot(*boot, watched.records));
}

TEST(HistoricDump, ItIsCalledAsItsRecordWouldBe) {
  State state;
  state.machine_id = "machine";
  state.facts.dumps = Fact<std::vector<Dump>>::Known({Old(), Old(), Old()}, "/var/crash");
  auto& dumps = state.facts.dumps.value();
  dumps[1].directory = "new";
  dumps[1].historic = false;
  dumps[2].directory = "";
  dumps[2].vmcore = "core";
  EXPECT_EQ(IdOf(state, {.dump = dumps.data()}), kId);
  EXPECT_EQ(IdOf(state, {.dump = &dumps[1]}), "") << "it gets its record by itself";
  EXPECT_EQ(IdOf(state, {.dump = &dumps[2]}), CrashId("machine", "core", kOldCrash));
  EXPECT_EQ(WithPrefix(state, kId.substr(0, 16)).size(), 2U);
  EXPECT_EQ(WithPrefix(state, kId), std::vector{kId});
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::vector{Inspected()});
  EXPECT_EQ(WithPrefix(state, kId), std::vector{kId}) << "one and the same";
  EXPECT_TRUE(WithPrefix(state, "").empty());
}

}  // namespace
}  // namespace kdumpd
