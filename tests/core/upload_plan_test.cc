// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

CrashRecord Sealed(std::string id, std::int64_t crash_time) {
  CrashRecord record;
  record.id = std::move(id);
  record.vmcore = "vmcore";
  record.directory = "d";
  record.crash_time = crash_time;
  record.mark = {1, static_cast<std::uint64_t>(crash_time), 100, crash_time};
  record.state = DumpState::kComplete;
  record.inspection = InspectionState::kDone;
  record.signature = "sig";
  return record;
}

UploadPolicy Two() {
  UploadPolicy policy;
  policy.targets.resize(2);
  policy.targets[0].name = "a";
  policy.targets[1].name = "b";
  return policy;
}

std::vector<CrashRecord> Planned(std::vector<CrashRecord> records, const UploadPolicy& policy) {
  for (const CrashRecord& change : PlanUploads(records, policy, kNow)) {
    *std::ranges::find(records, change.id, &CrashRecord::id) = change;
  }
  return records;
}

TEST(UploadPlan, WhatIsQueued) {
  struct Row {
    std::string_view what;
    void (*change)(CrashRecord&);
    bool queued;
  };
  const std::vector<Row> rows{
      {"a whole dump", [](CrashRecord&) {}, true},
      {"an incomplete one", [](CrashRecord& r) { r.state = DumpState::kIncomplete; }, true},
      {"a log alone",
       [](CrashRecord& r) {
         r.vmcore.clear();
         r.log = "dmesg";
       },
       true},
      {"one whose inspection was given up",
       [](CrashRecord& r) { r.inspection = InspectionState::kGaveUp; }, true},
      {"one of a drill", [](CrashRecord& r) { r.drill = "x"; }, true},
      {"one that nobody has looked into yet",
       [](CrashRecord& r) { r.inspection = InspectionState::kPending; }, false},
      {"one that failed once", [](CrashRecord& r) { r.inspection = InspectionState::kFailed; },
       false},
      {"one that is being written", [](CrashRecord& r) { r.state = DumpState::kWriting; }, false},
      {"one that is gone", [](CrashRecord& r) { r.gone_at = 1; }, false},
      {"a crash without dump", [](CrashRecord& r) { r.vmcore.clear(); }, false},
      {"a link", [](CrashRecord& r) { r.reason = "not_a_regular_file"; }, false},
  };
  for (const Row& row : rows) {
    std::vector<CrashRecord> records{Sealed("1", 100)};
    row.change(records[0]);
    const auto changes = PlanUploads(records, Two(), kNow);
    EXPECT_EQ(!changes.empty(), row.queued) << row.what;
    if (changes.empty()) continue;
    EXPECT_EQ(changes[0].uploads.size(), 2u) << row.what;
    EXPECT_TRUE(PlanUploads(changes, Two(), kNow).empty()) << row.what;
  }
}

TEST(UploadPlan, AnotherDumpIsAnotherUpload) {
  std::vector<CrashRecord> records = Planned({Sealed("1", 100)}, Two());
  UploadRecord& upload = records[0].uploads.at("a");
  upload.state = UploadState::kVerified;
  upload.report_sent = true;
  records[0].mark.device = 77;  // after a boot
  EXPECT_TRUE(PlanUploads(records, Two(), kNow).empty());
  records[0].mark.bytes = 101;
  const auto changes = PlanUploads(records, Two(), kNow);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].uploads.at("a").state, UploadState::kQueued);
  EXPECT_FALSE(changes[0].uploads.at("a").report_sent);
  EXPECT_EQ(changes[0].uploads.at("a").problem, UploadProblem::kNone) << "what was sent is whole";
  EXPECT_EQ(changes[0].uploads.at("b").problem, UploadProblem::kNone) << "nothing was begun";
  // Whoever sent it may not have been the first to see that it changed: it is said all the same.
  upload.state = UploadState::kQueued;
  upload.tried_at = kNow - 5;
  upload.failing_since = kNow - 5;
  const auto begun = PlanUploads(records, Two(), kNow);
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0].uploads.at("a").problem, UploadProblem::kChanged);
  EXPECT_FALSE(begun[0].uploads.at("a").message.empty());
  EXPECT_EQ(begun[0].uploads.at("a").failing_since, 0) << "nothing was in vain";
  // While it is being sent whoever sends finds out.
  records[0].uploads.at("a").state = UploadState::kSending;
  records[0].uploads.at("b").state = UploadState::kSending;
  EXPECT_TRUE(PlanUploads(records, Two(), kNow).empty());
}

