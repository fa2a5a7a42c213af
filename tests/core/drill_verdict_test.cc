// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "daemon/core/drill.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kAt = 1'795'000'000;  // when the crash was asked for
const std::string kBoot = "6f3c1a524a1e4c559a6e3f2b8e1d7c90";
const std::string kNext = "00000000000000000000000000000001";

// A drill whose dump is whole, on a node that is armed again.
struct Case {
  DrillIntent intent{.id = "0123456789abcdef",
                     .node = "node-1",
                     .boot_id = kBoot,
                     .requested_at = kAt - 6,
                     .crash_at = kAt,
                     .fingerprint = "f"};
  BootRecord boot;
  CrashRecord crash;
  DrillView view;

  Case() {
    boot.boot_id = kBoot;
    boot.outcome = BootOutcome::kCaptured;
    boot.drill = intent.id;
    boot.decided_at = kAt + 200;
    crash.id = "20261118t110640z-0123456789abcdef";
    crash.crash_time = kAt + 1;
    crash.dated = true;
    crash.sealed_at = kAt + 190;
    crash.mark.mtime = kAt + 41;
    crash.state = DumpState::kComplete;
    crash.inspection = InspectionState::kDone;
    crash.category = CrashCategory::kSysrq;
    crash.title = "sysrq triggered crash";
    view = {.boot_id = kNext,
            .now = kAt + 300,
            .boot = &boot,
            .crash = &crash,
            .dump_written_at = kAt + 41,
            .armed_since = kAt + 180};
  }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  void Ended(BootOutcome outcome) {
    boot.outcome = outcome;
    view.crash = nullptr;
  }
};

// One change to it, and the verdict: "" while it is open.
struct Row {
  std::string_view what;
  std::function<void(Case&)> change;
  std::string_view result;
  std::string_view reason;
};

std::vector<Row> BootRows() {
  using enum BootOutcome;
  return {
      {"nothing", [](Case&) {}, "passed", "captured"},
      {"the same boot", [](Case& c) { c.view.boot_id = kBoot; }, "", ""},
      {"the same boot, 10 minutes later",
       [](Case& c) { c.view.boot_id = kBoot, c.view.now = kAt + 600; }, "failed", "did_not_crash"},
      {"the same boot, one second less",
       [](Case& c) { c.view.boot_id = kBoot, c.view.now = kAt + 599; }, "", ""},
      {"which boot this is cannot be read", [](Case& c) { c.view.boot_id = ""; }, "", ""},
      {"the boot is not decided", [](Case& c) { c.view.boot = nullptr; }, "", ""},
      {"the boot is not decided, and nothing is left to decide",
       [](Case& c) { c.view.boot = nullptr, c.view.all_decided = true; }, "unverified",
       "boot_unknown"},
      {"what ended the boot later was none of it", [](Case& c) { c.boot.drill.clear(); }, "failed",
       "did_not_crash"},
      {"rebooted in order", [](Case& c) { c.Ended(kClean); }, "failed", "did_not_crash"},
      {"missed", [](Case& c) { c.Ended(kMissed); }, "failed", "not_captured"},
      {"power loss", [](Case& c) { c.Ended(kPowerLoss); }, "failed", "not_captured"},
      {"unknown", [](Case& c) { c.Ended(kUnknown); }, "failed", "not_captured"},
      {"remote", [](Case& c) { c.Ended(kUnverified); }, "unverified", "target_not_visible"},
      {"partial, without a record", [](Case& c) { c.Ended(kPartial); }, "failed", "partial"},
      {"captured, and its record is to come", [](Case& c) { c.Ended(kCaptured); }, "", ""},
      {"captured, and no record comes",
       [](Case& c) { c.Ended(kCaptured), c.view.now = kAt + 200 + kRearmSeconds; }, "unverified",
       "no_record"},
      {"a dump that is there after all", [](Case& c) { c.boot.outcome = kUnverified; }, "passed",
       "captured"},
      {"rebooted in order, beside a dump", [](Case& c) { c.boot.outcome = kClean; }, "failed",
       "did_not_crash"},
      {"given up before the crash: the node went down by itself",
       [](Case& c) { c.intent.crash_at = 0; }, "cancelled", "abandoned"},
      {"given up before the crash, just now",
       [](Case& c) { c.intent.crash_at = 0, c.view.boot_id = kBoot; }, "", ""},
      {"given up before the crash, a while ago",
       [](Case& c) { c.intent.crash_at = 0, c.view.boot_id = kBoot, c.view.now = kAt + 600; },
       "cancelled", "abandoned"},
  };
}

