// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/render/render.h"
#include "tests/render/sample_state.h"

namespace kdumpd {
namespace {

constexpr const char* kGolden =
    R"(NOT READY  node7: no capture kernel is loaded (crash_kernel_loaded)
armed: no, after the next start: yes, seen 2026-11-22T07:15:03Z

  FAIL     crash_kernel_loaded           no capture kernel is loaded
           /sys/kernel/kexec_crash_loaded = 0
           kdump.service = ActiveState=active/exited
           fix: systemctl restart kdump; journalctl -b -u kdump

  UNKNOWN  service_unit                  systemd did not answer

Ignored by policy, more with --explain:
  WARN     panic_timeout                 kernel.panic is 0

memory 32 GiB, reserved 256 MiB, recommended 192 MiB, needed at least 160 MiB, target free 80 GiB
dump size: 1 GiB (95 %: below 3 GiB), learned from 2 dumps on this node
dump time: 48 s (95 %: below 3 min), boot and waits 35 to 120 s, then lzo to a disk

Dumps in /var/crash: 2
  2026-11-21T01:02:03Z    1.5 GiB  127.0.0.1-2026-11-21-01:02:03/vmcore  truncated: end_marker_missing
  2026-11-20T01:02:03Z    1.5 GiB  127.0.0.1-2026-11-20-01:02:03/vmcore  complete, historic

1 check passes, 1 does not apply
)";

TEST(ReadinessText, VerdictFirstThenProblemsNumbersAndDumps) {
  EXPECT_EQ(ReadinessText(SampleState(), {}), kGolden);
}

TEST(ReadinessText, AllAddsWhatIsInOrder) {
  EXPECT_EQ(ReadinessText(SampleState(), {.all = true}),
            std::string(kGolden) +
                "  pass     crash_reservation             256 MiB reserved\n"
                "  n/a      target_free_space             the target is remote\n");
}

TEST(ReadinessText, ColourIsAllThatColourAdds) {
  std::string text = ReadinessText(SampleState(), {.colour = true, .all = true});
  EXPECT_TRUE(text.starts_with("\033[1;31mNOT READY\033[0m  node7"));
  for (auto at = text.find('\033'); at != std::string::npos; at = text.find('\033')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, ReadinessText(SampleState(), {.all = true}));
}

TEST(ReadinessText, AReadyNodeIsShort) {
  State state;
  state.now = 1'795'331'703;
  state.readiness.verdict = Verdict::kReady;
  state.readiness.message = "a panic now would be captured";
  state.readiness.armed = state.readiness.configured = true;
  state.readiness.findings = {SampleFinding("crash_reservation", Status::kPass, "256 MiB")};
  state.facts.dumps = Fact<std::vector<Dump>>::Known({}, "/var/crash");
  EXPECT_EQ(ReadinessText(state, {}),
            "READY  this node: a panic now would be captured\n"
            "armed: yes, after the next start: yes, seen 2026-11-22T07:15:03Z\n"
            "\nDumps in /var/crash: none\n\n1 check passes\n");
}

TEST(ReadinessText, NotKnownIsSaid) {
  const std::string text = ReadinessText(State{}, {});
  EXPECT_TRUE(text.starts_with("UNKNOWN  this node: ")) << text;
  EXPECT_NE(text.find("armed: not known, after the next start: not known"), std::string::npos);
}

TEST(ReadinessText, NothingHostileReachesTheTerminal) {
  const State state = HostileState();
  for (const std::string& text :
       {ReadinessText(state, {.all = true}), ExplainText(state, "crash_kernel_loaded")}) {
    EXPECT_NE(text, "");
    EXPECT_EQ(text.find('\033'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
}

TEST(ReadinessText, ARemedyOfSeveralLinesStaysInItsColumn) {
  State state = SampleState();
  state.readiness.findings[2].remedy = "first\nthen this\n";
  EXPECT_NE(ReadinessText(state, {}).find("           fix: first\n                then this\n"),
            std::string::npos);
}

TEST(ExplainText, OneCheckInFull) {
  EXPECT_EQ(ExplainText(SampleState(), "crash_kernel_loaded"),
            R"(crash_kernel_loaded: FAIL, no capture kernel is loaded
reason: a_code; counts for: armed; policy: require

What was read
  /sys/kernel/kexec_crash_loaded = 0
  kdump.service = ActiveState=active/exited

Why it matters
  It matters.

How to fix it
  systemctl restart kdump; journalctl -b -u kdump

Where the rule comes from
  kernel/panic.c

More: docs/checks.md#crash_kernel_loaded
)");
}

TEST(ExplainText, NothingForAnUnknownId) {
  for (const char* id : {"", "crash_kernel", "crash_kernel_loaded ", "CRASH_KERNEL_LOADED"}) {
    EXPECT_EQ(ExplainText(SampleState(), id), "") << id;
  }
}

}  // namespace
}  // namespace kdumpd
