// SPDX-License-Identifier: Apache-2.0
// Crashes that left no dump, and captures that failed.
#include <gtest/gtest.h>

#include <memory>

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"
#include "daemon/render/crashes_text.h"
#include "tests/render/sample_boots.h"

namespace kdumpd {
namespace {

State Node(const std::vector<Dump>& dumps, const std::vector<CrashRecord>& records) {
  State state = BootsState();
  state.facts.dumps = Fact<std::vector<Dump>>::Known(dumps, "/var/crash");
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(records);
  return state;
}

// The line of the only crash, its blanks as one.
std::string LineOf(const CrashRecord& record) {
  const std::string text = CrashesText(Node({}, {record}), false);
  std::string line;
  for (const std::string_view word : Words(Lines(text).back())) {
    line += Cat(line.empty() ? "" : " ", word);
  }
  return line;
}

TEST(MissedCrashText, ALineForEach) {
  const std::string began = "2026-11-22T06:58:23Z ", id = " " + MissedCrash().id;
  const std::string_view clipped =
      "it panicked while kdump was armed, and the capture kernel did not take over";
  CrashRecord record = MissedCrash();
  EXPECT_EQ(LineOf(record), Cat(began, "missed NEW unknown ", clipped, id));
  record.acknowledged_at = record.sealed_at;
  EXPECT_EQ(LineOf(record), Cat(began, "missed acknowledged unknown ", clipped, id));
  record.counted.reset();
  EXPECT_EQ(LineOf(record), Cat(began, "unverified acknowledged unknown ", clipped, id));
  record.title.clear();
  EXPECT_EQ(LineOf(record),
            Cat(began, "unverified acknowledged unknown it left no dump: hop_failed", id));
  record.drill = "0123456789abcdef";
  EXPECT_EQ(LineOf(record), Cat(began, "unverified drill unknown it left no dump: hop_failed", id));
}

TEST(MissedCrashText, ShowTellsHowItIsKnown) {
  const CrashRecord record = MissedCrash();
  State state = Node({}, {record});
  const CaptureFailureRule& rule = *CaptureFailureOf("hop_failed");
  const std::string head = Cat(record.title, "\n  id          ", record.id,
                               "\n  ack         not yet: kdumpd crashes ack ", record.id,
                               "\n  when        2026-11-22T06:58:23Z or later");
  const std::string cause = Cat("  cause       hop_failed: ", rule.meaning,
                                "\n  proof       a panic record of an armed kernel"
                                "\n  remedy      ",
                                rule.remedy, '\n');
  const Crash crash{nullptr, &record};
  EXPECT_EQ(
      CrashText(state, crash, nullptr, false),
      Cat(head, ", before 2026-11-22T07:00:00Z",
          "\n  capture     missed (hop_failed), confidence high\n  boot        ", record.ended_boot,
          "\n  evidence    heartbeat: it was armed 2 min before the next boot; nothing "
          "announced the end"
          "\n              dumps: none of that time in /var/crash\n",
          cause));
  // The ledger of boots is shorter than that of crashes.
  state.boots = nullptr;
  EXPECT_EQ(CrashText(state, crash, nullptr, false),
            Cat(head, "\n  capture     missed (hop_failed)\n  boot        ", record.ended_boot,
                '\n', cause));
}

TEST(MissedCrashText, ShowTellsWhyACaptureFailed) {
  CrashRecord record = MissedCrash();
  record.directory = "d";
  record.vmcore = "vmcore-incomplete";
  record.state = DumpState::kIncomplete;
  record.cause = "no_space";
  record.cause_line = "cp: \x1b[2J No space left on device";
  record.drill = "0123456789abcdef";
  Dump dump;
  dump.directory = record.directory;
  dump.vmcore = record.vmcore;
  const std::string text = CrashText(Node({dump}, {record}), {&dump, &record}, nullptr, false);
  EXPECT_NE(text.find("\n  path        /var/crash/d/vmcore-incomplete, "), std::string::npos)
      << text;
  EXPECT_NE(text.find(Cat("\n  cause       no_space: ", CaptureFailureOf("no_space")->meaning,
                          "\n  proof       cp: \\x1b[2J No space left on device\n  remedy ")),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  drill       0123456789abcdef\n"), std::string::npos) << text;
}

// A log that lies in the crash directory itself is in the same place as no dump at all.
TEST(MissedCrashText, ALogBelongsToItsOwnRecord) {
  const CrashRecord missed = MissedCrash();
  CrashRecord log = missed;
  log.id.back() = '0';
  log.log = "dmesg.txt";
  log.state = DumpState::kLogOnly;
  log.crash_time -= 100;
  Dump dump;
  dump.log = log.log;
  dump.crash_time = log.crash_time;
  dump.state = log.state;
  const std::string text = CrashesText(Node({dump}, {missed, log}), false);
  const auto lines = Lines(text);
  ASSERT_EQ(lines.size(), 3U) << text;
  EXPECT_TRUE(lines[1].ends_with(missed.id) && lines[1].contains("  missed  ")) << text;
  EXPECT_TRUE(lines[2].ends_with(log.id) && lines[2].contains("  log_only  ")) << text;
}

}  // namespace
}  // namespace kdumpd
