// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_ledger.h"

#include <gtest/gtest.h>

#include <functional>

#include "daemon/core/text.h"
#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

using enum WtmpRecord::Kind;

constexpr std::int64_t kBegan = kTestNow - 200'000;  // of the boot that ended
constexpr std::int64_t kCrash = kTestNow - 400;      // if it crashed
constexpr std::int64_t kBack = kTestNow - 100;       // when this boot began
const std::string kOld(32, 'a');
const std::string kRunning = "6f3c1a524a1e4c559a6e3f2b8e1d7c90";  // of ReadyHost()

// A node that was armed, panicked, and came back: what is left of it.
struct Left {
  Facts facts = ReadyHost();
  std::vector<CrashRecord> records{};
  std::vector<Heartbeat> undecided{};
  std::vector<BootRecord> decided{};
  Fact<std::vector<WtmpRecord>> wtmp =
      Fact<std::vector<WtmpRecord>>::Known({{kBoot, kBegan}, {kBoot, kBack}}, "/var/log/wtmp");
  Fact<std::vector<JournalBoot>> journal{};
  std::optional<PendingDrill> drill{};
  std::string capture_log{};
  bool settled = true;

  Left() {
    facts.boot_time = Fact<std::int64_t>::Known(kBack, "/proc/stat");
    facts.dumps = Fact<std::vector<Dump>>::Known({}, "/var/crash");
    Heartbeat beat;
    beat.boot_id = kOld;
    beat.began = kBegan;
    beat.first_at = kBegan + 20;
    beat.beat_at = kCrash - 30;
    beat.armed = true;
    beat.sight = DumpSight::kHere;
    undecided.push_back(beat);
    journal = Fact<std::vector<JournalBoot>>::Known(
        {{.boot_id = kOld, .first = kBegan + 1, .last = kCrash - 1}}, "journal");
  }
  [[nodiscard]] BootEvidence Evidence() const {
    return {.facts = facts,
            .records = records,
            .undecided = undecided,
            .decided = decided,
            .wtmp = wtmp,
            .journal = journal,
            .drill = drill,
            .capture_log = capture_log,
            .settled = settled};
  }
  Heartbeat& beat() { return undecided.back(); }
  JournalBoot& old() { return journal.value().back(); }
  void Orderly() {
    wtmp.value() = {{kBoot, kBegan}, {kShutdown, kBack - 60}, {kBoot, kBack}};
    old().shutdown = true;
    beat().stopping = true;
  }
  CrashRecord& Dumped(DumpState state = DumpState::kComplete,
                      std::string reason = "pages_sampled") {
    CrashRecord record;
    record.id = "20261118t110000z-0123456789abcdef";
    record.directory = "127.0.0.1-2026-11-18-11:00:00";
    record.vmcore = "vmcore";
    record.crash_time = kCrash;
    record.dated = true;
    record.seen_boot = kRunning;
    record.state = state;
    record.reason = std::move(reason);
    record.inspection = InspectionState::kDone;
    records.push_back(record);
    return records.back();
  }
  void Historic(std::int64_t crash_time) {
    Dump dump;
    dump.directory = "202611181100";
    dump.vmcore = "dump.202611181100";
    dump.crash_time = crash_time;
    dump.dated = true;
    dump.state = DumpState::kComplete;
    dump.historic = true;
    facts.dumps.value().push_back(dump);
  }
  void Panicked(std::int64_t mtime = kCrash, bool archived = false) {
    facts.pstore.value().push_back(
        {archived ? "/var/lib/systemd/pstore/1/dmesg-ramoops-0" : "/sys/fs/pstore/dmesg-ramoops-0",
         "Panic", mtime, archived});
  }
  void CaptureRan(std::string text = "") {
    auto& boots = journal.value();
    boots.insert(boots.begin(), {.boot_id = std::string(32, 'c'),
                                 .first = kCrash + 5,
                                 .last = kCrash + 60,
                                 .capture_kernel = true,
                                 .text = std::move(text)});
  }
  void Reset() { facts.watchdogs.value()[0].bootstatus = 0x20; }
  void Remote() { beat().sight = DumpSight::kRemote; }
};

