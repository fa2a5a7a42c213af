// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// Several things have happened: which of them is the reason.
namespace kdumpd {
namespace {

constexpr std::string_view kBanner =
    "Linux version 6.1.0-31-amd64 (gcc-12) #1 SMP PREEMPT_DYNAMIC Debian 6.1.128-1\n"
    "Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda2 crashkernel=256M\n";
constexpr std::string_view kDereference =
    R"(BUG: kernel NULL pointer dereference, address: 0000000000000018
#PF: supervisor read access in kernel mode
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_submit+0x1d/0x90 [blkq]
Call Trace:
 <TASK>
 blkq_write_iter+0x7c/0x120 [blkq]
---[ end trace 0000000000000000 ]---
)";
constexpr std::string_view kSecond =
    R"(general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#2] PREEMPT SMP NOPTI
CPU: 5 PID: 2000 Comm: other Tainted: G      D    OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 <TASK>
 blkq_work+0x12e/0x7e0 [blkq]
)";
constexpr std::string_view kSysrq = R"(sysrq: Trigger a crash
Kernel panic - not syncing: sysrq triggered crash
CPU: 0 PID: 871 Comm: bash Kdump: loaded Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
)";
constexpr std::string_view kWarning =
    R"(WARNING: CPU: 0 PID: 31 at drivers/block/blkq.c:82 blkq_check+0x306/0x558 [blkq]
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_check+0x306/0x558 [blkq]
Call Trace:
 blkq_ioctl+0x1d/0x30 [blkq]
---[ end trace 0000000000000000 ]---
)";
constexpr std::string_view kHung =
    R"(INFO: task fio:655 blocked for more than 120 seconds.
      Tainted: G           OE      6.1.0-31-amd64 #1 Debian 6.1.128-1
task:fio             state:D stack:0     pid:655   ppid:1      flags:0x00000009
Call Trace:
 schedule+0x58/0xf0
 blkq_ioctl+0x34/0x88 [blkq]
)";
constexpr std::string_view kOom =
    R"(Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled
CPU: 1 PID: 501 Comm: stress Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
)";
constexpr std::string_view kFatal =
    "Kernel panic - not syncing: Fatal exception in interrupt\nKernel Offset: disabled\n";
constexpr std::string_view kInit =
    R"(Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009
CPU: 0 PID: 1 Comm: init Tainted: G      D    OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
 do_exit.cold+0x15/0x15
)";

struct Part {
  std::uint64_t seconds;
  std::string_view lines;
};

struct ChainCase {
  std::string_view name;
  std::vector<Part> parts;
  std::string_view category;
  std::string_view who;
  std::string_view panic;
  std::uint32_t oopses;
  bool fatal = true;
};

TEST(AnalyseCrashChainsTest, TheReasonOfSeveralEvents) {
  const std::vector<ChainCase> cases{
      {"a panic after an oops",
       {{9, kDereference}, {10, kFatal}},
       "null_dereference",
       "fio 1742 on 3",
       "Fatal exception in interrupt",
       1},
      {"the second oops follows from the first, minutes later",
       {{9, kDereference}, {300, kSecond}},
       "null_dereference",
       "fio 1742 on 3",
       "",
       2},
      {"the panic of a second oops",
       {{9, kDereference}, {10, kSecond}, {11, kFatal}},
       "null_dereference",
       "fio 1742 on 3",
       "Fatal exception in interrupt",
       2},
      {"an oops that was survived for hours is not why memory ran out",
       {{9, kDereference}, {9000, kOom}},
       "oom",
       "stress 501 on 1",
       "Out of memory: system-wide panic_on_oom is enabled",
       1},
      {"nor is one of a moment ago",
       {{9, kDereference}, {12, kOom}},
       "oom",
       "stress 501 on 1",
       "Out of memory: system-wide panic_on_oom is enabled",
       1},
      {"an init that an oops kills: the oops is why",
       {{9, kDereference}, {10, kInit}},
       "null_dereference",
       "fio 1742 on 3",
       "Attempted to kill init! exitcode=0x00000009",
       1},
      {"an init that goes hours after an oops",
       {{9, kDereference}, {9000, kInit}},
       "init_killed",
       "init 1 on 0",
       "Attempted to kill init! exitcode=0x00000009",
       1},
      {"a warning hours before a sysrq",
       {{9, kWarning}, {9000, kSysrq}},
       "sysrq",
       "bash 871 on 0",
       "sysrq triggered crash",
       0},
      {"a warning just before a sysrq",
       {{9, kWarning}, {10, kSysrq}},
       "sysrq",
       "bash 871 on 0",
       "sysrq triggered crash",
       0},
      {"a hung task and then a sysrq",
       {{9, kHung}, {10, kSysrq}},
       "sysrq",
       "bash 871 on 0",
       "sysrq triggered crash",
       0},
      {"an oops and then a sysrq",
       {{9, kDereference}, {10, kSysrq}},
       "sysrq",
       "bash 871 on 0",
       "sysrq triggered crash",
       1},
      {"a warning and then an oops",
       {{9, kWarning}, {10, kDereference}},
       "null_dereference",
       "fio 1742 on 3",
       "",
       1},
      {"an oops and then a hung task: the kernel went on, but the oops is what counts",
       {{9, kDereference}, {400, kHung}},
       "null_dereference",
       "fio 1742 on 3",
       "",
       1},
      {"a hang is more than a warning",
       {{9, kHung}, {20, kWarning}},
       "hung_task",
       "fio 655 on -",
       "",
       0,
       false},
      {"two boots in a console's log: the first crash is past",
       {{0, kBanner}, {9, kDereference}, {0, kBanner}, {20, kSysrq}},
       "sysrq",
       "bash 871 on 0",
       "sysrq triggered crash",
       0},
      {"two boots, and the second is well: what crashed is still the first",
       {{0, kBanner}, {9, kDereference}, {0, kBanner}},
       "null_dereference",
       "fio 1742 on 3",
       "",
       1},
      {"two boots: the warning of the second is no crash",
       {{0, kBanner}, {9, kDereference}, {0, kBanner}, {20, kWarning}},
       "null_dereference",
       "fio 1742 on 3",
       "",
       1},
  };
  for (const ChainCase& test : cases) {
    SCOPED_TRACE(test.name);
    std::string log;
    for (const Part& part : test.parts) log += At(part.seconds, part.lines);
    const auto report = AnalyseCrash(log);
    ASSERT_TRUE(report);
    EXPECT_EQ(Name(report->category), test.category) << Told(*report);
    EXPECT_EQ(Who(*report), test.who);
    EXPECT_EQ(report->panic_message, test.panic);
    EXPECT_EQ(report->oopses, test.oopses);
    EXPECT_EQ(report->fatal, test.fatal);
  }
}

