// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_log_text.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

using namespace std::string_view_literals;

TEST(LooksLikeKernelLog, TextWhoseLinesCarryTheTimeSinceBoot) {
  constexpr std::string_view kLogs[] = {
      "[    0.000000] Linux version 6.1.0\n",
      "[    0.000000] Linux version 6.1.0",
      "<6>[    0.000000] Linux version 6.1.0\n",
      "<191>[    0.000000] from /dev/kmsg\n",
      "[    0.000000]",
      "[12345.678901] Kernel panic - not syncing: sysrq triggered crash\n",
      "[1234567890.678901] up for long\n",
      "[    1.000000][    T1] with the caller\n",
      "[    1.000000] a message\nof two lines\n",
      "\n\n[    1.000000] after blank lines\n\n\n",
      "[    1.000000] \xff\x1b[2J bytes of a device\r\n",
      "6,339,5140900,-;as /dev/kmsg gives it\n",
      "a console\nwithout times\nkernel BUG at mm/slub.c:1!\nCPU: 0 PID: 1 Comm: init Not tainted "
      "6.1\n",
      "Nov 22 07:15:03 node kernel: [    0.000000] syslog\n",
      "[Sun Nov 22 07:15:03 2026] dmesg -T\n",
  };
  for (const auto log : kLogs) EXPECT_TRUE(LooksLikeKernelLog(log)) << log;
}

TEST(LooksLikeKernelLog, NearMisses) {
  constexpr std::string_view kOthers[] = {
      ""sv,
      "\n\n"sv,
      "[    0.00000] five digits\n"sv,
      "[    0.0000000] seven digits\n"sv,
      "[    0] no point\n"sv,
      "[    .000000] no seconds\n"sv,
      "[   -1.000000] before boot\n"sv,
      "[    0.000000 never closed\n"sv,
      "[    0.000000]text at once\n"sv,
      "[12345678901.000000] more seconds than are counted\n"sv,
      "[99999999999999999999.000000] more than 64 bits hold\n"sv,
      "    0.000000] never opened\n"sv,
      "<6[    0.000000] half a priority\n"sv,
      "<>[    0.000000] no priority\n"sv,
      "<61234>[    0.000000] a long priority\n"sv,
      "Nov 22 07:15:03 node sshd[12]: syslog of another program\n"sv,
      "a letter about\nkernel BUG at mm/slub.c:1!\n"sv,
      "13,339;half of what /dev/kmsg gives\n"sv,
      "[    0.000000] one line of three\nhas it\nand two have not\n"sv,
      "[    0.000000] a zero\0 in it\n"sv,
      "KDUMP   [    0.000000] \n"sv,
      "#!/bin/sh\necho '[    0.000000] x'\n"sv,
  };
  for (const auto other : kOthers) EXPECT_FALSE(LooksLikeKernelLog(other)) << other;
}

TEST(LooksLikeKernelLog, OnlyTheHeadCounts) {
  std::string text;
  while (text.size() < kLogHeadBytes) text += "[    0.000000] line\n";
  EXPECT_TRUE(LooksLikeKernelLog(text + std::string(64, '\0')));
  text.resize(kLogHeadBytes - 1);
  EXPECT_FALSE(LooksLikeKernelLog(text + '\0'));
}

TEST(InspectLogText, CountsItsMessagesAndKnowsTheNewestTime) {
  const Inspection inspection = InspectLogText(
      "[    0.000000] Linux version 6.1.0\n<6>[    5.123456] two\nlines\n[   23.000009] end",
      false);
  EXPECT_EQ(inspection.kernel_release, "6.1.0");
  EXPECT_EQ(inspection.format, DumpFormat::kLog);
  EXPECT_EQ(inspection.wholeness.state, DumpState::kLogOnly);
  EXPECT_EQ(inspection.log.records, 3U);
  EXPECT_EQ(inspection.log.uptime_us, 23'000'009U);
  EXPECT_EQ(inspection.log.kind, "text");
  EXPECT_EQ(inspection.log.reason, "");
  EXPECT_EQ(inspection.bytes, 81U);
}

TEST(InspectLogText, SaysWhatWasNotRead) {
  const Inspection inspection = InspectLogText("[    0.000000] Linux", true);
  EXPECT_EQ(inspection.log.reason, "log_clipped");
  EXPECT_EQ(inspection.log.detail, "only the newest 20 B were read");
}

TEST(AsciiLog, LetsNothingThroughThatATerminalObeys) {
  EXPECT_EQ(AsciiLog("a\tb\\\n\x1b[2J\r\x7f\xc2\x9b"sv), "a\tb\\\n\\x1b[2J\\x0d\\x7f\\xc2\\x9b");
  EXPECT_EQ(AsciiLog("\0"sv), "\\x00");
  EXPECT_EQ(AsciiLog(""), "");
}

}  // namespace
}  // namespace kdumpd