// "outcome reason confidence [cause] [+1 missed]"; "waiting" while nothing is decided.
std::string Told(const Left& left) {
  const BootEvidence evidence = left.Evidence();
  const auto boots = EndedBoots(evidence);
  if (boots.empty()) return "no boot";
  const auto decided = DecideBoot(boots.back(), evidence);
  if (!decided) return "waiting";
  std::string told =
      Cat(Name(decided->outcome), ' ', decided->reason, ' ', Name(decided->confidence));
  if (!decided->cause.empty()) told += Cat(" [", decided->cause, ']');
  if (const auto crash = CrashWithoutDump(*decided, left.records, "machine")) {
    told += crash->counted ? Cat(" +1 ", Name(crash->counted->capture)) : " listed";
  }
  EXPECT_FALSE(decided->message.empty());
  EXPECT_GE(decided->evidence.size(), 6U);
  return told;
}

struct Row {
  const char* name;
  std::function<void(Left&)> change;
  const char* told;
};

TEST(BootLedgerTest, TheWayABootEndedFollowsFromWhatIsLeft) {
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

TEST(BootLedgerTest, WhyACaptureFailedComesFromItsOwnLog) {
  Left left;
  left.Dumped(DumpState::kLogOnly, "no_vmcore");
  left.capture_log = "kdump.sh[412]: cp: error writing: No space left on device\n";
  EXPECT_EQ(Told(left), "partial capture_failed high [no_space]");
  Left journal;
  journal.CaptureRan("kdump-tools[300]: cp: error writing: No space left on device");
  EXPECT_EQ(Told(journal), "missed capture_failed high [no_space] +1 missed");
}

// Two boots since the daemon was last there: the first crashed, the second went down in order.
TEST(BootLedgerTest, EveryBootSinceTheLastHeartbeatIsDecided) {
  Left left;
  const std::string second(32, 'd');
  auto& boots = left.journal.value();
  left.CaptureRan();
  boots.insert(boots.begin(),
               {.boot_id = second, .first = kCrash + 100, .last = kBack - 30, .shutdown = true});
  boots.push_back({.boot_id = std::string(32, 'e'), .first = kBegan - 900, .last = kBegan - 60});
  left.Dumped();
  const BootEvidence evidence = left.Evidence();
  const auto ended = EndedBoots(evidence);
  ASSERT_EQ(ended.size(), 2U);  // not what came before the heartbeat, nor the capture kernel
  EXPECT_EQ(ended[0].boot_id, kOld);
  EXPECT_EQ(ended[0].ended_by, kCrash + 100);
  EXPECT_NE(ended[0].capture, nullptr);
  EXPECT_EQ(DecideBoot(ended[0], evidence)->outcome, BootOutcome::kCaptured);
  EXPECT_EQ(ended[1].boot_id, second);
  EXPECT_TRUE(ended[1].newest);
  const auto decided = DecideBoot(ended[1], evidence);
  EXPECT_EQ(decided->outcome, BootOutcome::kClean);
  EXPECT_FALSE(decided->historic) << "it came after the daemon's first look";
}

// It panicked before the daemon was up: nobody watched it, and it is a crash all the same.
TEST(BootLedgerTest, ABootThatPanickedBeforeTheFirstHeartbeatCounts) {
  Left left;
  auto& boots = left.journal.value();
  boots.front().shutdown = true;
  left.beat().stopping = true;
  boots.insert(boots.begin(),
               {.boot_id = std::string(32, 'd'), .first = kCrash - 20, .last = kCrash - 1});
  left.Panicked();
  EXPECT_EQ(Told(left), "missed not_captured medium +1 missed");
  left.facts.pstore.value().clear();
  left.facts.target.value().kind = TargetKind::kSsh;
  EXPECT_EQ(Told(left), "unverified no_trace_elsewhere low");
}

// The daemon was killed in the boot after the crash before it had decided; then that boot ended
// too.
TEST(BootLedgerTest, ADumpThatWasSeenInTheBootAfterBelongsToTheOneBefore) {
  Left left;
  Heartbeat second = left.beat();
  second.boot_id = std::string(32, 'd');
  second.began = kCrash + 60;
  second.beat_at = kCrash + 70;
  left.undecided.push_back(second);
  left.journal = {};
  left.Dumped().seen_boot = second.boot_id;
  const BootEvidence evidence = left.Evidence();
  const auto ended = EndedBoots(evidence);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(DecideBoot(ended[0], evidence)->outcome, BootOutcome::kCaptured);
  EXPECT_EQ(DecideBoot(ended[1], evidence)->outcome, BootOutcome::kPowerLoss);
}

// Of two boots since the last decision the journal has only the first: the second was too short.
TEST(BootLedgerTest, ABootThatTheJournalHasLostKeepsItsPlace) {
  Left left;
  Heartbeat second = left.beat();
  second.boot_id = std::string(32, 'd');
  second.began = kCrash + 60;
  second.first_at = kCrash + 80;
  second.beat_at = kCrash + 90;
  left.undecided.push_back(second);
  left.Dumped().crash_time = kCrash + 100;
  const BootEvidence evidence = left.Evidence();
  const auto ended = EndedBoots(evidence);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].boot_id, kOld);
  EXPECT_EQ(ended[0].ended_by, kCrash + 60);
  EXPECT_TRUE(ended[1].newest);
  EXPECT_EQ(DecideBoot(ended[0], evidence)->outcome, BootOutcome::kPowerLoss);
  EXPECT_EQ(DecideBoot(ended[1], evidence)->outcome, BootOutcome::kCaptured);
}

