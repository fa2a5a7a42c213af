// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/record_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <tuple>

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1'795'340'000;
constexpr std::int64_t kCrash = 1'795'331'703;  // 2026-11-22T07:15:03Z

Dump DumpAt(const std::string& directory, std::uint64_t inode, std::int64_t crash_time = kCrash) {
  Dump dump;
  dump.directory = directory;
  dump.vmcore = "vmcore";
  dump.log = "vmcore-dmesg.txt";
  dump.bytes = 1000;
  dump.crash_time = crash_time;
  dump.dated = true;
  dump.mark = {.device = 1, .inode = inode, .bytes = 1000 + inode, .mtime = crash_time + 60};
  dump.state = DumpState::kComplete;
  dump.reason = "headers_checked";
  return dump;
}

// A node over time: its dumps, its records, and what one look makes of them.
struct Node {
  std::vector<Dump> dumps;
  std::vector<CrashRecord> records;
  bool whole = true;
  std::int64_t now = kNow;

  std::size_t Look() {
    const auto changes = PlanRecords({records, dumps, whole, "machine", now});
    for (const CrashRecord& change : changes) {
      const auto same = std::ranges::find(records, change.id, &CrashRecord::id);
      if (same == records.end()) {
        records.push_back(change);
      } else {
        *same = change;
      }
    }
    std::ranges::sort(records, std::greater(), [](const CrashRecord& record) {
      return std::tie(record.crash_time, record.id);
    });
    TakeJudgements(records, dumps);
    return changes.size();
  }
  // Till nothing is due.
  void Inspect(DumpState state = DumpState::kComplete, const char* reason = "pages_sampled") {
    Inspection found;
    found.wholeness.state = state;
    found.wholeness.reason = reason;
    while (const CrashRecord* next = NextInspection(records, now)) {
      auto& record = records[static_cast<std::size_t>(next - records.data())];
      BeginInspection(record, now);
      TakeInspection(found, record);
    }
    TakeJudgements(records, dumps);
  }
  [[nodiscard]] std::size_t Counted() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        records, [](const CrashRecord& record) { return record.counted.has_value(); }));
  }
  [[nodiscard]] std::size_t Gone() const {
    return records.size() -
           static_cast<std::size_t>(std::ranges::count(records, 0, &CrashRecord::gone_at));
  }
};

Node Inspected(std::vector<Dump> dumps) {
  Node node{.dumps = std::move(dumps), .records = {}};
  node.Look();
  node.Inspect();
  return node;
}

// One change to a node with one dump, inspected; then the dump that is there is inspected too.
struct Row {
  const char* name;
  std::function<void(Node&)> change;
  std::size_t records = 1, gone = 0, pending = 0;
  DumpState state = DumpState::kComplete;  // of the newest record, after its inspection
};

