// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_ledger.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/ended_node.h"

namespace kdumpd {
namespace {

using enum WtmpRecord::Kind;

struct Row {
  const char* name;
  std::function<void(Left&)> change;
  const char* told;
};

TEST(BootVerdict, TheWayABootEndedFollowsFromWhatIsLeft) {
  const Row rows[] = {
      {"nothing", [](Left&) {}, "power_loss no_trace medium"},
      {"an orderly end", [](Left& l) { l.Orderly(); }, "clean shutdown high"},
      {"and nothing has settled", [](Left& l) { l.Orderly(), l.settled = false; },
       "clean shutdown high"},
      {"an orderly end, and a listing that is not whole yet",
       [](Left& l) { l.Orderly(), l.facts.dumps_partial = true, l.settled = false; }, "waiting"},
      {"an orderly end, and a dump that settles",
       [](Left& l) {
         l.Orderly();
         l.Historic(kCrash);
         l.facts.dumps.value()[0].state = DumpState::kWriting;
         l.settled = false;
       },
       "waiting"},
      {"a whole dump", [](Left& l) { l.Dumped(); }, "captured dump_complete high"},
      {"not inspected yet", [](Left& l) { l.Dumped().inspection = InspectionState::kPending; },
       "waiting"},
      {"not inspected, and gone",
       [](Left& l) {
         CrashRecord& record = l.Dumped(DumpState::kUnknown, "gone");
         record.gone_at = kTestNow;
         record.inspection = InspectionState::kPending;
       },
       "unverified dump_not_judged medium"},
      {"a dump that nobody can judge", [](Left& l) { l.Dumped(DumpState::kUnknown, "unreadable"); },
       "unverified dump_not_judged medium"},
      {"a dump cut off", [](Left& l) { l.Dumped(DumpState::kTruncated, "segments_cut"); },
       "partial capture_failed high"},
      {"the target was full", [](Left& l) { l.Dumped(DumpState::kIncomplete, "incomplete_flag"); },
       "partial capture_failed high [no_space]"},
      {"the target was too small, and noted as such",
       [](Left& l) {
         l.Dumped(DumpState::kIncomplete, "incomplete_flag");
         l.CaptureRan();
         l.beat().armed = false;
       },
       "partial capture_failed high [no_space]"},
      {"the log alone", [](Left& l) { l.Dumped(DumpState::kLogOnly, "kernel_log"); },
       "partial capture_failed high [interrupted]"},
      {"an unfinished name", [](Left& l) { l.Dumped(DumpState::kIncomplete, "unfinished_name"); },
       "partial capture_failed high [interrupted]"},
      {"reset while it was written",
       [](Left& l) { l.Dumped(DumpState::kIncomplete, "unfinished_name"), l.Reset(); },
       "partial reset_during_capture high [watchdog]"},
      {"a crash while it went down", [](Left& l) { l.Orderly(), l.Dumped(); },
       "captured dump_complete high"},
      // Another crash's dump.
      {"a dump from before that boot", [](Left& l) { l.Dumped().crash_time = kBegan - 6; },
       "power_loss no_trace medium"},
      {"as early as the boot", [](Left& l) { l.Dumped().crash_time = kBegan - 5; },
       "captured dump_complete high"},
      {"as late as the next", [](Left& l) { l.Dumped().crash_time = kBack + 60; },
       "captured dump_complete high"},
      {"a dump from after it", [](Left& l) { l.Dumped().crash_time = kBack + 61; },
       "power_loss no_trace medium"},
      {"a dump seen in that boot", [](Left& l) { l.Dumped().seen_boot = kOld; },
       "power_loss no_trace medium"},
      {"a dump seen in a boot that is decided",
       [](Left& l) {
         l.Dumped().seen_boot = std::string(32, 'b');
         l.decided.push_back({.boot_id = std::string(32, 'b')});
       },
       "power_loss no_trace medium"},
      {"a dump of another boot", [](Left& l) { l.Dumped().ended_boot = std::string(32, 'b'); },
       "power_loss no_trace medium"},
      {"on record since an older version", [](Left& l) { l.Dumped().seen_boot = ""; },
       "captured dump_complete high"},
      {"a stamp in another time zone",
       [](Left& l) {
         CrashRecord& record = l.Dumped();
         record.dated = false;
         record.crash_time = kCrash - kBegan > 0 ? kBegan - 13 * 3600 : 0;
       },
       "captured dump_complete high"},
      {"a stamp of another day",
       [](Left& l) {
         CrashRecord& record = l.Dumped();
         record.dated = false;
         record.crash_time = kBegan - 15 * 3600;
       },
       "power_loss no_trace medium"},
      {"an old stamp on a file of that time",
       [](Left& l) {
         CrashRecord& record = l.Dumped();
         record.dated = false;
         record.crash_time = kBegan - 86'400;
         record.mark.mtime = kCrash;
       },
       "captured dump_complete high"},
      // Clocks.
      {"a clock that was never set", [](Left& l) { l.Dumped().crash_time = 4711; },
       "captured dump_complete high"},
      {"a clock that went back",
       [](Left& l) {
         l.Dumped().crash_time = kBack + 86'400;
         l.beat().beat_at = kBack + 86'000;
       },
       "captured dump_complete high"},
      {"a clock that went back, and a panic",
       [](Left& l) {
         l.beat().beat_at = kBack + 86'000;
         l.Panicked(kBack + 86'020);
       },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"a clock that went back, and a panic that was there before",
       [](Left& l) {
         l.beat().beat_at = kBack + 86'000;
         l.Panicked(kBack + 86'020);
         l.beat().pstore = {KeyOf(l.facts.pstore.value()[0])};
       },
       "power_loss no_trace medium"},
      {"a clock that is right and a dump of last year",
       [](Left& l) { l.Dumped().crash_time = kBegan - 31'536'000; }, "power_loss no_trace medium"},
      // Panics that left no dump.
      {"a panic, armed", [](Left& l) { l.Panicked(); },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"a panic, archived since", [](Left& l) { l.Panicked(kTestNow - 90, true); },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"an archive of years ago", [](Left& l) { l.Panicked(kBegan - 86'400, true); },
       "power_loss no_trace medium"},
      {"a panic before that boot", [](Left& l) { l.Panicked(kBegan - 61); },
       "power_loss no_trace medium"},
      {"a panic that was there before",
       [](Left& l) {
         l.Panicked();
         l.beat().pstore = {KeyOf(l.facts.pstore.value()[0])};
       },
       "power_loss no_trace medium"},
      {"an oops alone", [](Left& l) { l.Panicked(), l.facts.pstore.value()[0].kind = "Oops"; },
       "power_loss no_trace medium"},
      {"a panic and nothing has settled", [](Left& l) { l.Panicked(), l.settled = false; },
       "waiting"},
      {"a panic with a whole dump", [](Left& l) { l.Panicked(), l.Dumped(); },
       "captured dump_complete high"},
      {"a panic, notifiers first", [](Left& l) { l.Panicked(), l.beat().post_notifiers = true; },
       "missed not_captured medium +1 missed"},
      {"a panic, not armed", [](Left& l) { l.Panicked(), l.beat().armed = false; },
       "missed not_armed high +1 missed"},
      {"a panic, not armed, and a capture that ran all the same",
       [](Left& l) { l.Panicked(), l.CaptureRan(), l.beat().armed = false; },
       "missed capture_failed high +1 missed"},
      {"a panic, armed or not", [](Left& l) { l.Panicked(), l.beat().armed = std::nullopt; },
       "missed not_captured medium +1 missed"},
      {"a panic in the journal",
       [](Left& l) { l.old().panic = "Kernel panic - not syncing: sysrq triggered crash"; },
       "missed not_captured medium +1 missed"},
      {"a panic while it went down", [](Left& l) { l.Orderly(), l.Panicked(); },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"a capture that left nothing", [](Left& l) { l.CaptureRan(); },
       "missed capture_failed high +1 missed"},
      {"and has panicked itself", [](Left& l) { l.CaptureRan(), l.Panicked(); },
       "missed capture_failed high +1 missed"},
      {"and was reset", [](Left& l) { l.CaptureRan(), l.Reset(); },
       "missed reset_during_capture medium [watchdog] +1 missed"},
      {"a hang", [](Left& l) { l.Reset(); }, "missed watchdog_reset medium [watchdog] +1 missed"},
      {"a watchdog's old mark after an orderly end", [](Left& l) { l.Orderly(), l.Reset(); },
       "clean shutdown high"},
      {"a watchdog that said so before", [](Left& l) { l.Reset(), l.beat().watchdog = true; },
       "unknown watchdog_unclear low"},
      {"and a panic", [](Left& l) { l.Reset(), l.beat().watchdog = true, l.Panicked(); },
       "missed hop_failed high [hop_failed] +1 missed"},
      // Not armed, and no trace.
      {"not armed", [](Left& l) { l.beat().armed = false; }, "unknown no_trace_unarmed low"},
      {"armed or not", [](Left& l) { l.beat().armed = std::nullopt; },
       "unknown no_trace_unwatched low"},
      // Dumps that this node does not see.
      {"ssh target", [](Left& l) { l.Remote(); }, "unverified no_trace_elsewhere low listed"},
      {"raw target", [](Left& l) { l.beat().sight = DumpSight::kRaw; },
       "unverified no_trace_elsewhere low listed"},
      {"not mounted any more",
       [](Left& l) { l.facts.dumps = Fact<std::vector<Dump>>::Unreadable("/dump", "not mounted"); },
       "unverified no_trace_elsewhere low listed"},
      {"a listing that is not whole", [](Left& l) { l.facts.dumps_partial = true; },
       "unverified no_trace_elsewhere low listed"},
      {"ssh target, orderly", [](Left& l) { l.Remote(), l.Orderly(); }, "clean shutdown high"},
      {"ssh target, not armed", [](Left& l) { l.Remote(), l.beat().armed = false; },
       "unknown no_trace_unarmed low"},
      {"ssh target, the hop failed", [](Left& l) { l.Remote(), l.Panicked(); },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"ssh target, notifiers first",
       [](Left& l) { l.Remote(), l.Panicked(), l.beat().post_notifiers = true; },
       "unverified elsewhere medium +1 unverified"},
      {"ssh target, the capture ran", [](Left& l) { l.Remote(), l.CaptureRan(); },
       "unverified elsewhere medium +1 unverified"},
      {"ssh target, the capture ran and has panicked itself",
       [](Left& l) { l.Remote(), l.CaptureRan(), l.Panicked(); },
       "unverified elsewhere medium +1 unverified"},
      {"a raw dump that was copied since",
       [](Left& l) { l.beat().sight = DumpSight::kRaw, l.Dumped(); },
       "captured dump_complete high"},
      // Who was there to tell.
      {"the pod had left, an orderly end",
       [](Left& l) { l.Orderly(), l.beat().stopping = false, l.beat().left = true; },
       "clean shutdown high"},
      {"the pod had left, nobody else knows",
       [](Left& l) {
         l.beat().left = true;
         l.wtmp = Fact<std::vector<WtmpRecord>>::Absent("/var/log/wtmp");
         l.journal.value().clear();
       },
       "unknown not_watched low"},
      {"the daemon was killed, an orderly end",
       [](Left& l) { l.Orderly(), l.beat().stopping = false; }, "clean shutdown medium"},
      {"wtmp alone knows of the end",
       [](Left& l) {
         l.Orderly();
         l.beat().stopping = false;
         l.beat().left = true;
         l.journal = {};
       },
       "clean shutdown medium"},
      {"wtmp that nobody writes any more",
       [](Left& l) {
         l.wtmp.value() = {
             {kBoot, kBegan - 900'000}, {kShutdown, kBegan - 800'000}, {kBoot, kBegan - 700'000}};
       },
       "power_loss no_trace medium"},
      {"a shutdown of the boot before, and that boot not recorded",
       [](Left& l) {
         l.wtmp.value() = {{kBoot, kBegan - 9000}, {kShutdown, kBegan - 30}, {kBoot, kBack}};
         l.Reset();
       },
       "missed watchdog_reset medium [watchdog] +1 missed"},
      {"a shutdown, and this boot not recorded",
       [](Left& l) { l.wtmp.value() = {{kBoot, kBegan}, {kShutdown, kBack - 60}}; },
       "clean shutdown medium"},
      // No history: nothing is counted.
      {"wiped, orderly", [](Left& l) { l.Orderly(), l.undecided.clear(); }, "clean shutdown high"},
      {"wiped, a panic", [](Left& l) { l.Panicked(), l.undecided.clear(); },
       "missed not_captured medium"},
      {"wiped, old dumps",
       [](Left& l) {
         l.undecided.clear();
         l.Historic(kBegan - 31'536'000);
       },
       "unknown no_trace_unwatched low"},
      {"wiped, a dump of that end",
       [](Left& l) {
         l.undecided.clear();
         l.Historic(kCrash);
       },
       "captured dump_complete high"},
      {"wiped, and nobody knows anything",
       [](Left& l) {
         l.undecided.clear();
         l.journal = {};
         l.wtmp = {};
       },
       "unknown not_watched low"},
      // Drills.
      {"a drill that left nothing", [](Left& l) { l.drill = {"d1", kOld, kCrash}; },
       "missed not_captured medium"},
      {"a drill that was captured", [](Left& l) { l.drill = {"d1", kOld, kCrash}, l.Dumped(); },
       "captured dump_complete high"},
      {"a drill that did not come so far", [](Left& l) { l.drill = {"d1", kOld, 0}; },
       "power_loss no_trace medium"},
      {"a drill whose crash did not come",
       [](Left& l) { l.drill = {"d1", kOld, kCrash}, l.Orderly(); }, "clean shutdown high"},
      {"a drill whose crash did not come, and a panic later",
       [](Left& l) { l.drill = {"d1", kOld, kCrash - 700}, l.Panicked(); },
       "missed hop_failed high [hop_failed] +1 missed"},
      {"a drill whose crash did not come, and a power cut later",
       [](Left& l) { l.drill = {"d1", kOld, kCrash - 700}; }, "power_loss no_trace medium"},
      {"another boot's drill", [](Left& l) { l.drill = {"d1", std::string(32, 'b'), kCrash}; },
       "power_loss no_trace medium"},
      // Nothing to decide.
      {"decided, and the heartbeat is lost since",
       [](Left& l) {
         l.undecided.clear();
         l.journal = {};
         l.decided.push_back({.boot_id = kOld, .ended_by = kBack + 1});
       },
       "no boot"},
      {"decided, and the heartbeat of another boot is lost",
       [](Left& l) {
         l.undecided.clear();
         l.journal = {};
         l.decided.push_back({.boot_id = kOld, .ended_by = kBegan});
       },
       "unknown no_trace_unwatched low"},
      {"decided", [](Left& l) { l.decided.push_back({.boot_id = kOld}); }, "no boot"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Left left;
    row.change(left);
    EXPECT_EQ(Told(left), row.told);
  }
}

TEST(BootVerdict, WhyACaptureFailedComesFromItsOwnLog) {
  Left left;
  left.Dumped(DumpState::kLogOnly, "no_vmcore");
  left.capture_log = "kdump.sh[412]: cp: error writing: No space left on device\n";
  EXPECT_EQ(Told(left), "partial capture_failed high [no_space]");
  Left journal;
  journal.CaptureRan("kdump-tools[300]: cp: error writing: No space left on device");
  EXPECT_EQ(Told(journal), "missed capture_failed high [no_space] +1 missed");
}

TEST(BootVerdict, OneCrashIsRecordedOnce) {
  Left left;
  left.Panicked();
  const BootEvidence evidence = left.Evidence();
  const auto boot = DecideBoot(EndedBoots(evidence).back(), evidence);
  const auto crash = CrashWithoutDump(*boot, left.records, "machine");
  ASSERT_TRUE(crash);
  EXPECT_TRUE(IsCrashId(crash->id)) << crash->id;
  EXPECT_FALSE(crash->has_dump());
  EXPECT_TRUE(IsInspectionOver(*crash));
  EXPECT_TRUE(IsUnacknowledged(*crash));
  EXPECT_EQ(crash->ended_boot, kOld);
  EXPECT_FALSE(CrashWithoutDump(*boot, std::vector{*crash}, "machine"));
  // Without the journal its time is another, and it is the same crash.
  left.journal = {};
  const BootEvidence less = left.Evidence();
  const auto again = DecideBoot(EndedBoots(less).back(), less);
  EXPECT_FALSE(CrashWithoutDump(*again, std::vector{*crash}, "machine"));
}

// The journal loses its last seconds; what the crash left knows better.
TEST(BootVerdict, TheLastSignIsThatOfTheCrash) {
  const auto last = [](const Left& left) {
    const BootEvidence evidence = left.Evidence();
    return DecideBoot(EndedBoots(evidence).back(), evidence)->last_sign;
  };
  EXPECT_EQ(last(Left()), kCrash - 1);
  Left panicked, archived, dumped;
  panicked.Panicked(kCrash + 3);
  EXPECT_EQ(last(panicked), kCrash + 3);
  archived.Panicked(kBack + 20, true);
  EXPECT_EQ(last(archived), kCrash - 1) << "that is when it was archived";
  dumped.Dumped().crash_time = kCrash + 2;
  EXPECT_EQ(last(dumped), kCrash + 2);
  dumped.records[0].dated = false;
  EXPECT_EQ(last(dumped), kCrash - 1);
}

TEST(BootVerdict, WhatTheKernelSaidAtItsPanicIsToldOfItsCrash) {
  Left left;
  left.Panicked();
  const BootEvidence evidence = left.Evidence();
  const EndedBoot ended = EndedBoots(evidence).back();
  EXPECT_EQ(PanicFilesOf(ended, evidence),
            std::vector<std::string>{"/sys/fs/pstore/dmesg-ramoops-0"});
  Inspection log;
  log.crash.emplace();
  log.crash->category = CrashCategory::kHungTask;
  log.crash->title = "hung task";
  log.crash->kernel_release = "6.1.0";
  log.crash->signature.hash = "v1-0123456789abcdef";
  const auto boot = DecideBoot(ended, evidence);
  const auto crash = CrashWithoutDump(*boot, left.records, "machine", &log);
  EXPECT_EQ(crash->title, "hung task");
  EXPECT_EQ(crash->counted, (CountedAs{CrashCategory::kHungTask, Capture::kMissed}));
  EXPECT_EQ(crash->signature, "v1-0123456789abcdef");
  log.crash.reset();
  const auto silent = CrashWithoutDump(*boot, left.records, "machine", &log);
  EXPECT_EQ(silent->title, boot->message);
  EXPECT_EQ(silent->counted, (CountedAs{CrashCategory::kUnknown, Capture::kMissed}));
}

TEST(BootVerdict, ADumpThatComesLateIsTheSameCrash) {
  Left left;
  left.Remote();
  const BootEvidence evidence = left.Evidence();
  const auto boot = DecideBoot(EndedBoots(evidence).back(), evidence);
  ASSERT_TRUE(boot);
  EXPECT_FALSE(ReviseBoot(*boot, left.records));
  CrashRecord& late = left.Dumped();
  late.sealed_at = boot->decided_at + 500;
  const auto revised = ReviseBoot(*boot, left.records);
  ASSERT_TRUE(revised);
  EXPECT_EQ(revised->outcome, BootOutcome::kCaptured);
  EXPECT_EQ(revised->crash_id, late.id);
  EXPECT_FALSE(ReviseBoot(*revised, left.records));
  late.crash_time = kBegan - 6;
  EXPECT_FALSE(ReviseBoot(*boot, left.records)) << "another crash's";
  late.ended_boot = kOld;
  EXPECT_TRUE(ReviseBoot(*boot, left.records));
  late.inspection = InspectionState::kPending;
  EXPECT_FALSE(ReviseBoot(*boot, left.records));
}

}  // namespace
}  // namespace kdumpd