TEST(UploadPlan, SmallThingsOfEveryCrashComeBeforeAnyDump) {
  const UploadPolicy policy = Two();
  std::vector<CrashRecord> records = Planned({Sealed("old", 100), Sealed("new", 200)}, policy);
  const UploadTarget& target = policy.targets[0];
  const auto next = [&] { return NextUploadTo(records, target, policy, kNow); };
  EXPECT_EQ(next().record, &records[1]);
  EXPECT_EQ(next().task, UploadTask::kReport);
  records[1].uploads.at("a").report_sent = true;
  EXPECT_EQ(next().record, &records[0]);
  EXPECT_EQ(next().task, UploadTask::kReport);
  records[0].uploads.at("a").report_sent = true;
  EXPECT_EQ(next().record, &records[1]);
  EXPECT_EQ(next().task, UploadTask::kWhole);
  records[1].uploads.at("a").next_at = kNow + 5;
  EXPECT_EQ(next().record, &records[0]);
  records[0].uploads.at("a").state = UploadState::kGaveUp;
  EXPECT_EQ(next().record, nullptr);
  records[1].uploads.at("a").next_at = kNow + 30 * 86'400;  // the clock was set back
  EXPECT_EQ(next().record, &records[1]);
}

TEST(UploadPlan, WhatWasBegunOfADumpThatIsGoneIsTakenBack) {
  struct Row {
    std::string_view what;
    void (*change)(CrashRecord&, UploadRecord&);
    bool forgotten;
  };
  constexpr auto kGone = kNow - kForgetAfterSeconds;
  const std::vector<Row> rows{
      {"gone for a day", [](CrashRecord&, UploadRecord&) {}, true},
      {"gone for less", [](CrashRecord& r, UploadRecord&) { r.gone_at = kGone + 1; }, false},
      {"there", [](CrashRecord& r, UploadRecord&) { r.gone_at = 0; }, false},
      {"never begun", [](CrashRecord&, UploadRecord& u) { u.tried_at = 0; }, false},
      {"failed a moment ago", [](CrashRecord&, UploadRecord& u) { u.next_at = kNow + 1; }, false},
      {"verified", [](CrashRecord&, UploadRecord& u) { u.state = UploadState::kVerified; }, false},
  };
  const UploadPolicy policy = Two();
  for (const Row& row : rows) {
    std::vector<CrashRecord> records = Planned({Sealed("1", 100)}, policy);
    UploadRecord& upload = records[0].uploads.at("a");
    records[0].gone_at = kGone;
    upload.tried_at = 5;
    row.change(records[0], upload);
    const NextUpload next = NextUploadTo(records, policy.targets[0], policy, kNow);
    EXPECT_EQ(next.record != nullptr && next.task == UploadTask::kForget, row.forgotten)
        << row.what;
  }
  // Who has a dump to send does that first.
  std::vector<CrashRecord> records = Planned({Sealed("1", 100), Sealed("2", 200)}, policy);
  records[1].gone_at = kGone;
  records[1].uploads.at("a").tried_at = 5;
  EXPECT_EQ(NextUploadTo(records, policy.targets[0], policy, kNow).record, records.data());
}

TEST(UploadPlan, NothingLeavesInTheClearWhereThatIsForbidden) {
  UploadPolicy policy = Two();
  policy.seal_required = true;
  policy.targets[1].recipients = {"age1x"};
  const std::vector<CrashRecord> records = Planned({Sealed("1", 100)}, policy);
  EXPECT_TRUE(IsForbidden(policy.targets[0], policy));
  EXPECT_EQ(NextUploadTo(records, policy.targets[0], policy, kNow).record, nullptr);
  EXPECT_EQ(NextUploadTo(records, policy.targets[1], policy, kNow).record, records.data());
}

