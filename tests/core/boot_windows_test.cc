// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_ledger.h"

#include <gtest/gtest.h>

#include "tests/support/ended_node.h"

namespace kdumpd {
namespace {

// Two boots since the daemon was last there: the first crashed, the second went down in order.
TEST(BootWindows, EveryBootSinceTheLastHeartbeatIsDecided) {
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
TEST(BootWindows, ABootThatPanickedBeforeTheFirstHeartbeatCounts) {
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
TEST(BootWindows, ADumpThatWasSeenInTheBootAfterBelongsToTheOneBefore) {
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
TEST(BootWindows, ABootThatTheJournalHasLostKeepsItsPlace) {
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
TEST(BootWindows, OnePanicEndsOneBoot) {
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
TEST(BootWindows, EachOfSeveralPanicsHasItsArchive) {
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
TEST(BootWindows, ADumpWithoutATimeBelongsToTheBootThatItFits) {
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

}  // namespace
}  // namespace kdumpd