// A panic within a minute of its boot is of that boot alone, and one at the end of the boot before
// not of the next.
TEST(BootLedgerTest, OnePanicEndsOneBoot) {
  Left left;
  left.journal = {};
  left.Panicked(kCrash + 100);
  Heartbeat second = left.beat();
  second.boot_id = std::string(32, 'd');
  second.began = kCrash + 60;
  second.first_at = kCrash + 80;
  second.beat_at = kCrash + 90;
  left.undecided.push_back(second);
  const BootEvidence late = left.Evidence();
  EXPECT_EQ(DecideBoot(EndedBoots(late)[0], late)->reason, "no_trace");
  EXPECT_EQ(DecideBoot(EndedBoots(late)[1], late)->reason, "hop_failed");
  left.facts.pstore.value()[0].mtime = kCrash + 40;
  left.undecided.back().pstore = {KeyOf(left.facts.pstore.value()[0])};
  const BootEvidence early = left.Evidence();
  EXPECT_EQ(DecideBoot(EndedBoots(early)[0], early)->reason, "hop_failed");
  EXPECT_EQ(DecideBoot(EndedBoots(early)[1], early)->reason, "no_trace");
  // Nobody watched the second.
  left.undecided.pop_back();
  left.journal = Fact<std::vector<JournalBoot>>::Known(
      {{.boot_id = second.boot_id, .first = kCrash + 60, .last = kCrash + 90},
       {.boot_id = kOld, .first = kBegan + 1, .last = kCrash - 1}},
      "journal");
  const BootEvidence unwatched = left.Evidence();
  EXPECT_EQ(DecideBoot(EndedBoots(unwatched)[0], unwatched)->reason, "hop_failed");
  EXPECT_EQ(DecideBoot(EndedBoots(unwatched)[1], unwatched)->reason, "no_trace_unwatched");
}

// A loop that is faster than the daemon decides: each boot archives what the one before has left.
TEST(BootLedgerTest, EachOfSeveralPanicsHasItsArchive) {
  Left left;
  left.journal = {};
  left.Panicked(kCrash + 65, true);
  Heartbeat second = left.beat();
  second.boot_id = std::string(32, 'd');
  second.began = kCrash + 60;
  second.first_at = kCrash + 80;
  second.beat_at = kCrash + 90;
  second.pstore = {KeyOf(left.facts.pstore.value()[0])};
  left.undecided.push_back(second);
  const BootEvidence one = left.Evidence();
  EXPECT_EQ(DecideBoot(EndedBoots(one)[0], one)->reason, "hop_failed");
  EXPECT_EQ(DecideBoot(EndedBoots(one)[1], one)->reason, "no_trace");
  left.facts.pstore.value().push_back(
      {"/var/lib/systemd/pstore/2/dmesg-ramoops-0", "Panic", kBack + 5, true});
  const BootEvidence two = left.Evidence();
  EXPECT_EQ(PanicFilesOf(EndedBoots(two)[0], two).size(), 1U);
  EXPECT_EQ(DecideBoot(EndedBoots(two)[1], two)->reason, "hop_failed");
}

// A log without a vmcore has no time but its directory's, in any zone, and its file's.
TEST(BootLedgerTest, ADumpWithoutATimeBelongsToTheBootThatItFits) {
  Left left;
  left.journal = {};
  Heartbeat second = left.beat();
  second.boot_id = std::string(32, 'd');
  second.began = kCrash + 60;
  second.beat_at = kCrash + 90;
  left.undecided.push_back(second);
  CrashRecord& record = left.Dumped(DumpState::kLogOnly, "no_vmcore");
  record.dated = false;
  record.crash_time = kCrash + 100;
  record.mark.mtime = kCrash + 110;
  const BootEvidence evidence = left.Evidence();
  const auto ended = EndedBoots(evidence);
  EXPECT_EQ(DecideBoot(ended[0], evidence)->outcome, BootOutcome::kPowerLoss);
  EXPECT_EQ(DecideBoot(ended[1], evidence)->outcome, BootOutcome::kPartial);
}