TEST(UploadPlan, OfDuplicatesOneDumpStandsForAll) {
  UploadPolicy policy = Two();
  std::vector<CrashRecord> records = Planned({Sealed("1", 100), Sealed("2", 200)}, policy);
  UploadTarget& target = policy.targets[0];
  EXPECT_EQ(DuplicateOf(records, records[1], target), "");
  UploadRecord& first = records[0].uploads.at("a");
  first.state = UploadState::kVerified;
  EXPECT_EQ(DuplicateOf(records, records[1], target), "") << "every dump is wanted";
  target.duplicates = Duplicates::kLogOnly;
  EXPECT_EQ(DuplicateOf(records, records[1], target), "1");
  records[0].state = DumpState::kIncomplete;
  EXPECT_EQ(DuplicateOf(records, records[1], target), "") << "half a dump stands for nothing";
  records[0].state = DumpState::kComplete;
  first.duplicate_of = "0";
  EXPECT_EQ(DuplicateOf(records, records[1], target), "") << "its own dump is not there";
  first.duplicate_of.clear();
  records[1].uploads.at("a").asked = true;
  EXPECT_EQ(DuplicateOf(records, records[1], target), "") << "somebody has asked for it";
  records[1].uploads.at("a").asked = false;
  records[1].signature.clear();
  records[0].signature.clear();
  EXPECT_EQ(DuplicateOf(records, records[1], target), "") << "nobody knows what they are";
}

TEST(UploadPlan, WhatIsNotStoredStays) {
  UploadPolicy policy = Two();
  std::vector<CrashRecord> records = Planned({Sealed("1", 100)}, policy);
  CrashRecord& record = records[0];
  EXPECT_EQ(NotStored(record, policy), "it is not verified at a, b");
  UploadRecord& a = record.uploads.at("a");
  a.state = UploadState::kVerified;
  EXPECT_EQ(NotStored(record, policy), "it is not verified at b");
  policy.required = StoredWhere::kAny;
  EXPECT_EQ(NotStored(record, policy), "");
  a.duplicate_of = "0";
  EXPECT_EQ(NotStored(record, policy), "it is not verified at a (only the dump of 0 is there), b");
  a.duplicate_of.clear();
  record.mark.mtime += 1;
  EXPECT_NE(NotStored(record, policy), "");
  policy.required = StoredWhere::kNowhere;
  EXPECT_EQ(NotStored(record, policy), "");
  EXPECT_EQ(NotStored(record, UploadPolicy()), "") << "there is nowhere to store it";
}

TEST(UploadPlan, PrefixesAreFitForEveryStore) {
  UploadPolicy policy;
  EXPECT_EQ(UploadPrefix(policy, "node-1.example", "id"), "default/node-1.example/id");
  policy.cluster = "../ä b:c";
  EXPECT_EQ(UploadPrefix(policy, "", "id"), "-..----b-c/-/id");
}

TEST(UploadPlan, Backlog) {
  std::vector<CrashRecord> records = Planned({Sealed("1", 100), Sealed("2", 200)}, Two());
  records[0].uploads.at("a").queued_at = 50;
  EXPECT_EQ(BacklogOf(records, "a").pending, 2u);
  EXPECT_EQ(BacklogOf(records, "a").oldest, 50);
  records[0].uploads.at("a").state = UploadState::kGaveUp;
  EXPECT_EQ(BacklogOf(records, "a").failing, 1u);
  records[0].gone_at = 1;
  records[1].uploads.at("a").state = UploadState::kVerified;
  EXPECT_EQ(BacklogOf(records, "a").pending, 0u);
  EXPECT_EQ(BacklogOf(records, "c").oldest, 0);
}

}  // namespace
}  // namespace kdumpd
