// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_record.h"

#include <gtest/gtest.h>

#include <set>

namespace kdumpd {
namespace {

constexpr char kMachine[] = "0123456789abcdef0123456789abcdef";

Inspection Found(DumpState state, std::string reason,
                 CrashCategory category = CrashCategory::kSysrq) {
  Inspection inspection;
  inspection.wholeness.state = state;
  inspection.wholeness.reason = std::move(reason);
  inspection.kernel_release = "6.1.0-1-test";
  inspection.crash.emplace();
  inspection.crash->category = category;
  inspection.crash->title = "sysrq: Trigger a crash";
  inspection.crash->signature.hash = "00aa";
  return inspection;
}

CrashRecord Begun(DumpState state = DumpState::kComplete, std::uint32_t attempts = 1) {
  CrashRecord record;
  record.state = state;
  record.reason = "headers_checked";
  for (std::uint32_t i = 0; i < attempts; ++i) BeginInspection(record, 1000 + i);
  return record;
}

TEST(CrashId, IsTheTimeAndAHash) {
  const struct {
    const char* machine;
    const char* directory;
    std::int64_t time;
    const char* begins;
  } rows[] = {
      {kMachine, "127.0.0.1-2026-11-22-07:15:03", 1'795'331'703, "20261122t071503z-"},
      {kMachine, "127.0.0.1-2026-11-22-07:15:03", 1'795'331'704, "20261122t071504z-"},
      {kMachine, "host-2026-11-22-07:15:03", 1'795'331'703, "20261122t071503z-"},
      {"", "127.0.0.1-2026-11-22-07:15:03", 1'795'331'703, "20261122t071503z-"},
      {kMachine, "", 0, "19700101t000000z-"},
      {kMachine, "", -1, "19700101t000000z-"},
      {kMachine, "x\n\xff", 1, "19700101t000001z-"},
      {kMachine, "leap", 1'709'210'096, "20240229t123456z-"},
      {kMachine, "late", 253'402'300'799, "99991231t235959z-"},
      {kMachine, "later", INT64_MAX, "99991231t235959z-"},
      {kMachine, "earlier", INT64_MIN, "19700101t000000z-"},
  };
  std::set<std::string> ids;
  for (const auto& row : rows) {
    const std::string id = CrashId(row.machine, row.directory, row.time);
    EXPECT_TRUE(id.starts_with(row.begins)) << id;
    EXPECT_TRUE(IsCrashId(id)) << id;
    EXPECT_TRUE(ids.insert(id).second) << id << " is there twice";
    EXPECT_EQ(id, CrashId(row.machine, row.directory, row.time)) << "the same after all is lost";
  }
}

// A contract: the same dump keeps its id over versions of the daemon.
TEST(CrashId, NeverChanges) {
  EXPECT_EQ(CrashId(kMachine, "127.0.0.1-2026-11-22-07:15:03", 1'795'331'703),
            "20261122t071503z-d78e82e2584fe6b7");
}

TEST(CrashId, NothingElseHasItsShape) {
  for (const char* id :
       {"", "20261122t071503z-0123456789abcde", "20261122t071503z-0123456789abcdef0",
        "20261122t071503z-0123456789abcdeF", "20261122t071503z-0123456789abcdeg",
        "20261122T071503z-0123456789abcdef", "20261122t071503z_0123456789abcdef",
        "2026112at071503z-0123456789abcdef", "../../../../../../../../../etc/pa",
        "20261122t071503z-0123456789abcd\n"}) {
    EXPECT_FALSE(IsCrashId(id)) << id;
  }
  EXPECT_TRUE(IsCrashId("20261122t071503z-0123456789abcdef"));
}

TEST(CrashRecordTest, WhatAnAnswerMakesOfARecord) {
  const struct {
    const char* name;
    CrashRecord before;
    Inspection found;
    InspectionState inspection;
    DumpState state;
    const char* reason;
    const char* failure;
    std::optional<Capture> counted;
  } rows[] = {
      {"whole", Begun(), Found(DumpState::kComplete, "pages_sampled"), InspectionState::kDone,
       DumpState::kComplete, "pages_sampled", "", Capture::kCaptured},
      {"Debian: renamed as if whole", Begun(), Found(DumpState::kTruncated, "data_cut"),
       InspectionState::kDone, DumpState::kTruncated, "data_cut", "", Capture::kPartial},
      {"damaged", Begun(), Found(DumpState::kDamaged, "page_damaged"), InspectionState::kDone,
       DumpState::kDamaged, "page_damaged", "", Capture::kPartial},
      {"a log alone", Begun(DumpState::kLogOnly), Found(DumpState::kLogOnly, "no_vmcore"),
       InspectionState::kDone, DumpState::kLogOnly, "no_vmcore", "", Capture::kPartial},
      {"cannot be told", Begun(DumpState::kUnknown), Found(DumpState::kUnknown, "compressed"),
       InspectionState::kDone, DumpState::kUnknown, "compressed", "", Capture::kUnverified},
      {"killed once", Begun(), Found(DumpState::kUnknown, "inspector_signal"),
       InspectionState::kFailed, DumpState::kComplete, "headers_checked", "inspector_signal",
       std::nullopt},
      {"killed twice", Begun(DumpState::kComplete, 2),
       Found(DumpState::kUnknown, "inspector_memory"), InspectionState::kFailed,
       DumpState::kComplete, "headers_checked", "inspector_memory", std::nullopt},
      {"killed three times: headers alone make nothing whole", Begun(DumpState::kComplete, 3),
       Found(DumpState::kUnknown, "inspector_cpu"), InspectionState::kGaveUp, DumpState::kUnknown,
       "inspector_cpu", "inspector_cpu", Capture::kUnverified},
      {"killed three times, and cut for all to see", Begun(DumpState::kTruncated, 3),
       Found(DumpState::kUnknown, "inspector_cpu"), InspectionState::kGaveUp, DumpState::kTruncated,
       "headers_checked", "inspector_cpu", Capture::kPartial},
  };
  for (const auto& row : rows) {
    CrashRecord record = row.before;
    TakeInspection(row.found, record);
    EXPECT_EQ(record.inspection, row.inspection) << row.name;
    EXPECT_EQ(record.state, row.state) << row.name;
    EXPECT_EQ(record.reason, row.reason) << row.name;
    EXPECT_EQ(record.failure, row.failure) << row.name;
    EXPECT_EQ(record.counted.has_value(), row.counted.has_value()) << row.name;
    if (record.counted && row.counted) {
      EXPECT_EQ(record.counted->capture, *row.counted) << row.name;
    }
    EXPECT_EQ(record.category, CrashCategory::kSysrq) << row.name << ": the log beside it said so";
    EXPECT_EQ(record.title, "sysrq: Trigger a crash") << row.name;
    EXPECT_EQ(record.signature, "00aa") << row.name;
  }
}

TEST(CrashRecordTest, WholeBytesDoNotRefuteTheWriter) {
  for (const char* word :
       {"unfinished_name", "unfinished_copy", "readme_temporary", "readme_error"}) {
    CrashRecord record = Begun(DumpState::kIncomplete);
    record.reason = word;
    TakeInspection(Found(DumpState::kComplete, "pages_sampled"), record);
    EXPECT_EQ(record.state, DumpState::kIncomplete) << word;
    EXPECT_EQ(record.reason, word);
    EXPECT_EQ(record.counted->capture, Capture::kPartial) << word;
  }
  CrashRecord record = Begun(DumpState::kIncomplete);
  record.reason = "incomplete_flag";  // of the header: the inspection sees it too
  TakeInspection(Found(DumpState::kComplete, "pages_sampled"), record);
  EXPECT_EQ(record.state, DumpState::kComplete);
}

TEST(CrashRecordTest, ACrashIsCountedOnce) {
  CrashRecord record = Begun();
  TakeInspection(Found(DumpState::kComplete, "pages_sampled"), record);
  BeginInspection(record, 2000);  // somebody has changed the file
  Inspection later = Found(DumpState::kTruncated, "data_cut", CrashCategory::kSoftLockup);
  later.kernel_release.clear();
  TakeInspection(later, record);
  EXPECT_EQ(record.counted, (CountedAs{CrashCategory::kSysrq, Capture::kCaptured}));
  EXPECT_EQ(CaptureOf(record), Capture::kCaptured) << "whatever became of its dump since";
  EXPECT_EQ(record.category, CrashCategory::kSoftLockup);
  EXPECT_EQ(record.state, DumpState::kTruncated);
  EXPECT_EQ(record.kernel_release, "6.1.0-1-test") << "what was known stays";
}

TEST(CrashRecordTest, ALogWithoutACrashKeepsWhatIsKnown) {
  CrashRecord record = Begun();
  TakeInspection(Found(DumpState::kComplete, "pages_sampled"), record);
  Inspection log = Found(DumpState::kLogOnly, "no_vmcore");
  log.crash.reset();
  TakeInspection(log, record);
  EXPECT_EQ(record.category, CrashCategory::kSysrq);
  EXPECT_EQ(record.state, DumpState::kLogOnly);
}

TEST(CrashRecordTest, AnAttemptThatTookItsDaemonWithItHasFailed) {
  for (std::uint32_t attempts = 0; attempts <= kMaxAttempts + 1; ++attempts) {
    CrashRecord record = Begun(DumpState::kComplete, attempts);
    AfterRestart(record);
    const auto expected = attempts == 0             ? InspectionState::kPending
                          : attempts < kMaxAttempts ? InspectionState::kFailed
                                                    : InspectionState::kGaveUp;
    EXPECT_EQ(record.inspection, expected) << attempts;
    EXPECT_EQ(record.failure, attempts == 0 ? "" : "interrupted");
    EXPECT_EQ(record.counted.has_value(), attempts >= kMaxAttempts);
  }
  CrashRecord done = Begun();
  TakeInspection(Found(DumpState::kComplete, "pages_sampled"), done);
  const CrashRecord before = done;
  AfterRestart(done);
  EXPECT_EQ(done, before);
}

TEST(CrashRecordTest, TheLastIsTheLatestCrash) {
  EXPECT_EQ(LastCrash({}), nullptr);
  std::vector<CrashRecord> records(3);
  records[0].crash_time = 5;
  records[1].crash_time = 9;
  records[2].crash_time = 7;
  EXPECT_EQ(LastCrash(records), &records[1]);
  records[0].sealed_at = 30;
  records[1].sealed_at = 10;
  records[2].sealed_at = 20;
  EXPECT_EQ(BySealing(records),
            (std::vector<const CrashRecord*>{&records[1], &records[2], &records[0]}));
}

TEST(CrashRecordTest, EveryValueHasANameOfItsOwn) {
  std::set<std::string_view> inspections;
  for (int i = 0; i < kInspectionStates; ++i) {
    inspections.insert(Name(static_cast<InspectionState>(i)));
  }
  EXPECT_EQ(inspections, (std::set<std::string_view>{"pending", "done", "failed", "gave_up"}));
  std::set<std::string_view> captures;
  for (int i = 0; i < kCaptures; ++i) captures.insert(Name(static_cast<Capture>(i)));
  EXPECT_EQ(captures, (std::set<std::string_view>{"captured", "partial", "missed", "unverified"}));
}

}  // namespace
}  // namespace kdumpd