TEST(BootLedgerTest, OneCrashIsRecordedOnce) {
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
TEST(BootLedgerTest, TheLastSignIsThatOfTheCrash) {
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

TEST(BootLedgerTest, WhatTheKernelSaidAtItsPanicIsToldOfItsCrash) {
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

TEST(BootLedgerTest, ADumpThatComesLateIsTheSameCrash) {
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

TEST(BootLedgerTest, AHeartbeatIsWrittenOnChangeAndNowAndThen) {
  Facts facts = ReadyHost();
  facts.boot_time = Fact<std::int64_t>::Known(kBack, "/proc/stat");
  const Heartbeat first = BeatOf(facts, true, std::nullopt);
  EXPECT_EQ(first.boot_id, kRunning);
  EXPECT_EQ(first.began, kBack);
  EXPECT_EQ(first.first_at, kTestNow);
  EXPECT_EQ(first.sight, DumpSight::kHere);
  EXPECT_TRUE(IsBeatDue(std::nullopt, first));
  facts.now += kBeatSeconds - 1;
  EXPECT_FALSE(IsBeatDue(first, BeatOf(facts, true, first)));
  EXPECT_TRUE(IsBeatDue(first, BeatOf(facts, false, first))) << "no longer armed";
  EXPECT_TRUE(IsBeatDue(first, BeatOf(facts, std::nullopt, first)));
  Heartbeat stopping = first;
  stopping.stopping = true;
  EXPECT_TRUE(IsBeatDue(first, stopping)) << "there may be no later moment";
  Heartbeat other = first;
  other.target = "ssh elsewhere";
  other.beat_at += kBeatPauseSeconds - 1;
  EXPECT_FALSE(IsBeatDue(first, other)) << "what flaps waits";
  other.beat_at += 1;
  EXPECT_TRUE(IsBeatDue(first, other));
  const Heartbeat unarmed = BeatOf(ReadyHost(), false, std::nullopt);
  EXPECT_FALSE(IsBeatDue(unarmed, BeatOf(ReadyHost(), true, unarmed))) << "and so does good news";
  Facts blind = ReadyHost();
  LockKnob(blind, Knob::kPostNotifiers);
  EXPECT_TRUE(BeatOf(blind, true, std::nullopt).post_notifiers);
  DropKnob(blind, Knob::kPostNotifiers);
  EXPECT_FALSE(BeatOf(blind, true, std::nullopt).post_notifiers);
  facts.now += 1;
  EXPECT_TRUE(IsBeatDue(first, BeatOf(facts, true, first)));
  facts.now = kTestNow - 10;
  EXPECT_TRUE(IsBeatDue(first, BeatOf(facts, true, first))) << "the clock went back";
  EXPECT_EQ(BeatOf(facts, true, first).first_at, kTestNow);
  facts.boot_time = Fact<std::int64_t>::Known(kBack - 7200, "/proc/stat");
  EXPECT_EQ(BeatOf(facts, true, first).began, kBack - 7200) << "the boot too, then";
  facts.boot_time = Fact<std::int64_t>::Known(kBack + 7200, "/proc/stat");
  EXPECT_EQ(BeatOf(facts, true, first).began, kBack);
}

TEST(BootLedgerTest, WhereDumpsGoDecidesWhoSeesThem) {
  Facts facts = ReadyHost();
  EXPECT_EQ(SightOf(facts), DumpSight::kHere);
  Target& target = facts.target.value();
  target.mount->fstype = "nfs4";
  EXPECT_EQ(SightOf(facts), DumpSight::kRemote);
  target.live_path = "";
  EXPECT_EQ(SightOf(facts), DumpSight::kUnmounted);
  target.kind = TargetKind::kRaw;
  EXPECT_EQ(SightOf(facts), DumpSight::kRaw);
  target.kind = TargetKind::kSsh;
  EXPECT_EQ(SightOf(facts), DumpSight::kRemote);
  facts.target = Fact<Target>::Unreadable("/etc/kdump.conf", "Permission denied");
  EXPECT_EQ(SightOf(facts), DumpSight::kUnknown);
}

}  // namespace
}  // namespace kdumpd
