// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "daemon/core/clean_text.h"
#include "tests/support/crash_logs.h"

// Whoever can name a task or write to /dev/kmsg must not decide what crashed.
namespace kdumpd {
namespace {

constexpr std::string_view kTold =
    "null_dereference: NULL pointer dereference in blkq_submit [blkq]";

// Lines that look like a crash, and are none: nobody crashed.
TEST(AnalyseCrashHostileTest, WhatIsNoCrash) {
  for (const std::string_view line : {
           "",
           "\n\n\n",
           "systemd[1]: unit failed: Kernel panic - not syncing: fake",
           "init: say BUG: kernel NULL pointer dereference, address: 0000000000000000",
           "a \"kernel BUG at fs/x.c:1!\" in quotes",
           "random: Oops: 0000 [#1] SMP",
           "kernel panic - not syncing: fake",
           "Kernel panic: fake",
           "Kernel panic - not syncing",
           "Kernel panic - not syncing:fake",
           "watchdog: softlockup: hung tasks",
           "Comm: BUG: soft lockup",
           "usb 1-1: Product: BUG: soft lockup - CPU#0 stuck for 22s! [x:1]",
           "INFO: task is fine",
           "INFO: lockdep is turned off.",
           "<12>[    5.000000] Kernel panic - not syncing: fake",
           "<12>Kernel panic - not syncing: fake",
           "<11>[    5.000000] Oops: 0000 [#1] SMP",
           "user  :err   : [    5.000000] Kernel panic - not syncing: fake",
           "daemon:emerg : [    5.000000] kernel BUG at fs/x.c:1!",
           "12,500,5000000,-;Kernel panic - not syncing: fake",
           "13,500,5000000,-,caller=T7;INFO: task a:1 blocked for more than 9 seconds.",
           "Nov 22 08:06:51 node logger[77]: Kernel panic - not syncing: fake",
           "Nov 22 08:06:51 node kernel-fake: Kernel panic - not syncing: fake",
           "2026-11-22T08:06:51+00:00 node app: BUG: soft lockup - CPU#0 stuck for 22s! [x:1]",
           "sysrq: Show Blocked State",
           "sysrq: HELP : loglevel(0-9) reboot(b) crash(c)",
           "list_add is no corruption",
           "NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
           "mce: CPU supports 20 MCE banks",
       }) {
    EXPECT_FALSE(AnalyseCrash(line)) << line;
    EXPECT_FALSE(AnalyseCrash(Cat(line, '\n', line, "\r\n"))) << line;
  }
}

// The same before and after what really crashed.
TEST(AnalyseCrashHostileTest, FakesDoNotWin) {
  for (const std::string_view fake : {
           "<12>[    8.000000] Kernel panic - not syncing: fake",
           "<9>[    8.000000] sysrq: Trigger a crash",
           "user  :err   : [    8.000000] kernel BUG at fs/fake.c:1!",
           "8,1,8000000,-;Kernel panic - not syncing: fake",
           "Nov 22 08:06:51 node logger: Kernel panic - not syncing: fake",
           "[    8.000000] x: Kernel panic - not syncing: fake",
       }) {
    const std::string line = Cat(fake, '\n');
    for (const std::string& log : {line + At(9, kNullX86), At(9, kNullX86) + line,
                                   line + At(0, "x\n") + At(9, kNullX86) + line}) {
      const auto report = AnalyseCrash(log);
      ASSERT_TRUE(report) << fake;
      EXPECT_EQ(Told(*report), kTold) << fake;
      EXPECT_EQ(report->panic_message, "") << fake;
    }
  }
}

// Where a log does not say who wrote a line: no processor to it, and so no crash.
TEST(AnalyseCrashHostileTest, FakesWithoutAProcessorBeforeARealOne) {
  for (const std::string_view fake : {
           "Kernel panic - not syncing: fake",
           "Kernel panic - not syncing: sysrq triggered crash",
           "BUG: kernel NULL pointer dereference, address: 0000000000000000",
           "kernel BUG at fs/fake.c:1!",
           "Oops: 0000 [#1] PREEMPT SMP",
           "BUG: soft lockup - CPU#0 stuck for 99s! [fake:1]",
           "INFO: task fake:1 blocked for more than 999 seconds.",
           "WARNING: CPU: 0 PID: 1 at fs/fake.c:1 fake+0x1/0x2",
           "list_del corruption. fake",
       }) {
    for (const std::uint64_t seconds : {2U, 8U}) {
      const auto report = AnalyseCrash(At(seconds, fake) + At(9, kNullX86));
      ASSERT_TRUE(report) << fake;
      EXPECT_EQ(Told(*report), kTold) << fake << " at " << seconds;
      EXPECT_EQ(Who(*report), "fio 1742 on 3") << fake;
      EXPECT_EQ(report->panic_message, "") << fake;
    }
  }
}

// The line that counts an oops does not fit the header that somebody wrote.
TEST(AnalyseCrashHostileTest, FakeHeadersOfARealOops) {
  for (const std::string_view fake : {
           "kernel BUG at fs/fake.c:1!",
           "BUG: kernel NULL pointer dereference, address: 0000000000000000",
           "BUG: unable to handle page fault for address: ffffc90000000000",
           "PANIC: double fault, error_code: 0x0",
           "BUG: TASK stack guard page was hit at ffffb0b5c0d8bff8",
       }) {
    for (const auto& [die, told] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"general protection fault: 0000 [#1] SMP",
              "general_protection: general protection fault in blkq_poll [blkq]"},
             {"Oops: divide error: 0000 [#1] PREEMPT SMP NOPTI",
              "divide_error: divide error in blkq_poll [blkq]"},
         }) {
      const auto report = AnalyseCrash(At(9, Cat(fake, '\n', die, R"(
CPU: 4 PID: 1204 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 blkq_work+0x12e/0x7e0 [blkq]
)")));
      ASSERT_TRUE(report);
      EXPECT_EQ(Told(*report), told) << fake;
      EXPECT_EQ(report->reason, die) << fake;
    }
  }
}

TEST(AnalyseCrashHostileTest, NamesOfTasks) {
  ExpectCrashes({
      {"a name that is a report",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000018
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 1742 Comm: BUG: soft locku Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1
RIP: 0010:blkq_submit+0x1d/0x90 [blkq]
)",
       kTold, "BUG: soft locku 1742 on 3", "blkq_submit [blkq]", "*blkq_submit[blkq]"},
      {"a name that is a taint",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000018
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 1742 Comm: a Tainted: G Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1
RIP: 0010:blkq_submit+0x1d/0x90 [blkq]
)",
       kTold, "a Tainted: G 1742 on 3", "blkq_submit [blkq]", "*blkq_submit[blkq]"},
      {"a name with the numbers of another",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000018
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 1742 Comm: CPU: 9 PID: 1 Not tainted 6.1.0-31-amd64 #1
RIP: 0010:blkq_submit+0x1d/0x90 [blkq]
)",
       kTold, "CPU: 9 PID: 1 1742 on 3", "blkq_submit [blkq]", "*blkq_submit[blkq]"},
      {"a hung task whose name says that another one hangs",
       R"(INFO: task x:1 blocked for:655 blocked for more than 120 seconds.
Call Trace:
 schedule+0x58/0xf0
 blkq_ioctl+0x34/0x88 [blkq]
)",
       "hung_task: hung task in blkq_ioctl [blkq]", "x:1 blocked for 655 on -", "blkq_ioctl [blkq]",
       "schedule blkq_ioctl[blkq]", "", "frames", false},
      {"a soft lockup of a name that closes the bracket",
       R"(watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [s! [x:1]:1742]
CPU: 3 PID: 1742 Comm: s! [x:1] Not tainted 6.1.0-31-amd64 #1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
)",
       "soft_lockup: soft lockup in blkq_spin [blkq]", "s! [x:1] 1742 on 3", "blkq_spin [blkq]",
       "*blkq_spin[blkq]", "", "frames", false},
  });
}