std::vector<Row> Rows() {
  using S = DumpState;
  return {
      {"nothing", [](Node&) {}},
      {"another crash", [](Node& n) { n.dumps.push_back(DumpAt("b", 2, kCrash + 500)); }, 2, 0, 1},
      {"still being written",
       [](Node& n) {
         n.dumps.push_back(DumpAt("b", 2, kCrash + 500));
         n.dumps.back().state = S::kWriting;
       }},
      {"historic",
       [](Node& n) {
         n.dumps.push_back(DumpAt("b", 2, kCrash - 500));
         n.dumps.back().historic = true;
       }},
      {"kdumpctl test", [](Node& n) { n.dumps.push_back(DumpAt("kdump-test-1795331703-1", 2)); }},
      {"a directory with a stamp and nothing in it",
       [](Node& n) {
         n.dumps.push_back(DumpAt("202611220715", 2));
         n.dumps.back().state = S::kUnknown;
         n.dumps.back().reason = "no_dump_files";
       }},
      {"the same stamp on another address: two dumps",
       [](Node& n) {
         n.dumps.push_back(DumpAt("host-2026-11-22-07:15:03", 2));
         n.dumps.back().dated = false;
       },
       2, 0, 1},
      {"cp -a: a copy is no second crash",
       [](Node& n) {
         n.dumps.push_back(n.dumps[0]);
         n.dumps.back().directory = "a.copy";
         n.dumps.back().mark.inode = 7;
       }},
      {"cp -al: the same file in two places",
       [](Node& n) {
         n.dumps.push_back(n.dumps[0]);
         n.dumps.back().directory = "a.link";
       }},
      {"ABRT moves the directory", [](Node& n) { n.dumps[0].directory = "ccpp-2026"; }},
      {"moved to another file system",
       [](Node& n) {
         n.dumps[0].directory = "elsewhere";
         n.dumps[0].mark.inode = 7;
       },
       1, 0, 1},
      {"moved, says half a listing: not yet",
       [](Node& n) {
         n.whole = false;
         n.dumps[0].directory = "b";
       },
       2, 0, 1},
      {"removed", [](Node& n) { n.dumps.clear(); }, 1, 1},
      {"removed, says half a listing",
       [](Node& n) {
         n.dumps.clear();
         n.whole = false;
       }},
      {"its files removed, its directory not",
       [](Node& n) {
         n.dumps[0].vmcore = n.dumps[0].log = "";
         n.dumps[0].state = S::kUnknown;
         n.dumps[0].reason = "no_dump_files";
       },
       1, 1},
      {"SUSE: the vmcore deleted, its log kept",
       [](Node& n) {
         n.dumps[0].vmcore = "";
         n.dumps[0].mark = {1, 9, 50, kCrash};
         n.dumps[0].state = S::kLogOnly;
         n.dumps[0].reason = "no_vmcore";
       },
       1, 0, 1},
      {"Debian: renamed as if whole", [](Node& n) { n.dumps[0].vmcore = "dump.202611220715"; }},
      {"written to", [](Node& n) { n.dumps[0].mark.mtime += 5; }, 1, 0, 1},
      {"cut", [](Node& n) { n.dumps[0].mark.bytes /= 2; }, 1, 0, 1},
      {"written to just now: it waits", [](Node& n) { n.dumps[0].state = S::kWriting; }},
      {"compressed by hand",
       [](Node& n) {
         n.dumps[0].vmcore = "vmcore.gz";
         n.dumps[0].mark = {1, 9, 300, kCrash + 900};
         n.dumps[0].dated = false;
         n.dumps[0].crash_time -= 3;  // the stamp's
         n.dumps[0].state = S::kUnknown;
       },
       1, 0, 1},
      {"another crash in the same directory",
       [](Node& n) { n.dumps[0] = DumpAt("a", 9, kCrash + 40); }, 2, 1, 1},
      {"an earlier one in the same directory",
       [](Node& n) { n.dumps[0] = DumpAt("a", 9, kCrash - 40); }, 2, 1, 1},
      {"the clock was set back", [](Node& n) { n.now = 5; }},
      {"the clock jumped ahead", [](Node& n) { n.now += 400'000'000; }},
      {"no longer a file",
       [](Node& n) {
         n.dumps[0].mark = {1, 9, 0, 0};
         n.dumps[0].state = S::kUnknown;
         n.dumps[0].reason = "not_a_regular_file";
       },
       1, 0, 0, S::kUnknown},
  };
}

TEST(RecordPlan, OneChangeToANode) {
  for (const Row& row : Rows()) {
    Node node = Inspected({DumpAt("a", 1)});
    const std::string id = node.records[0].id;
    row.change(node);
    node.Look();
    EXPECT_EQ(node.records.size(), row.records) << row.name;
    EXPECT_EQ(node.Gone(), row.gone) << row.name;
    const auto pending =
        std::ranges::count(node.records, InspectionState::kPending, &CrashRecord::inspection);
    EXPECT_EQ(static_cast<std::size_t>(pending), row.pending) << row.name;
    EXPECT_EQ(node.Look(), 0U) << row.name << ": nothing is done twice";
    node.Inspect();
    EXPECT_EQ(node.records[0].state, row.state) << row.name;
    EXPECT_EQ(node.Look(), 0U) << row.name << ": nor after the inspection";
    EXPECT_EQ(node.Counted(), node.records.size()) << row.name << ": each once";
    const auto first = std::ranges::find(node.records, id, &CrashRecord::id);
    ASSERT_NE(first, node.records.end()) << row.name;
    EXPECT_EQ(first->counted->capture, Capture::kCaptured) << row.name << ": it stays so";
    EXPECT_EQ(first->crash_time, kCrash) << row.name;
  }
}

