// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/boots_text.h"

#include <gtest/gtest.h>

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"
#include "tests/render/sample_boots.h"

namespace kdumpd {
namespace {

TEST(BootsText, TheNewestInFullAndTheOthersInALine) {
  const CaptureFailureRule& rule = *CaptureFailureOf("hop_failed");
  EXPECT_EQ(
      BootsText(BootsState(), {}),
      Cat("node7: up since 2026-11-22T07:00:00Z, not armed\n"
          "2026-11-22T06:58:23Z  missed  it panicked while kdump was armed, and the capture kernel "
          "did not take over\n"
          "  confidence  high (hop_failed)\n"
          "  boot        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1, began 2026-11-21T20:58:23Z, last sign "
          "2026-11-22T06:58:23Z, the next began 2026-11-22T07:00:00Z\n"
          "  armed       yes\n"
          "  evidence    heartbeat: it was armed 2 min before the next boot; nothing announced the "
          "end\n"
          "              dumps: none of that time in /var/crash\n"
          "  cause       hop_failed: ",
          rule.meaning,
          "\n  proof       a panic record of an armed kernel\n"
          "  remedy      ",
          rule.remedy,
          "\n  crash       kdumpd crashes show 20261122t065823z-0123456789abcdef\n"
          "2026-11-21T17:21:43Z  captured  it crashed and its dump is whole (drill)  -\n"
          "2026-11-21T05:43:20Z  unknown   nothing tells how it ended                -\n"));
}

TEST(BootsText, AllInFull) {
  const std::string text = BootsText(BootsState(), {.colour = false, .all = true});
  for (const char* part : {"2026-11-21T17:21:43Z  captured  it crashed and its dump is whole "
                           "(drill)\n  confidence  high",
                           "\n  drill       0123456789abcdef\n",
                           "2026-11-21T05:43:20Z  unknown  nothing tells how it ended\n  "
                           "confidence  low (not_watched)\n"
                           "  boot        began at a time that is not known, last sign not known, "
                           "the next began 2026-",
                           "\n  armed       not known\n",
                           "\n  counted     no: it ended before this daemon watched\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(BootsText, SaysPlainlyWhatIsNotThere) {
  State state = BootsState();
  state.readiness.armed = true;
  state.boots_decided = false;
  std::string text = BootsText(state, {});
  EXPECT_TRUE(
      text.starts_with("node7: up since 2026-11-22T07:00:00Z, armed\n"
                       "how the boot before this one ended is not decided yet; before that:\n"
                       "2026-11-22T06:58:23Z  missed  "))
      << text;
  state.boots = std::make_shared<const std::vector<BootRecord>>();
  EXPECT_EQ(Lines(BootsText(state, {})).back(),
            "nothing is known so far of the boot before this one");
  EXPECT_EQ(BootsText(State{}, {}),
            "this node: up since a time that is not known, whether it is armed is not known\n"
            "nothing is on record of earlier boots: no daemon has watched this node\n");
  Drills drills = SampleDrills();
  drills.pending = drills.last->intent;
  state.drills = std::make_shared<const Drills>(drills);
  text = BootsText(state, {});
  EXPECT_NE(text.find("\ndrill 0123456789abcdef is pending, requested 2026-11-21T17:20:13Z\n"),
            std::string::npos)
      << text;
}

TEST(BootsText, ColoursOnATerminalOnly) {
  EXPECT_EQ(BootsText(BootsState(), {.colour = false, .all = true}).find('\x1b'),
            std::string::npos);
  const std::string text = BootsText(BootsState(), {.colour = true});
  EXPECT_NE(text.find("\x1b[1;31mmissed\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[32mcaptured\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[35munknown\x1b[0m"), std::string::npos);
}

TEST(BootsText, HostileTextIsShownAndNotObeyed) {
  const std::string text = BootsText(HostileBootsState(), {.colour = false, .all = true});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2J\\x0a\\xff"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
