// SPDX-License-Identifier: Apache-2.0
// Which dumps may go: a node of five dumps, one change to it or to the limits, and what then goes.
#include "daemon/core/retention.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::int64_t kDay = 86'400;

// Dumps "a" to "e" of 10 bytes each: "a" is the newest, of today, each other one a day older than
// the one before it. All are recorded, inspected and acknowledged.
struct Node {
  std::vector<Dump> dumps;
  std::vector<DumpContents> contents;
  std::vector<CrashRecord> records;
  bool whole = true;
  std::optional<std::uint64_t> free_bytes = 100;

  Node() {
    for (int i = 0; i < 5; ++i) {
      Dump dump;
      dump.directory = std::string(1, static_cast<char>('a' + i));
      dump.vmcore = "vmcore";
      dump.bytes = 10;
      dump.crash_time = dump.mtime = kNow - i * kDay;
      dump.mark = {1, static_cast<std::uint64_t>(10 + i), 7, dump.mtime};
      dump.state = DumpState::kComplete;
      CrashRecord record;
      record.id = CrashId("machine", dump.directory, dump.crash_time);
      record.directory = dump.directory;
      record.vmcore = dump.vmcore;
      record.crash_time = record.sealed_at = dump.crash_time;
      record.mark = dump.mark;
      record.inspection = InspectionState::kDone;
      record.acknowledged_at = kNow;
      dumps.push_back(dump);
      contents.push_back({10, ""});
      records.push_back(record);
    }
  }
};

RetentionPlan Plan(const Node& node, const RetentionPolicy& policy) {
  return PlanRetention(
      policy, {node.dumps, node.contents, node.whole, node.records, node.free_bytes, kNow});
}

// "d:max_age e:max_age", the newest first.
std::string Removed(const RetentionPlan& plan) {
  std::string text;
  for (const RetentionDecision& decision : plan.decisions) {
    EXPECT_EQ(decision.remove, decision.reason < RetentionReason::kWithinLimits);
    EXPECT_EQ(decision.why.empty(), decision.reason == RetentionReason::kWithinLimits);
    if (!decision.remove) continue;
    text += Cat(text.empty() ? "" : " ", decision.dump->directory, ':', Name(decision.reason));
  }
  return text;
}

TEST(Retention, EachLimitAloneAndTogether) {
  const struct {
    const char* what;
    RetentionPolicy policy;
    const char* removed;
    std::size_t unmet = 0;
  } rows[] = {
      {"no limit", {}, ""},
      {"as many as there are", {.keep_newest = 5}, ""},
      {"one less", {.keep_newest = 4}, "e:keep_newest"},
      {"none",
       {.keep_newest = 0},
       "a:keep_newest b:keep_newest c:keep_newest d:keep_newest e:keep_newest"},
      {"to the second as old as it may be", {.max_age_seconds = 4 * kDay}, ""},
      {"a second older", {.max_age_seconds = 4 * kDay - 1}, "e:max_age"},
      {"older than a day", {.max_age_seconds = kDay}, "c:max_age d:max_age e:max_age"},
      {"to the byte as much as there may be", {.max_bytes = 50}, ""},
      {"a byte more", {.max_bytes = 49}, "e:max_bytes"},
      {"the oldest go till the rest fits",
       {.max_bytes = 25},
       "c:max_bytes d:max_bytes e:max_bytes"},
      {"not a byte",
       {.max_bytes = 0},
       "a:max_bytes b:max_bytes c:max_bytes d:max_bytes e:max_bytes"},
      {"free to the byte", {.min_free_bytes = 100}, ""},
      {"a byte too few", {.min_free_bytes = 101}, "e:min_free"},
      {"what goes frees its bytes", {.min_free_bytes = 120}, "d:min_free e:min_free"},
      {"more than all would free",
       {.min_free_bytes = 151},
       "a:min_free b:min_free c:min_free d:min_free e:min_free",
       1},
      {"number, then age",
       {.keep_newest = 4, .max_age_seconds = 2 * kDay},
       "d:max_age e:keep_newest"},
      {"what goes anyway counts for bytes and space",
       {.keep_newest = 3, .max_bytes = 30, .min_free_bytes = 120},
       "d:keep_newest e:keep_newest"},
      {"all four",
       {.keep_newest = 4, .max_bytes = 25, .max_age_seconds = 2 * kDay, .min_free_bytes = 140},
       "b:min_free c:max_bytes d:max_age e:keep_newest"},
  };
  for (const auto& row : rows) {
    const Node node;
    const RetentionPlan plan = Plan(node, row.policy);
    EXPECT_EQ(Removed(plan), row.removed) << row.what;
    EXPECT_EQ(plan.unmet.size(), row.unmet) << row.what;
    EXPECT_EQ(plan.bytes, 50U) << row.what;
    EXPECT_EQ(plan.decisions.size(), 5U) << row.what;
  }
}