TEST(RecordPlan, WhatANewRecordSays) {
  Node node{.dumps = {DumpAt("a", 1)}, .records = {}};
  ASSERT_EQ(node.Look(), 1U);
  const CrashRecord& record = node.records[0];
  EXPECT_EQ(record.id, CrashId("machine", "a", kCrash));
  EXPECT_EQ(record.directory, "a");
  EXPECT_EQ(record.vmcore, "vmcore");
  EXPECT_EQ(record.log, "vmcore-dmesg.txt");
  EXPECT_EQ(record.mark, node.dumps[0].mark);
  EXPECT_EQ(record.sealed_at, kNow);
  EXPECT_EQ(record.inspection, InspectionState::kPending);
  EXPECT_EQ(record.attempts, 0U);
  EXPECT_TRUE(IsUnacknowledged(record));
  EXPECT_FALSE(record.counted) << "not before it is known as what";
}

TEST(RecordPlan, TheStateOfADumpIsWhatTheInspectionSays) {
  Node node{.dumps = {DumpAt("a", 1)}, .records = {}};
  node.Look();
  node.Inspect(DumpState::kTruncated, "data_cut");
  EXPECT_EQ(node.dumps[0].state, DumpState::kTruncated) << "Debian renames it as if whole";
  EXPECT_EQ(node.dumps[0].reason, "data_cut");
  EXPECT_EQ(node.records[0].counted->capture, Capture::kPartial);
  node.dumps[0].mark.bytes += 1;
  node.dumps[0].state = DumpState::kComplete;
  TakeJudgements(node.records, node.dumps);
  EXPECT_EQ(node.dumps[0].state, DumpState::kComplete) << "that was another file";
}

// Gone, and back at its place or another: it is the same crash, counted once.
TEST(RecordPlan, BackAgain) {
  for (const char* directory : {"a", "b"}) {
    Node node = Inspected({DumpAt("a", 1)});
    const Dump dump = node.dumps[0];
    node.dumps.clear();
    node.Look();
    EXPECT_EQ(node.records[0].gone_at, kNow);
    node.now += 60;
    EXPECT_EQ(node.Look(), 0U) << "it is gone once";
    node.dumps = {dump};
    node.dumps[0].directory = directory;
    EXPECT_EQ(node.Look(), 1U);
    EXPECT_EQ(node.records.size(), 1U);
    EXPECT_EQ(node.records[0].gone_at, 0);
    EXPECT_EQ(node.records[0].inspection, InspectionState::kDone) << "nothing to look at again";
    EXPECT_EQ(node.records[0].directory, directory);
  }
}

TEST(RecordPlan, GoneBeforeItWasInspected) {
  Node node{.dumps = {DumpAt("a", 1)}, .records = {}};
  node.Look();
  const Dump dump = node.dumps[0];
  node.dumps.clear();
  node.Look();
  EXPECT_EQ(node.records[0].inspection, InspectionState::kGaveUp);
  EXPECT_EQ(node.records[0].failure, kFailureGone);
  EXPECT_EQ(node.records[0].counted, (CountedAs{CrashCategory::kUnknown, Capture::kUnverified}));
  EXPECT_EQ(NextInspection(node.records, kNow), nullptr);
  node.dumps = {dump};
  node.Look();
  EXPECT_EQ(node.records[0].inspection, InspectionState::kPending) << "now it can be";
  node.Inspect();
  EXPECT_EQ(node.records[0].counted, (CountedAs{CrashCategory::kUnknown, Capture::kUnverified}))
      << "counted once";
}

