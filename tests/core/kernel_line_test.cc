// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kUs = 5'123'456;

struct LineCase {
  std::string_view line;
  std::string_view text;
  std::optional<std::uint64_t> time_us = std::nullopt;
  std::string_view caller = "";
  bool user = false;
  bool stamped = true;
};

void ExpectLines(const std::vector<LineCase>& cases) {
  for (const LineCase& test : cases) {
    const KernelLine line = ParseKernelLine(test.line);
    EXPECT_EQ(line.text, test.text) << test.line;
    EXPECT_EQ(line.time_us, test.time_us) << test.line;
    EXPECT_EQ(line.caller, test.caller) << test.line;
    EXPECT_EQ(line.user, test.user) << test.line;
    EXPECT_EQ(line.stamped, test.stamped) << test.line;
  }
}

TEST(KernelLineTest, EveryToolsPrefix) {
  ExpectLines({
      {"[    5.123456] Oops: 0000", "Oops: 0000", kUs},
      {"[5.123456] Oops", "Oops", kUs},
      {"[ 1234567.000001] Oops", "Oops", 1'234'567'000'001},
      {"[1234567890.000001] Oops", "Oops", 1'234'567'890'000'001},
      {"[    5.123456] ", "", kUs},
      {"[    5.123456]  <TASK>", "<TASK>", kUs},
      {"[    5.123456] Oops \t\r", "Oops", kUs},
      {"[    5.123456][    T1] Oops", "Oops", kUs, "T1"},
      {"[    5.123456] [ T123] Oops", "Oops", kUs, "T123"},
      {"[    5.123456][   C12] Oops", "Oops", kUs, "C12"},
      {"<4>[    5.123456] Oops", "Oops", kUs},
      {"<6>[    5.123456][    T1] Oops", "Oops", kUs, "T1"},
      {"<0>Oops", "Oops", std::nullopt, "", false, false},
      {"6,1234,5123456,-;Oops", "Oops", kUs},
      {"6,1234,5123456,-,caller=T12;Oops; again", "Oops; again", kUs},
      {"4,1,5123456,c;", "", kUs},
      {"kern  :alert : [    5.123456] Oops", "Oops", kUs},
      {"kern  :warn  : [    5.123456] Oops", "Oops", kUs},
      {"kern  :emerg : Oops", "Oops", std::nullopt, "", false, false},
      {"[Mon Nov 30 10:40:49 2026] Oops", "Oops"},
      {"[Sun Nov  1 10:40:49 2026] Oops", "Oops"},
      {"kern  :err   : [Mon Nov 30 10:40:49 2026] Oops", "Oops"},
      {"kernel: Oops", "Oops"},
      {"[    5.123456] node kernel: Oops", "Oops", kUs},  // short-monotonic
      {"Mon 2026-11-30 10:40:49 UTC node kernel: Oops", "Oops"},
      {"1795334808.123456 node kernel: Oops", "Oops"},
      {"Nov 30 10:40:49 node kernel[0]: Oops", "Oops"},
      {"kernel: [    5.123456] Oops", "Oops", kUs},
      {"Nov 22 08:06:51 node kernel: Oops", "Oops"},
      {"Nov  2 08:06:51 node kernel: [    5.123456] Oops", "Oops", kUs},
      {"Nov 22 08:06:51.123456 node kernel: Oops", "Oops"},
      {"2026-11-22T08:06:51+00:00 node kernel: Oops", "Oops"},
      {"2026-11-22T08:06:51.123456+01:00 node.x kernel: [    5.123456] Oops", "Oops", kUs},
      {"Sun 2026-11-22 08:06:51 node kernel: Oops", "Oops"},
  });
}

TEST(KernelLineTest, WhoHasWrittenIt) {
  ExpectLines({
      {"<12>[    5.123456] Oops", "Oops", kUs, "", true},
      {"<8>Oops", "Oops", std::nullopt, "", true, false},
      {"<7>[    5.123456] Oops", "Oops", kUs},
      {"<191>[    5.123456] Oops", "Oops", kUs, "", true},
      {"12,500,5123456,-;Oops", "Oops", kUs, "", true},
      {"7,500,5123456,-;Oops", "Oops", kUs},
      {"8,500,5123456,-;Oops", "Oops", kUs, "", true},
      {"user  :err   : [    5.123456] Oops", "Oops", kUs, "", true},
      {"daemon:info  : [    5.123456] Oops", "Oops", kUs, "", true},
      {"Nov 22 08:06:51 node sshd[77]: Oops", "Oops", std::nullopt, "", true},
      {"Nov 22 08:06:51 node kernel-x: Oops", "Oops", std::nullopt, "", true},
      {"Nov 22 08:06:51 node app: [    5.123456] Oops", "Oops", kUs, "", true},
      {"2026-11-22T08:06:51+00:00 node logger: Oops", "Oops", std::nullopt, "", true},
  });
}

// Messages that begin like a prefix stay whole.
TEST(KernelLineTest, MessagesWithoutAPrefix) {
  for (const std::string_view line : {
           "Oops: 0000 [#1] SMP",
           "[<ffffffff81249b3d>] vfs_write+0xbd/0x1e0",
           "[c0000000039c3820] [c000000000d8b46c] dump_stack_lvl+0x70/0xa0 (unreliable)",
           "([<000003ff80042b10>] f+0x60/0xd8)",
           "[    5.12345] short",
           "[    5.1234567] long",
           "[    5,123456] comma",
           "[   -5.123456] minus",
           "[12345678901.123456] digits",
           "[    5.123456 no end",
           "[     .123456] none",
           "[    5.12345x] letter",
           "[Mon Nov 30 10:40:49] no year",
           "[Mox Nov 30 10:40:49 2026] no day",
           "<TASK>",
           "<4 Oops",
           "<x>Oops",
           "<>Oops",
           "<12345>Oops",
           "6,1234,5123456,- no end",
           "6,x,5123456,-;Oops",
           "x,1,2,-;Oops",
           "12 things",
           "1,2;Oops",
           "kernel BUG at fs/x.c:1!",
           "kern:Oops",
           "kern :a: Oops",
           "watchdog: BUG: soft lockup",
           "rcu: INFO: rcu_preempt detected stalls",
           "traps: PANIC: double fault",
           "general protection fault: 0000 [#1] SMP",
           "sysrq: SysRq : Trigger a crash",
           "Nov 22 08:06 node kernel: no clock",
           "Call Trace:",
           "CPU: 0 PID: 1 Comm: init",
       }) {
    KernelLine whole;
    whole.text = line;
    EXPECT_EQ(ParseKernelLine(line), whole) << line;
  }
}

// Each cut of a prefix, and each byte of it changed: never out of bounds, and the text is a part.
TEST(KernelLineTest, NeverMoreThanTheLine) {
  for (const std::string& line :
       {std::string("<6>[    5.123456][    T1] x"), std::string("6,1234,5123456,-,caller=T12;x"),
        std::string("kern  :alert : [    5.123456] x"),
        std::string("2026-11-22T08:06:51+00:00 node kernel: [    5.1] x"),
        std::string("[Mon Nov 30 10:40:49 2026] x")}) {
    for (std::size_t end = 0; end <= line.size(); ++end) {
      const std::string cut = line.substr(0, end);
      EXPECT_TRUE(std::string_view(cut).contains(ParseKernelLine(cut).text)) << cut;
    }
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (const char c : {'\0', ' ', ']', ';', ':', '9', '\xff'}) {
        std::string changed = line;
        changed[at] = c;
        EXPECT_TRUE(std::string_view(changed).contains(ParseKernelLine(changed).text)) << changed;
      }
    }
  }
}

TEST(KernelLineTest, LongLinesAreCut) {
  const std::string line = "[    5.123456] " + std::string(10 << 10, 'x');
  EXPECT_EQ(ParseKernelLine(line).text.size(), kMaxKernelLine - 15);
  EXPECT_EQ(ParseKernelLine(std::string(10 << 10, ' ')).text, "");
  EXPECT_EQ(ParseKernelLine(""), KernelLine{});
}

TEST(KernelLineTest, WithoutPriority) {
  for (const auto& [line, rest] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"<6>x", "x"},
           {"<191>x", "x"},
           {"<1234>x", "x"},
           {"<12345>x", "<12345>x"},
           {"<>x", "<>x"},
           {"<TASK>", "<TASK>"},
           {"< 6>x", "< 6>x"},
           {"<6", "<6"},
           {"<", "<"},
           {"", ""},
           {"x<6>", "x<6>"},
       }) {
    EXPECT_EQ(WithoutPriority(line), rest) << line;
  }
}

}  // namespace
}  // namespace kdumpd
