// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// Panics that are their own reason.
namespace kdumpd {
namespace {

TEST(AnalyseCrashPanicsTest, TheMessageSaysIt) {
  ExpectCrashes({
      {"oom, as it was told to",
       R"(stress invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
CPU: 1 PID: 501 Comm: stress Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 dump_header+0x4a/0x211
Mem-Info:
Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled
CPU: 1 PID: 501 Comm: stress Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 out_of_memory.cold+0x5c/0x7e
)",
       "oom: Out of memory: compulsory panic_on_oom is enabled", "stress 501 on 1", "",
       "dump_stack_lvl panic out_of_memory.cold",
       "Out of memory: compulsory panic_on_oom is enabled", "message"},
      {"oom, as nothing could be killed",
       R"(Kernel panic - not syncing: System is deadlocked on memory
CPU: 1 UID: 0 PID: 1 Comm: systemd Not tainted 6.12.12-amd64 #1  Debian 6.12.12-1
Call Trace:
 panic+0x118/0x2db
)",
       "oom: System is deadlocked on memory", "systemd 1 on 1", "", "panic",
       "System is deadlocked on memory", "message"},
      {"the root file system",
       R"(VFS: Cannot open root device "sda2" or unknown-block(0,0): error -6
Please append a correct "root=" boot option; here are the available partitions:
Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
)",
       "rootfs_mount: VFS: Unable to mount root fs on unknown-block(N,N)", "swapper/0 1 on 0", "",
       "panic", "VFS: Unable to mount root fs on unknown-block(0,0)", "message"},
      {"no init",
       R"(Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.
CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-31-arm64 #1  Debian 6.1.128-1
Call trace:
 panic+0x164/0x378
)",
       "rootfs_mount: No working init found.  Try passing init= option to kernel.",
       "swapper/0 1 on 0", "", "panic",
       "No working init found.  Try passing init= option to kernel.", "message"},
      {"init exits: its status stays",
       R"(Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300
CPU: 0 UID: 0 PID: 1 Comm: init Kdump: loaded Not tainted 6.12.12-arm64 #1  Debian 6.12.12-1
Call trace:
 show_stack+0x20/0x38
 panic+0x164/0x378
 do_exit+0xa2c/0xa38
)",
       "init_killed: Attempted to kill init! exitcode=0x00000300", "init 1 on 0", "",
       "show_stack panic do_exit", "Attempted to kill init! exitcode=0x00000300", "message"},
      {"ext4",
       R"(EXT4-fs error (device sda2): ext4_lookup:1785: inode #131073: comm ls: deleted inode referenced: 12
Kernel panic - not syncing: EXT4-fs (device sda2): panic forced after error
CPU: 0 PID: 99 Comm: ls Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
 ext4_handle_error.cold+0x17/0x17
)",
       "fs_error: EXT4-fs (device N): panic forced after error", "ls 99 on 0", "",
       "panic ext4_handle_error.cold", "EXT4-fs (device sda2): panic forced after error",
       "message"},
      {"ocfs2 fences itself",
       R"(Kernel panic - not syncing: *** ocfs2 is very sorry to be fencing this system by panicing ***
CPU: 3 PID: 0 Comm: swapper/3 Not tainted 5.15.0-200.el8uek.x86_64 #2
Call Trace:
 <IRQ>
 panic+0x118/0x2f4
 o2quo_fence_self+0x58/0x60 [ocfs2_nodemanager]
)",
       "fs_error: *** ocfs2 is very sorry to be fencing this system by panicing ***",
       "swapper/3 0 on 3", "", "irq:panic irq:o2quo_fence_self[ocfs2_nodemanager]",
       "*** ocfs2 is very sorry to be fencing this system by panicing ***", "message"},
      {"hpwdt",
       R"(Kernel panic - not syncing: An NMI occurred. Depending on your system the reason for the NMI is logged in any one of the following resources:
CPU: 0 PID: 0 Comm: swapper/0 Not tainted 5.14.0-362.el9.x86_64 #1
Call Trace:
 <NMI>
 panic+0x107/0x2bb
 nmi_panic+0x39/0x40
 hpwdt_pretimeout+0x7b/0x90 [hpwdt]
)",
       "watchdog_hw: hardware watchdog: An NMI occurred. Depending on your system the reason for "
       "the NMI is logged in any one of the following resources:",
       "swapper/0 0 on 0", "", "nmi:panic nmi:nmi_panic nmi:hpwdt_pretimeout[hpwdt]",
       "An NMI occurred. Depending on your system the reason for the NMI is logged in any one of "
       "the following resources:",
       "message"},
      {"a pretimeout",
       R"(Kernel panic - not syncing: watchdog pretimeout event
CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 panic+0x118/0x2f4
)",
       "watchdog_hw: hardware watchdog: watchdog pretimeout event", "swapper/0 0 on 0", "", "panic",
       "watchdog pretimeout event", "message"},
  });
}