TEST(RecordPlan, GoneWhileItIsInspected) {
  Node node{.dumps = {DumpAt("a", 1)}, .records = {}};
  node.Look();
  BeginInspection(node.records[0], kNow);
  node.dumps.clear();
  node.Look();
  EXPECT_EQ(node.records[0].inspection, InspectionState::kPending) << "its answer will come";
  EXPECT_FALSE(node.records[0].counted);
  AfterRestart(node.records[0]);  // it did not
  EXPECT_EQ(node.Look(), 1U);
  EXPECT_EQ(node.records[0].inspection, InspectionState::kGaveUp);
  EXPECT_TRUE(node.records[0].counted);
  EXPECT_EQ(node.Look(), 0U);
}

TEST(RecordPlan, TheWritersLastWordIsHeard) {
  Node node{.dumps = {DumpAt("a.new", 1)}, .records = {}};
  node.dumps[0].state = DumpState::kIncomplete;
  node.dumps[0].reason = "unfinished_copy";
  node.Look();
  node.Inspect();
  EXPECT_EQ(node.records[0].state, DumpState::kIncomplete);
  node.dumps[0] = DumpAt("a", 1);  // renamed, the same bytes
  node.Look();
  EXPECT_EQ(node.records[0].inspection, InspectionState::kPending);
  node.Inspect();
  EXPECT_EQ(node.records.size(), 1U);
  EXPECT_EQ(node.records[0].state, DumpState::kComplete);
}

TEST(RecordPlan, AFileInNoDirectory) {
  Node node = Inspected({DumpAt("", 1)});
  Dump other = DumpAt("", 2, kCrash + 500);
  other.vmcore = "vmcore.2";
  node.dumps.push_back(other);
  node.Look();
  node.Inspect();
  EXPECT_EQ(node.records.size(), 2U);
  node.dumps[0] = DumpAt("", 3, kCrash + 900);  // the next crash, under the same name
  node.Look();
  EXPECT_EQ(node.records.size(), 3U);
  EXPECT_EQ(node.Gone(), 1U);
  EXPECT_EQ(node.Look(), 0U);
}

TEST(RecordPlan, AHistoricDumpWithARecordKeepsIt) {
  Node node = Inspected({DumpAt("a", 1)});
  node.dumps[0].historic = true;  // boot.json was lost, the records were not
  EXPECT_EQ(node.Look(), 0U);
  node.dumps[0].directory = "b";
  EXPECT_EQ(node.Look(), 1U);
  EXPECT_EQ(node.Gone(), 1U) << "a historic dump takes no record";
}

TEST(NextInspectionTest, TheNewestThatIsDue) {
  const struct {
    const char* name;
    InspectionState inspection;
    std::uint32_t attempts;
    std::int64_t tried_at, gone_at;
    bool due;
  } rows[] = {
      {"new", InspectionState::kPending, 0, 0, 0, true},
      {"done", InspectionState::kDone, 1, kNow - 900, 0, false},
      {"given up", InspectionState::kGaveUp, 3, kNow - 900, 0, false},
      {"gone", InspectionState::kPending, 0, 0, kNow, false},
      {"failed just now", InspectionState::kFailed, 1, kNow - 4, 0, false},
      {"failed a moment ago", InspectionState::kFailed, 1, kNow - 5, 0, true},
      {"failed twice", InspectionState::kFailed, 2, kNow - 59, 0, false},
      {"failed twice a minute ago", InspectionState::kFailed, 2, kNow - 60, 0, true},
      {"the clock was set back", InspectionState::kFailed, 2, kNow + 1, 0, true},
      {"the clock went far ahead", InspectionState::kFailed, 2, INT64_MIN / 2, 0, true},
      {"without its program", InspectionState::kFailed, 0, kNow - 5, 0, true},
  };
  for (const auto& row : rows) {
    std::vector<CrashRecord> records(1);
    records[0].inspection = row.inspection;
    records[0].attempts = row.attempts;
    records[0].tried_at = row.tried_at;
    records[0].gone_at = row.gone_at;
    EXPECT_EQ(NextInspection(records, kNow) != nullptr, row.due) << row.name;
  }
  std::vector<CrashRecord> records(3);
  records[0].crash_time = 5;
  records[1].crash_time = 9;
  records[2].crash_time = 7;
  EXPECT_EQ(NextInspection(records, kNow), &records[1]);
  EXPECT_EQ(NextInspection({}, kNow), nullptr);
}