std::vector<Row> DumpRows() {
  return {
      {"not inspected yet", [](Case& c) { c.crash.inspection = InspectionState::kPending; }, "",
       ""},
      {"an attempt has failed", [](Case& c) { c.crash.inspection = InspectionState::kFailed; }, "",
       ""},
      {"inspection given up, without a log",
       [](Case& c) {
         c.crash.inspection = InspectionState::kGaveUp;
         c.crash.category = CrashCategory::kUnknown;
         c.crash.title = "";
         c.crash.state = DumpState::kUnknown;
       },
       "unverified", "dump_unknown"},
      {"truncated", [](Case& c) { c.crash.state = DumpState::kTruncated; }, "failed", "partial"},
      {"damaged", [](Case& c) { c.crash.state = DumpState::kDamaged; }, "failed", "partial"},
      {"a log alone", [](Case& c) { c.crash.state = DumpState::kLogOnly; }, "failed", "partial"},
      {"nobody can tell whether it is whole", [](Case& c) { c.crash.state = DumpState::kUnknown; },
       "unverified", "dump_unknown"},
      {"not armed again so far", [](Case& c) { c.view.armed_since = 0; }, "", ""},
      {"not armed again",
       [](Case& c) { c.view.armed_since = 0, c.view.now = kAt + 200 + kRearmSeconds; }, "failed",
       "not_armed_again"},
      {"armed late, before anybody asked",
       [](Case& c) { c.view.armed_since = kAt + 5000, c.view.now = kAt + 6000; }, "passed",
       "captured"},
      {"an earlier crash", [](Case& c) { c.crash.crash_time = kAt - 6; }, "failed",
       "another_crash"},
      {"a little early: the clocks", [](Case& c) { c.crash.crash_time = kAt - 5; }, "passed",
       "captured"},
      {"late, and within reason", [](Case& c) { c.crash.crash_time = kAt + 300; }, "passed",
       "captured"},
      {"too late", [](Case& c) { c.crash.crash_time = kAt + 301; }, "failed", "another_crash"},
      {"of another cause", [](Case& c) { c.crash.category = CrashCategory::kNullDereference; },
       "failed", "another_crash"},
      {"of a cause that nobody knows, by its log",
       [](Case& c) { c.crash.category = CrashCategory::kUnknown; }, "failed", "another_crash"},
      {"without a log",
       [](Case& c) { c.crash.category = CrashCategory::kUnknown, c.crash.title = ""; }, "passed",
       "captured"},
      {"undated: a stamp in another time zone",
       [](Case& c) { c.crash.dated = false, c.crash.crash_time = kAt - 7200; }, "passed",
       "captured"},
      {"undated: it was there before",
       [](Case& c) {
         c.crash.dated = false;
         c.crash.sealed_at = c.crash.mark.mtime = kAt - 1;
       },
       "failed", "another_crash"},
  };
}

TEST(DrillVerdict, ForEachEnd) {
  for (const auto& rows : {BootRows(), DumpRows()}) {
    for (const Row& row : rows) {
      Case changed;
      row.change(changed);
      const auto verdict = JudgeDrill(changed.intent, changed.view);
      EXPECT_EQ(verdict ? Name(verdict->result) : "", row.result) << row.what;
      EXPECT_EQ(verdict ? verdict->reason : "", row.reason) << row.what;
      if (!verdict) continue;
      EXPECT_FALSE(verdict->message.empty()) << row.what;
      EXPECT_EQ(verdict->intent, changed.intent) << row.what;
      EXPECT_EQ(verdict->judged_at, changed.view.now) << row.what;
    }
  }
}