// One change to the oldest, which every limit wants to be rid of.
TEST(Retention, WhatNeverGoes) {
  const struct {
    const char* what;
    std::function<void(Node&)> change;
    RetentionReason reason;
  } rows[] = {
      {"not acknowledged", [](Node& n) { n.records[4].acknowledged_at = 0; },
       RetentionReason::kNotAcknowledged},
      {"without a record", [](Node& n) { n.records.pop_back(); }, RetentionReason::kNoRecord},
      {"its record tells of one that is gone", [](Node& n) { n.records[4].gone_at = kNow; },
       RetentionReason::kNoRecord},
      {"the record of another file", [](Node& n) { n.records[4].vmcore = "vmcore.1"; },
       RetentionReason::kNoRecord},
      {"being written", [](Node& n) { n.dumps[4].state = DumpState::kWriting; },
       RetentionReason::kWriting},
      {"historic", [](Node& n) { n.dumps[4].historic = true; }, RetentionReason::kHistoric},
      {"a name that is not known", [](Node& n) { n.contents[4].obstacle = "it holds notes"; },
       RetentionReason::kObstacle},
      {"nobody looked into its directory", [](Node& n) { n.contents.pop_back(); },
       RetentionReason::kObstacle},
      {"not inspected", [](Node& n) { n.records[4].inspection = InspectionState::kPending; },
       RetentionReason::kNotInspected},
      {"to be inspected again", [](Node& n) { n.records[4].inspection = InspectionState::kFailed; },
       RetentionReason::kNotInspected},
      {"another inode", [](Node& n) { n.dumps[4].mark.inode = 99; }, RetentionReason::kChanged},
      {"written to", [](Node& n) { ++n.dumps[4].mark.mtime; }, RetentionReason::kChanged},
      {"a file in it has changed in the second of the acknowledgement",
       [](Node& n) { n.contents[4].changed_at = kNow; }, RetentionReason::kChanged},
      {"no file", [](Node& n) { n.dumps[4].mark = n.records[4].mark = {}; },
       RetentionReason::kChanged},
  };
  const RetentionPolicy limits[] = {{.keep_newest = 4},
                                    {.max_bytes = 49},
                                    {.max_age_seconds = 3 * kDay},
                                    {.min_free_bytes = 101}};
  for (const auto& row : rows) {
    Node node;
    row.change(node);
    for (const RetentionPolicy& policy : limits) {
      const RetentionPlan plan = Plan(node, policy);
      const RetentionDecision& last = plan.decisions.back();
      EXPECT_FALSE(last.remove) << row.what;
      EXPECT_EQ(Name(last.reason), Name(row.reason)) << row.what;
      EXPECT_NE(last.limit, "") << row.what << ": which limit it is beyond";
      // Number and age look at each alone; where room is wanted the next one has to give it.
      const bool room = policy.max_bytes || policy.min_free_bytes;
      EXPECT_EQ(Removed(plan).starts_with("d:"), room) << row.what;
    }
  }
}

TEST(Retention, AnEmptyDirectoryIsNoNewerDump) {
  Node node;
  for (const std::size_t i : {0, 1, 2}) node.dumps[i].vmcore.clear();
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 2})), "");
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 1})), "e:keep_newest");
  node.dumps[2].log = "vmcore-dmesg.txt";
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 2})), "e:keep_newest");
}

TEST(Retention, AnInspectionThatWasGivenUpKeepsNothing) {
  Node node;
  node.records[4].inspection = InspectionState::kGaveUp;
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 4})), "e:keep_newest");
}

TEST(Retention, NothingMayGo) {
  Node node;
  for (CrashRecord& record : node.records) record.acknowledged_at = 0;
  const RetentionPlan plan =
      Plan(node, {.keep_newest = 0, .max_bytes = 5, .max_age_seconds = 1, .min_free_bytes = 1000});
  EXPECT_EQ(Removed(plan), "");
  EXPECT_EQ(plan.unmet.size(), 2U) << "and it says so";
  EXPECT_EQ(plan.removed_bytes, 0U);
}

TEST(Retention, OfAListThatIsNotWholeNothingGoes) {
  Node node;
  node.whole = false;
  const RetentionPlan plan = Plan(node, {.keep_newest = 0});
  EXPECT_EQ(Removed(plan), "");
  EXPECT_EQ(plan.decisions.front().reason, RetentionReason::kListIncomplete);
}

TEST(Retention, AFreeSpaceThatIsNotKnownRemovesNothing) {
  Node node;
  node.free_bytes.reset();
  const RetentionPlan plan = Plan(node, {.keep_newest = 4, .min_free_bytes = 1000});
  EXPECT_EQ(Removed(plan), "e:keep_newest");
  EXPECT_EQ(plan.unmet.size(), 1U);
}

// The same answer every time, however the disk orders its names.
TEST(Retention, TiesAreDecidedByTimeOfTheFileThenByName) {
  Node node;
  for (std::size_t i = 0; i < 5; ++i) node.dumps[i].crash_time = kNow;
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 4})), "e:keep_newest") << "by the file's time";
  for (std::size_t i = 0; i < 5; ++i) {
    node.dumps[i].mtime = node.dumps[i].mark.mtime = node.records[i].mark.mtime = kNow;
  }
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 4})), "a:keep_newest") << "by name";
  std::swap(node.dumps[0], node.dumps[3]);
  EXPECT_EQ(Removed(Plan(node, {.keep_newest = 4})), "a:keep_newest") << "whatever the order";
}

TEST(Retention, AgeCountsFromTheLaterOfCrashAndFirstSight) {
  Node node;
  node.dumps[0].crash_time = 0;  // a header with the clock of a machine that had none
  EXPECT_EQ(Removed(Plan(node, {.max_age_seconds = 10 * kDay})), "");
  node.records[0].sealed_at = kNow - 11 * kDay;
  EXPECT_EQ(Removed(Plan(node, {.max_age_seconds = 10 * kDay})), "a:max_age");
  node.dumps[0].crash_time = kNow + kDay;  // what lies ahead has no age
  EXPECT_EQ(Removed(Plan(node, {.max_age_seconds = 10 * kDay})), "");
  node.dumps[0].crash_time = node.records[0].sealed_at = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(Removed(Plan(node, {.max_age_seconds = 10 * kDay})), "a:max_age");
}

TEST(Retention, EveryReasonHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i < kRetentionReasons; ++i) names.insert(Name(static_cast<RetentionReason>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kRetentionReasons));
}

}  // namespace
}  // namespace kdumpd