// Another crash in the same place may bear no time of its own: nobody has seen its dump.
TEST(RecordPlan, AnAcknowledgementIsOfTheBytesThatWereThere) {
  const Dump first = DumpAt("one", 1, kNow - 500);
  struct Change {
    const char* name;
    std::function<void(Dump&)> change;
    bool acknowledged;
  };
  const Change rows[] = {
      {"nothing", [](Dump&) {}, true},
      {"another inode, and no time in its header",
       [](Dump& dump) { dump.mark.inode = 9, dump.dated = false; }, false},
      {"grown", [](Dump& dump) { ++dump.mark.bytes; }, false},
      {"written to", [](Dump& dump) { ++dump.mark.mtime; }, false},
      {"another number of the device after a boot", [](Dump& dump) { dump.mark.device = 7; }, true},
      {"the vmcore was removed, the log stays",
       [](Dump& dump) {
         dump.vmcore.clear();
         dump.mark = {1, 55, 10, kNow};
         dump.state = DumpState::kLogOnly;
         dump.reason = "no_vmcore";
       },
       true},
  };
  for (const Change& row : rows) {
    SCOPED_TRACE(row.name);
    Node node = Inspected({first});
    ASSERT_EQ(node.records.size(), 1U);
    node.records[0].acknowledged_at = kNow;
    node.records[0].acknowledged_by = "hand";
    row.change(node.dumps[0]);
    node.now = kNow + 100;
    node.Look();
    node.Inspect();
    ASSERT_EQ(node.records.size(), 1U);
    EXPECT_EQ(node.records[0].acknowledged_at, row.acknowledged ? kNow : 0);
    EXPECT_EQ(node.records[0].acknowledged_by, row.acknowledged ? "hand" : "");
    EXPECT_EQ(node.records[0].sealed_at, row.acknowledged ? kNow : kNow + 100);
    EXPECT_EQ(node.Counted(), 1U);
  }
  // A log at first, a vmcore beside it later.
  Dump log = first;
  log.vmcore.clear();
  log.mark = {1, 55, 10, kNow};
  log.state = DumpState::kLogOnly;
  Node node = Inspected({log});
  node.records[0].acknowledged_at = kNow;
  node.dumps = {first};
  node.Look();
  ASSERT_EQ(node.records.size(), 1U);
  EXPECT_TRUE(IsUnacknowledged(node.records[0]));
}

// Only one of the two tells its time.
TEST(RecordPlan, WhatCrashedAfterTheOtherHadSettledIsAnotherCrash) {
  Dump log = DumpAt("one", 1, kNow - 500);
  log.vmcore.clear();
  log.dated = false;
  log.state = DumpState::kLogOnly;
  for (const bool later : {false, true}) {
    Node node = Inspected({log});
    node.records[0].acknowledged_at = kNow;
    node.dumps = {DumpAt("one", 2, later ? kNow + 60 : kNow - 400)};
    node.now = kNow + 200;
    node.Look();
    node.Inspect();
    ASSERT_EQ(node.records.size(), later ? 2U : 1U);
    EXPECT_EQ(node.Counted(), node.records.size());
    EXPECT_TRUE(IsUnacknowledged(node.records[0]));
    EXPECT_EQ(node.records.back().acknowledged_at, later ? kNow : 0);
    EXPECT_EQ(node.records.back().gone_at, later ? node.now : 0);
    EXPECT_EQ(node.Look(), 0U);
  }
}

