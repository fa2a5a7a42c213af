// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_ledger.h"

#include <gtest/gtest.h>

#include "tests/support/ended_node.h"

namespace kdumpd {
namespace {

TEST(BootBeat, AHeartbeatIsWrittenOnChangeAndNowAndThen) {
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

TEST(BootBeat, WhereDumpsGoDecidesWhoSeesThem) {
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