TEST(AnalyseCrashPanicsTest, SysrqWinsOverWhatItDoes) {
  constexpr std::string_view kTold = "sysrq: sysrq triggered crash";
  ExpectCrashes({
      {"6.1",
       R"(sysrq: Trigger a crash
Kernel panic - not syncing: sysrq triggered crash
CPU: 0 PID: 871 Comm: bash Kdump: loaded Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 sysrq_handle_crash+0x1a/0x20
)",
       kTold, "bash 871 on 0", "", "dump_stack_lvl panic sysrq_handle_crash",
       "sysrq triggered crash", "message"},
      {"4.18: a NULL pointer on purpose",
       R"(sysrq: SysRq : Trigger a crash
BUG: unable to handle kernel NULL pointer dereference at 0000000000000000
PGD 0 P4D 0
Oops: 0002 [#1] SMP PTI
CPU: 0 PID: 871 Comm: bash Kdump: loaded Not tainted 4.18.0-80.el8.x86_64 #1
RIP: 0010:sysrq_handle_crash+0x12/0x20
Call Trace:
 __handle_sysrq+0xa4/0x150
 write_sysrq_trigger+0x2b/0x30
)",
       kTold, "bash 871 on 0", "", "*sysrq_handle_crash __handle_sysrq write_sysrq_trigger", "",
       "message"},
      {"3.10",
       R"(SysRq : Trigger a crash
BUG: unable to handle kernel NULL pointer dereference at           (null)
IP: [<ffffffff81464876>] sysrq_handle_crash+0x16/0x20
PGD 0
Oops: 0002 [#1] SMP
CPU: 0 PID: 871 Comm: bash Not tainted 3.10.0-1160.el7.x86_64 #1
RIP: 0010:[<ffffffff81464876>]  [<ffffffff81464876>] sysrq_handle_crash+0x16/0x20
Call Trace:
 [<ffffffff8146509d>] __handle_sysrq+0x10d/0x170
)",
       kTold, "bash 871 on 0", "", "*sysrq_handle_crash __handle_sysrq", "", "message"},
      {"arm64 4.19",
       R"(sysrq: SysRq : Trigger a crash
Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000
Mem abort info:
  ESR = 0x96000045
Internal error: Oops: 96000045 [#1] SMP
CPU: 0 PID: 871 Comm: bash Not tainted 4.19.0-27-arm64 #1 Debian 4.19.316-1
pc : sysrq_handle_crash+0x24/0x30
Call trace:
 sysrq_handle_crash+0x24/0x30
)",
       kTold, "bash 871 on 0", "", "*sysrq_handle_crash sysrq_handle_crash", "", "message"},
      {"s390x",
       R"(sysrq: Trigger a crash
Kernel panic - not syncing: sysrq triggered crash
CPU: 0 PID: 1 Comm: init Kdump: loaded Not tainted 6.1.192-s390x #1
Call Trace:
 [<000000000060a1f2>] dump_stack_lvl+0x62/0x88
 [<0000000000601df2>] panic+0x112/0x2e8
)",
       kTold, "init 1 on 0", "", "dump_stack_lvl panic", "sysrq triggered crash", "message"},
  });
}

TEST(AnalyseCrashPanicsTest, ErrorsOfTheMachine) {
  ExpectCrashes({
      {"a machine check; the first of its lines is the reason",
       R"(mce: [Hardware Error]: CPU 12: Machine Check Exception: 5 Bank 7: be00000000800400
mce: [Hardware Error]: TSC 0 ADDR ffffffff81060aa2 MISC 7880
mce: [Hardware Error]: CPU 12: Machine Check: 0 Bank 3: f2000000000b0005
Kernel panic - not syncing: Fatal machine check
)",
       "machine_check: machine check: Fatal machine check", "- - on -", "", "",
       "Fatal machine check", "message"},
      {"APEI",
       R"({1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 4
{1}[Hardware Error]: event severity: fatal
{1}[Hardware Error]:  Error 0, type: fatal
Kernel panic - not syncing: Fatal hardware error!
CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <NMI>
 panic+0x118/0x2f4
)",
       "machine_check: machine check: Fatal hardware error!", "swapper/0 0 on 0", "", "nmi:panic",
       "Fatal hardware error!", "message"},
      {"ppc64le",
       R"(MCE: CPU4: machine check (Severe) Host UE Load/Store DAR: 0000000017a5d000 [Not recovered]
Kernel panic - not syncing: Unrecovered Machine check
CPU: 4 PID: 33 Comm: fio Tainted: G   M              6.1.0-31-powerpc64le #1  Debian 6.1.128-1
Call Trace:
[c00000001b36faf0] [c000000000137dd8] panic+0x16c/0x444
)",
       "machine_check: machine check: Unrecovered Machine check", "fio 33 on 4", "", "panic",
       "Unrecovered Machine check", "message"},
      {"an NMI of unknown reason: its stack is a matter of chance",
       R"(Uhhuh. NMI received for unknown reason 21 on CPU 0.
Kernel panic - not syncing: NMI: Not continuing
CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <NMI>
 panic+0x118/0x2f4
 nmi_panic.cold+0xc/0xc
 </NMI>
)",
       "nmi: NMI: Not continuing", "swapper/0 0 on 0", "", "nmi:panic nmi:nmi_panic.cold",
       "NMI: Not continuing", "message"},
      {"an I/O check",
       R"(NMI: IOCK error (debug interrupt?) for reason 71 on CPU 0.
Kernel panic - not syncing: NMI IOCK error: Not continuing
CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <NMI>
 panic+0x118/0x2f4
)",
       "nmi: NMI IOCK error: Not continuing", "swapper/0 0 on 0", "", "nmi:panic",
       "NMI IOCK error: Not continuing", "message"},
      {"arm64: SError",
       R"(SError Interrupt on CPU3, code 0x00000000be000411 -- SError
CPU: 3 PID: 77 Comm: fio Not tainted 6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_poll+0x18/0x84 [blkq]
lr : blkq_poll+0x10/0x84 [blkq]
Kernel panic - not syncing: Asynchronous SError Interrupt
CPU: 3 PID: 77 Comm: fio Not tainted 6.1.0-31-arm64 #1  Debian 6.1.128-1
Call trace:
 panic+0x164/0x378
 nmi_panic+0x8c/0x90
 arm64_serror_panic+0x78/0x84
)",
       "serror: SError: Asynchronous SError Interrupt", "fio 77 on 3", "blkq_poll [blkq]",
       "*blkq_poll[blkq]", "Asynchronous SError Interrupt", "message"},
  });
}

}  // namespace
}  // namespace kdumpd