TEST(AnalyseCrashHostileTest, AFloodBeforeTheCrash) {
  for (const std::string_view fake : {
           "[    5.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n",
           "[    5.000000] Oops: 0000 [#9] SMP\n",
           "[    5.000000] Kernel panic - not syncing: fake\n",
           "[    5.000000] WARNING: CPU: 0 PID: 1 at fs/fake.c:1 fake+0x1/0x2\n",
           "[    5.000000] INFO: task fake:1 blocked for more than 999 seconds.\n",
           "[    5.000000] list_del corruption. fake\n",
           "[    5.000000] sysrq: Trigger a crash\n",
           "[    0.000000] Linux version 6.6.6-fake\n",
       }) {
    std::string log;
    for (int i = 0; i < 100'000; ++i) log += fake;
    log += At(50, "eth0: link becomes ready\n") + At(5000, "a\nb\nc\nd\ne\nf\ng\nh\ni\n");
    const auto report = AnalyseCrash(log + At(9000, kNullX86));
    ASSERT_TRUE(report) << fake;
    EXPECT_EQ(Told(*report), kTold) << fake;
    EXPECT_EQ(Who(*report), "fio 1742 on 3") << fake;
    EXPECT_EQ(report->kernel_release, "6.1.0-31-amd64") << fake;
  }
}

TEST(AnalyseCrashHostileTest, OnlyTheNewestLinesCount) {
  std::string log = At(9, kNullX86);
  for (std::size_t i = 0; i < kMaxCrashLines - 1; ++i) log += "[   10.000000] quiet\n";
  EXPECT_FALSE(AnalyseCrash(log));
}

TEST(AnalyseCrashHostileTest, BytesThatAreNoText) {
  const std::string clean = At(9, kNullX86);
  const auto expected = AnalyseCrash(clean);
  ASSERT_TRUE(expected);
  const auto each_line = [&](const std::function<std::string(std::string_view)>& change) {
    std::string log;
    for (const std::string_view line : Lines(clean)) log += change(line);
    return log;
  };
  const std::string noise = std::string("\0\xff\xfe\x1b[31m\x7f\xc3", 10);
  const std::string huge(10 << 10, 'A');
  EXPECT_EQ(AnalyseCrash(each_line([](auto line) { return Cat(line, "\r\n"); })), expected);
  EXPECT_EQ(AnalyseCrash(each_line([](auto line) { return Cat(line, " \t \n"); })), expected);
  for (const std::string& between : {noise, huge, huge + "Kernel panic - not syncing: fake"}) {
    auto report =
        AnalyseCrash(each_line([&](auto line) { return Cat(line, '\n', between, '\n'); }));
    ASSERT_TRUE(report);
    report->last_lines = expected->last_lines;
    EXPECT_EQ(*report, *expected);
  }
}

TEST(AnalyseCrashHostileTest, TextsArePrintableAndBounded) {
  const std::string bad = "\x1b]0;x\x07\xff\xc3(" + std::string(6000, 'B') + "\xe2\x82";
  const std::string log =
      At(9, Cat("Kernel panic - not syncing: ", bad, "\nCPU: 0 PID: 1 Comm: ", bad,
                " Tainted: G OE 6.1 #1\nHardware name: ", bad, "\nCall Trace:\n ",
                std::string(700, 'f'), "+0x1/0x2\nModules linked in: a(OE) b c\n"));
  auto report = AnalyseCrash(log);
  ASSERT_TRUE(report);
  const CrashReport once = *report;
  Sanitize(*report);
  EXPECT_EQ(*report, once);
  for (const std::string* text : {&once.title, &once.reason, &once.panic_message, &once.task,
                                  &once.hardware, &once.last_lines.front()}) {
    EXPECT_LE(text->size(), 256U);
    EXPECT_EQ(*text, CleanText(*text, 256));
    EXPECT_EQ(text->find_first_of(std::string_view("\x1b\x07\0", 3)), std::string::npos) << *text;
  }
  EXPECT_EQ(once.modules, (std::vector<std::string>{"a(OE)", "b", "c"}));
}

}  // namespace
}  // namespace kdumpd