BootRecord BootThatEnded(BootOutcome outcome) {
  BootRecord boot;
  boot.boot_id = std::string(32, 'a');
  boot.began = kCrash - 3600;
  boot.ended_by = kCrash + 300;
  boot.outcome = outcome;
  return boot;
}

// What is on record of a crash that seemed to have left nothing.
CrashRecord Missed() {
  CrashRecord record;
  record.id = "20261122t071503z-0123456789abcdef";
  record.crash_time = kCrash - 10;
  record.ended_boot = std::string(32, 'a');
  record.ended_began = kCrash - 3600;
  record.ended_by = kCrash + 300;
  record.inspection = InspectionState::kDone;
  record.counted = CountedAs{CrashCategory::kUnknown, Capture::kMissed};
  return record;
}

// The node panicked without a dump, came back, and crashed again within its first minute.
TEST(RecordPlan, ACrashInTheFirstMinuteOfTheNextBootIsAnotherOne) {
  const std::vector<CrashRecord> records{Missed()};
  for (const auto& [late, same] : {std::pair(300, true), {301, false}, {340, false}}) {
    const std::vector<Dump> dumps{DumpAt("202611220720", 7, kCrash + late)};
    const auto changes = PlanRecords(
        {.records = records, .dumps = dumps, .whole = true, .machine_id = "machine", .now = kNow});
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].id == records[0].id, same) << late;
  }
}

TEST(RecordPlan, ALateDumpWhoseStampIsOfAnotherZoneIsTheSameCrash) {
  const std::vector<CrashRecord> records{Missed()};
  Dump dump = DumpAt("127.0.0.1-2026-11-22-12:15:03", 7, kCrash + 5 * 3600);
  dump.dated = false;
  dump.mark.mtime = kCrash + 60;
  std::vector<Dump> dumps{dump};
  const RecordInput input{
      .records = records, .dumps = dumps, .whole = true, .machine_id = "machine", .now = kNow};
  const auto changes = PlanRecords(input);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].id, records[0].id) << "though no boot is on record yet";
  EXPECT_EQ(changes[0].title, "");
  dumps[0].mark.mtime = kNow;
  EXPECT_NE(PlanRecords(input)[0].id, records[0].id) << "of another time altogether";
}

TEST(RecordPlan, ALateDumpOfADrillThatIsJudgedIsNoCrash) {
  std::vector<BootRecord> boots{BootThatEnded(BootOutcome::kUnverified)};
  boots[0].drill = "00112233445566aa";
  const std::vector<Dump> dumps{DumpAt("one", 7)};
  const RecordInput input{.records = {},
                          .dumps = dumps,
                          .whole = true,
                          .machine_id = "machine",
                          .now = kNow,
                          .boots = boots};
  auto changes = PlanRecords(input);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].drill, "00112233445566aa");
  EXPECT_FALSE(IsUnacknowledged(changes[0]));
  Inspection found;
  found.wholeness.state = DumpState::kComplete;
  found.crash.emplace();
  found.crash->category = CrashCategory::kSysrq;
  CrashRecord drilled = changes[0], other = changes[0];
  TakeInspection(found, drilled);
  EXPECT_FALSE(drilled.counted);
  found.crash->category = CrashCategory::kHungTask;
  TakeInspection(found, other);
  EXPECT_TRUE(other.counted) << "a crash that came before the drill's";
  const std::vector<CrashRecord> known{drilled};
  std::vector<Dump> grown = dumps;
  grown[0].mark.bytes += 1000;
  const auto again = PlanRecords({.records = known,
                                  .dumps = grown,
                                  .whole = true,
                                  .machine_id = "machine",
                                  .now = kNow + 60,
                                  .boots = boots});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_FALSE(IsUnacknowledged(again[0])) << "it is still the drill's";
  boots[0].drill = "";
  EXPECT_TRUE(IsUnacknowledged(PlanRecords(input)[0]));
}

}  // namespace
}  // namespace kdumpd