TEST(AnalyseCrashChainsTest, TimesAreOfTheReason) {
  const auto report = AnalyseCrash(At(9, kDereference) + At(10, kFatal));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->at_us, 9'000'000U);
  EXPECT_EQ(report->reason, "BUG: kernel NULL pointer dereference, address: 0000000000000018");
}

TEST(AnalyseCrashChainsTest, TheBannerNamesTheKernelOfThatBoot) {
  std::string log = At(0, "Linux version 6.12.12-amd64 (gcc-14) #1 SMP\nDMI: Old Box, BIOS 1.0\n");
  log += At(5, "Kernel panic - not syncing: first\n");
  log += At(0, "Linux version 6.1.0-31-amd64 (gcc-12) #1 SMP\nDMI: QEMU Box, BIOS 1.16\n");
  log += At(7, "Kernel panic - not syncing: second\n");
  const auto report = AnalyseCrash(log);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->title, "panic: second");
  EXPECT_EQ(report->kernel_release, "6.1.0-31-amd64");
  EXPECT_EQ(report->hardware, "QEMU Box, BIOS 1.16");
  EXPECT_EQ(report->last_lines.size(), 3U);
}

TEST(AnalyseCrashChainsTest, TwoPanicsOfOneFunctionDiffer) {
  const auto report = [](std::string_view text) {
    return AnalyseCrash(At(9, Cat("Kernel panic - not syncing: ", text, R"(
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
 blkq_die+0x41/0x130 [blkq]
)")));
  };
  const auto one = report("blkq: queue 3 is lost"), same = report("blkq: queue 12 is lost"),
             other = report("blkq: no more tags");
  ASSERT_TRUE(one && same && other);
  EXPECT_EQ(Told(*one), "panic_other: panic: blkq: queue N is lost");
  EXPECT_EQ(one->function, "blkq_die");
  EXPECT_EQ(one->signature.basis, "frames");
  EXPECT_EQ(one->signature, same->signature);
  EXPECT_NE(one->signature, other->signature);
}

// What another processor reports may stand anywhere in an oops.
TEST(AnalyseCrashChainsTest, AHangWithinAnOops) {
  const std::vector<std::string_view> oops = Lines(kNullX86);
  const auto expected = AnalyseCrash(kNullX86);
  ASSERT_TRUE(expected);
  for (std::size_t at = 1; at < 5; ++at) {
    std::string log;
    for (std::size_t i = 0; i < oops.size(); ++i) {
      if (i == at) log += "watchdog: BUG: soft lockup - CPU#9 stuck for 23s! [other:9]\n";
      log += Cat(oops[i], '\n');
    }
    const auto report = AnalyseCrash(log);
    ASSERT_TRUE(report) << at;
    EXPECT_EQ(report->signature, expected->signature) << log;
    EXPECT_EQ(report->task, expected->task) << log;
  }
}

}  // namespace
}  // namespace kdumpd