TEST(DrillVerdict, MeasuresFromTheCrash) {
  const Case good;
  const auto verdict = JudgeDrill(good.intent, good.view);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->crash_id, good.crash.id);
  EXPECT_EQ(verdict->crash_time, kAt + 1);
  EXPECT_EQ(verdict->dump_seconds, 40);
  EXPECT_EQ(verdict->back_seconds, 179);
  EXPECT_EQ(verdict->message,
            "the dump is whole, written 40 s after the crash, armed again 2 min after the crash");
}

TEST(DrillVerdict, WhatIsNotWholeWasNeverWritten) {
  Case log_only;
  log_only.boot.outcome = BootOutcome::kPartial;
  log_only.crash.state = DumpState::kLogOnly;
  const auto verdict = JudgeDrill(log_only.intent, log_only.view);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->reason, "partial");
  EXPECT_EQ(verdict->dump_seconds, 0);
}

TEST(DrillVerdict, WithoutADateFromWhenItWasAskedFor) {
  Case undated;
  undated.crash.dated = false;
  undated.crash.crash_time = kAt - 3600;
  EXPECT_EQ(JudgeDrill(undated.intent, undated.view)->crash_time, kAt);
  EXPECT_EQ(JudgeDrill(undated.intent, undated.view)->dump_seconds, 41);
}

// A clock of the capture kernel that was wrong is no measurement.
TEST(DrillVerdict, NoTimesThatCannotBe) {
  for (const std::int64_t written : {std::int64_t{0}, kAt - 100, kAt + 90'000'000}) {
    Case odd;
    odd.view.dump_written_at = written;
    const auto verdict = JudgeDrill(odd.intent, odd.view);
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->dump_seconds, 0) << written;
    EXPECT_EQ(verdict->result, DrillResult::kPassed);
    EXPECT_EQ(verdict->message, "the dump is whole, armed again 2 min after the crash");
  }
}

TEST(DrillVerdict, SaysWhyItWasNotCaptured) {
  Case full;
  full.Ended(BootOutcome::kMissed);
  full.boot.cause = "no_space";
  EXPECT_EQ(JudgeDrill(full.intent, full.view)->message,
            "the node crashed, and no dump was kept: no_space");
  full.Ended(BootOutcome::kPartial);
  EXPECT_EQ(JudgeDrill(full.intent, full.view)->message,
            "the node crashed, and the dump is not whole: no_space");
  full.boot.cause = "";
  full.view.crash = &full.crash;
  full.crash.state = DumpState::kIncomplete;
  full.crash.reason = "incomplete_flag";
  EXPECT_EQ(JudgeDrill(full.intent, full.view)->message,
            "the node crashed, and the dump is not whole: it is incomplete: incomplete_flag");
}

TEST(DrillVerdict, OnlyAnInspectedCrashHasACause) {
  Case fresh;
  fresh.crash.inspection = InspectionState::kPending;
  fresh.crash.category = CrashCategory::kUnknown;
  EXPECT_TRUE(IsCrashOf(fresh.intent, fresh.crash)) << "by its time";
  fresh.intent.crash_at = 0;
  EXPECT_FALSE(IsCrashOf(fresh.intent, fresh.crash)) << "no crash was asked for";
}

TEST(DrillResult, Names) {
  EXPECT_EQ(Name(DrillResult::kPassed), "passed");
  EXPECT_EQ(Name(DrillResult::kCancelled), "cancelled");
  EXPECT_EQ(Name(static_cast<DrillResult>(99)), "cancelled");
}

}  // namespace
}  // namespace kdumpd
