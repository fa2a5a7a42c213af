// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_signature.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/crash_logs.h"

namespace kdumpd {
namespace {

// What is the same crash on every kernel and architecture has one name.
constexpr std::string_view kPreImage =
    "null_dereference\nblkq_submit [blkq]\nblkq_write_iter [blkq]\nvfs_write\nsys_write\n";

constexpr std::string_view kOther[] = {
    R"(BUG: unable to handle kernel NULL pointer dereference at 0000000000000010
IP: [<ffffffffa04c3128>] blkq_submit+0x18/0x80 [blkq]
Oops: 0000 [#1] SMP
CPU: 5 PID: 2216 Comm: dd Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
RIP: 0010:[<ffffffffa04c3128>]  [<ffffffffa04c3128>] blkq_submit+0x18/0x80 [blkq]
Call Trace:
 [<ffffffffa04c32a4>] blkq_write_iter+0x74/0xf0 [blkq]
 [<ffffffff81249b3d>] vfs_write+0xbd/0x1e0
 [<ffffffff8124a93f>] SyS_write+0x7f/0xf0
 [<ffffffff8178dede>] system_call_fastpath+0x25/0x2a
)",
    R"(BUG: Kernel NULL pointer dereference on read at 0x00000018
Faulting instruction address: 0xc008000004a10128
Oops: Kernel access of bad area, sig: 11 [#1]
CPU: 12 PID: 4471 Comm: fio Tainted: G           OE      6.1.0-31-powerpc64le #1
NIP [c008000004a10128] blkq_submit+0x28/0xc0 [blkq]
LR [c008000004a102f4] blkq_write_iter+0x84/0x150 [blkq]
Call Trace:
[c00000001b36fa60] [c00000001b36faa0] 0xc00000001b36faa0 (unreliable)
[c00000001b36fa90] [c008000004a102f4] blkq_write_iter+0x84/0x150 [blkq]
[c00000001b36faf0] [c00000000052b5bc] vfs_write+0x37c/0x4c0
[c00000001b36fb10] [c00000000052bb90] ksys_write+0x90/0x160
[c00000001b36fb60] [c00000000002b000] system_call_exception+0x130/0x250
)",
    R"(Unable to handle kernel pointer dereference in virtual kernel address space
Failing address: 0000000000000000 TEID: 0000000000000483
Oops: 0004 ilc:3 [#1] SMP
CPU: 2 PID: 1742 Comm: x Tainted: G           OE      6.1.0-31-s390x #1
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_submit+0x1e/0x78 [blkq])
Call Trace:
 [<000003ff80042a36>] blkq_submit+0x1e/0x78 [blkq]
([<000003ff80042b10>] blkq_write_iter+0x60/0xd8 [blkq])
 [<00000000002e7138>] vfs_write+0xa8/0x358
 [<00000000002e757a>] ksys_write+0x6a/0xf8
 [<000000000060a776>] __do_syscall+0x1f6/0x220
)"};

TEST(CrashSignatureTest, TheSameOnEveryKernel) {
  std::vector<std::string_view> logs{kNullX86, kNullX86Newer, kNullArm64};
  logs.insert(logs.end(), std::begin(kOther), std::end(kOther));
  for (const std::string_view log : logs) {
    for (const std::uint64_t seconds : {3U, 90'000U}) {
      const auto report = AnalyseCrash(At(seconds, log));
      ASSERT_TRUE(report);
      EXPECT_EQ(report->signature.pre_image, kPreImage) << log;
      EXPECT_EQ(report->signature.basis, "frames");
      EXPECT_EQ(report->title, "NULL pointer dereference in blkq_submit [blkq]");
    }
  }
}

// Nothing of one machine or one moment is in it.
TEST(CrashSignatureTest, HasNothingOfTheNode) {
  const auto report = AnalyseCrash(At(3, R"(rcu: INFO: rcu_preempt self-detected stall on CPU
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin.isra.0+0x18/0x58 [blkq 3f0c6ee2a51b7f0c2a8d8d2f2f3a9c1e77aa0b12]
Call Trace:
 <TASK>
 ? guess+0x1/0x2
 blkq_ioctl.cold+0x1d/0x30 [blkq 3f0c6ee2a51b7f0c2a8d8d2f2f3a9c1e77aa0b12]
 __x64_sys_ioctl+0x91/0xd0
)"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->signature.pre_image, "rcu_stall\nblkq_ioctl [blkq]\n");
  for (const std::string_view log :
       {"Kernel panic - not syncing: Fatal machine check on CPU 3 at ffff888003d3f018\n",
        "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n"
        "CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1\n"}) {
    const auto other = AnalyseCrash(At(3, log));
    ASSERT_TRUE(other);
    for (const std::string_view part : {"1742", "fio", "+0x", "ffff", "6.1.0", "3"}) {
      EXPECT_FALSE(other->signature.pre_image.contains(part)) << other->signature.pre_image;
    }
  }
}

StackFrame Frame(std::string_view text, bool pointer = false) {
  auto frame = *ParseFrame(text);
  frame.instruction_pointer = pointer;
  return frame;
}

struct NameCase {
  CrashCategory category;
  std::string_view pointer;
  std::vector<std::string_view> frames;
  std::string_view title;
  std::string_view pre_image;
  std::string_view basis = "frames";
};

TEST(CrashSignatureTest, Names) {
  using enum CrashCategory;
  const std::vector<NameCase> cases{
      {kPageFault, "a+0x1/0x2", {"b+0x1/0x2"}, "bad page fault in a", "page_fault\na\nb\n"},
      {kPageFault, "", {"b+0x1/0x2"}, "bad page fault in b", "page_fault\nb\n"},
      {kPageFault, "a+0x1/0x2", {}, "bad page fault in a", "page_fault\na\n"},
      {kPageFault, "", {}, "bad page fault", "page_fault\n", "none"},
      // Twice the same, and helpers before what they help.
      {kPageFault,
       "a+0x1/0x2",
       {"a+0x1/0x2", "a.cold+0x1/0x2", "b+0x1/0x2"},
       "bad page fault in a",
       "page_fault\na\nb\n"},
      {kPageFault,
       "memcpy_erms+0x1/0x2",
       {"kfree+0x1/0x2", "b+0x1/0x2", "kfree+0x1/0x2"},
       "bad page fault in b",
       "page_fault\nb\nkfree\n"},
      {kPageFault,
       "memcpy+0x1/0x2 [mod]",
       {"b+0x1/0x2"},
       "bad page fault in memcpy [mod]",
       "page_fault\nmemcpy [mod]\nb\n"},
      // Nothing but helpers: they are what there is.
      {kPageFault,
       "memcpy+0x1/0x2",
       {"kfree+0x1/0x2", "do_syscall_64+0x1/0x2"},
       "bad page fault in memcpy",
       "page_fault\nmemcpy\nkfree\n"},
      // At most five, and nothing behind where a stack begins.
      {kPageFault,
       "a+0x1/0x2",
       {"b+0x1/0x2", "c+0x1/0x2", "d+0x1/0x2", "e+0x1/0x2", "f+0x1/0x2"},
       "bad page fault in a",
       "page_fault\na\nb\nc\nd\ne\n"},
      {kPageFault,
       "a+0x1/0x2",
       {"kthread+0x1/0x2", "b+0x1/0x2"},
       "bad page fault in a",
       "page_fault\na\n"},
      {kPageFault,
       "a+0x1/0x2",
       {"kthread+0x1/0x2 [mod]", "b+0x1/0x2"},
       "bad page fault in a",
       "page_fault\na\nkthread [mod]\nb\n"},
      // Guesses count where there is nothing else.
      {kPageFault,
       "a+0x1/0x2",
       {"? b+0x1/0x2", "c+0x1/0x2"},
       "bad page fault in a",
       "page_fault\na\nc\n"},
      {kPageFault, "", {"? b+0x1/0x2", "c+0x1/0x2"}, "bad page fault in c", "page_fault\nc\n"},
      {kPageFault, "", {"? b+0x1/0x2", "? c+0x1/0x2"}, "bad page fault in b", "page_fault\nb\nc\n"},
      // What reports never counts.
      {kListCorruption,
       "__list_del_entry_valid.cold+0x1/0x2",
       {"panic+0x1/0x2", "b+0x1/0x2"},
       "list corruption in b",
       "list_corruption\nb\n"},
      {kHungTask,
       "",
       {"__schedule+0x1/0x2", "schedule+0x1/0x2", "mutex_lock+0x1/0x2", "b+0x1/0x2"},
       "hung task in b",
       "hung_task\nb\n"},
      // The outermost of a stall, a module's before all others.
      {kSoftLockup,
       "a+0x1/0x2",
       {"b+0x1/0x2", "c+0x1/0x2", "d+0x1/0x2", "ksys_write+0x1/0x2", "x+0x1/0x2"},
       "soft lockup in d",
       "soft_lockup\nb\nc\nd\n"},
      {kSoftLockup,
       "a+0x1/0x2 [m]",
       {"b+0x1/0x2 [m]", "c+0x1/0x2", "vfs_write+0x1/0x2"},
       "soft lockup in b [m]",
       "soft_lockup\nb [m]\nc\n"},
      // Where the stack is a matter of chance it is the message.
      {kNmi, "a+0x1/0x2", {"b+0x1/0x2"}, "reason N", "nmi\nreason N\n", "message"},
      {kOom, "a+0x1/0x2", {"b+0x1/0x2"}, "reason N", "oom\nreason N\n", "message"},
      {kSysrq,
       "a+0x1/0x2",
       {},
       "sysrq triggered crash",
       "sysrq\nsysrq triggered crash\n",
       "message"},
      {kInitKilled, "", {}, "reason 7", "init_killed\nreason 7\n", "message"},
      {kWatchdogHw, "", {}, "hardware watchdog: reason N", "watchdog_hw\nreason N\n", "message"},
      {kPanicOther, "a+0x1/0x2", {}, "panic: reason N", "panic_other\nreason N\na\n"},
      {kPanicOther, "", {}, "panic: reason N", "panic_other\nreason N\n", "message"},
      {kUnknown, "a+0x1/0x2", {}, "unknown crash in a", "unknown\na\n"},
  };
  for (const NameCase& test : cases) {
    CrashReport report;
    report.category = test.category;
    report.reason = "reason 7";
    CallTrace trace;
    if (!test.pointer.empty()) trace.instruction_pointer = Frame(test.pointer, true);
    for (const std::string_view frame : test.frames) trace.frames.push_back(Frame(frame));
    NameCrash(report, trace);
    EXPECT_EQ(report.title, test.title);
    EXPECT_EQ(report.signature.pre_image, test.pre_image);
    EXPECT_EQ(report.signature.basis, test.basis) << test.title;
    EXPECT_EQ(report.signature.version, 1);
    EXPECT_EQ(report.signature.hash, "");
  }
}

}  // namespace
}  // namespace kdumpd
