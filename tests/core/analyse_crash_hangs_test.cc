// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// What does not go on. Whoever notices prints stacks of others, and its own.
namespace kdumpd {
namespace {

TEST(AnalyseCrashHangsTest, SoftLockups) {
  constexpr std::string_view kTold = "soft_lockup: soft lockup in blkq_spin [blkq]";
  ExpectCrashes({
      {"x86 6.1: the module, not the generic frame outside of it",
       R"(watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [fio:1742]
Modules linked in: blkq(OE) nvme(E)
CPU: 3 PID: 1742 Comm: fio Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <TASK>
 blkq_ioctl+0x1d/0x30 [blkq]
 full_proxy_write+0x53/0x80
 vfs_write+0xc7/0x3f0
 ksys_write+0x6b/0xf0
 do_syscall_64+0x5d/0x90
RIP: 0033:0x47b7a0
 </TASK>
Kernel panic - not syncing: softlockup: hung tasks
CPU: 3 PID: 1742 Comm: fio Kdump: loaded Tainted: G           OEL     6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <IRQ>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 watchdog_timer_fn.cold+0xc/0x16
 __hrtimer_run_queues+0x10d/0x250
)",
       "soft_lockup: soft lockup in blkq_ioctl [blkq]", "fio 1742 on 3", "blkq_ioctl [blkq]",
       "*blkq_spin[blkq] blkq_ioctl[blkq] full_proxy_write vfs_write", "softlockup: hung tasks"},
      {"x86 3.10",
       R"(BUG: soft lockup - CPU#3 stuck for 23s! [my task:1742]
Modules linked in: blkq(OE)
CPU: 3 PID: 1742 Comm: my task Tainted: G           OEL ------------   3.10.0-1160.el7.x86_64 #1
task: ffff88103f2b8fd0 ti: ffff88102d4a4000 task.ti: ffff88102d4a4000
RIP: 0010:[<ffffffffa04c3128>]  [<ffffffffa04c3128>] blkq_spin+0x18/0x80 [blkq]
Call Trace:
 [<ffffffff81249b3d>] vfs_write+0xbd/0x1e0
 [<ffffffff8124a93f>] SyS_write+0x7f/0xf0
Kernel panic - not syncing: softlockup: hung tasks
CPU: 3 PID: 1742 Comm: my task Tainted: G           OEL ------------   3.10.0-1160.el7.x86_64 #1
Call Trace:
 <IRQ>  [<ffffffff81781340>] dump_stack+0x19/0x1b
 [<ffffffff8177b9a0>] panic+0xe8/0x21f
)",
       kTold, "my task 1742 on 3", "blkq_spin [blkq]", "*blkq_spin[blkq] vfs_write SyS_write",
       "softlockup: hung tasks"},
      {"arm64",
       R"(watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [fio:1742]
Modules linked in: blkq(OE)
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_spin+0x18/0x58 [blkq]
lr : blkq_spin+0x10/0x58 [blkq]
Call trace:
 blkq_spin+0x18/0x58 [blkq]
 vfs_write+0xdc/0x3a0
Kernel panic - not syncing: softlockup: hung tasks
)",
       kTold, "fio 1742 on 3", "blkq_spin [blkq]", "*blkq_spin[blkq] blkq_spin[blkq] vfs_write",
       "softlockup: hung tasks"},
      {"no module: the frame next to where all such stacks begin; the kernel went on",
       R"(watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [rm:88]
CPU: 1 PID: 88 Comm: rm Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:_raw_spin_lock+0x13/0x30
Call Trace:
 <TASK>
 shrink_lock_dentry.part.0+0x20/0xd0
 __dentry_kill+0x8a/0x180
 dput+0x13f/0x300
 do_unlinkat+0x1f2/0x2b0
 __x64_sys_unlinkat+0x33/0x60
 do_syscall_64+0x5d/0x90
)",
       "soft_lockup: soft lockup in do_unlinkat", "rm 88 on 1", "do_unlinkat",
       "*_raw_spin_lock shrink_lock_dentry.part.0 __dentry_kill dput", "", "frames", false},
  });
}

TEST(AnalyseCrashHangsTest, HardLockups) {
  ExpectCrashes({
      {"x86 6.1: its own registers, behind the panic's stack",
       R"(NMI watchdog: Watchdog detected hard LOCKUP on cpu 2
Modules linked in: blkq(OE)
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <TASK>
 vfs_write+0xc7/0x3f0
 </TASK>
Kernel panic - not syncing: Hard LOCKUP
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <NMI>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 nmi_panic.cold+0xc/0xc
 watchdog_overflow_callback.cold+0xc/0x16
)",
       "hard_lockup: hard lockup in blkq_spin [blkq]", "fio 1742 on 2", "blkq_spin [blkq]",
       "*blkq_spin[blkq] vfs_write", "Hard LOCKUP"},
      {"x86 6.12: another processor noticed, and made it print its stack",
       R"(watchdog: CPU5: Watchdog detected hard LOCKUP on cpu 2
Modules linked in: blkq(OE)
Sending NMI from CPU 5 to CPUs 2:
NMI backtrace for cpu 2
CPU: 2 UID: 0 PID: 1742 Comm: fio Tainted: G           OE      6.12.12-amd64 #1  Debian 6.12.12-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <NMI>
 ? nmi_cpu_backtrace.cold+0x1b/0x76
 ? exc_nmi+0x11e/0x150
 </NMI>
 <TASK>
 vfs_write+0xc7/0x3f0
 ksys_write+0x6d/0xf0
 </TASK>
Kernel panic - not syncing: Hard LOCKUP
CPU: 5 UID: 0 PID: 0 Comm: swapper/5 Tainted: G           OE      6.12.12-amd64 #1  Debian 6.12.12-1
Call Trace:
 <IRQ>
 dump_stack_lvl+0x5d/0x80
 panic+0x118/0x2db
 watchdog_hardlockup_check.cold+0x11/0x11
)",
       "hard_lockup: hard lockup in blkq_spin [blkq]", "fio 1742 on 2", "blkq_spin [blkq]",
       "*blkq_spin[blkq] nmi:?nmi_cpu_backtrace.cold nmi:?exc_nmi vfs_write ksys_write",
       "Hard LOCKUP"},
      {"3.10: the panic is all that is told",
       R"(Kernel panic - not syncing: Watchdog detected hard LOCKUP on cpu 2
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE  ------------   3.10.0-514.el7.x86_64 #1
Call Trace:
 <NMI>  [<ffffffff81685fac>] dump_stack+0x19/0x1b
 [<ffffffff8167f3b3>] panic+0xe3/0x1f2
 [<ffffffff81085abf>] nmi_panic+0x3f/0x40
 [<ffffffff8112f879>] watchdog_overflow_callback+0xf9/0x100
 [<ffffffff81174d2e>] __perf_event_overflow+0x8e/0x1f0
 [<ffffffff8168ea7c>] do_nmi+0x16c/0x450
 [<ffffffff8168dfd3>] end_repeat_nmi+0x1e/0x2e
 [<ffffffffa04c3128>] ? blkq_spin+0x18/0x80 [blkq]
 <<EOE>>  [<ffffffffa04c32a4>] blkq_spin+0x18/0x80 [blkq]
 [<ffffffff81249b3d>] vfs_write+0xbd/0x1e0
)",
       "hard_lockup: hard lockup in blkq_spin [blkq]", "fio 1742 on 2", "blkq_spin [blkq]",
       "nmi:dump_stack nmi:panic nmi:nmi_panic", "Watchdog detected hard LOCKUP on cpu 2"},
      {"ppc64le: the line names the function",
       R"(watchdog: CPU 2 self-detected hard LOCKUP @ blkq_spin+0x28/0xc0 [blkq]
watchdog: CPU 2 TB:1024000000, last heartbeat TB:512000000 (1000ms ago)
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian 6.1.128-1
NIP [c008000004a10128] blkq_spin+0x28/0xc0 [blkq]
LR [c008000004a10124] blkq_spin+0x24/0xc0 [blkq]
Call Trace:
[c00000001b36faf0] [c00000000052b5bc] vfs_write+0x37c/0x4c0
Kernel panic - not syncing: Hard LOCKUP
)",
       "hard_lockup: hard lockup in blkq_spin [blkq]", "fio 1742 on 2", "blkq_spin [blkq]",
       "*blkq_spin[blkq] vfs_write", "Hard LOCKUP"},
  });
}

TEST(AnalyseCrashHangsTest, HungTasks) {
  ExpectCrashes({
      {"6.1: the last of them, and not the stack of khungtaskd",
       R"(INFO: task jbd2/sda1-8:310 blocked for more than 120 seconds.
      Tainted: G           OE      6.1.0-31-amd64 #1 Debian 6.1.128-1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:jbd2/sda1-8     state:D stack:0     pid:310   ppid:2      flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x34d/0xa00
 schedule+0x5a/0xd0
 io_schedule+0x42/0x70
 blkq_wait+0x11/0x20 [blkq]
 kthread+0xda/0x100
 </TASK>
Kernel panic - not syncing: hung_task: blocked tasks
CPU: 0 PID: 23 Comm: khungtaskd Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 watchdog.cold+0xc/0xbb
 kthread+0xda/0x100
)",
       "hung_task: hung task in blkq_wait [blkq]", "jbd2/sda1-8 310 on -", "blkq_wait [blkq]",
       "__schedule schedule io_schedule blkq_wait[blkq] kthread", "hung_task: blocked tasks"},
      {"6.12: waits for a disk; a name with blanks and colons",
       R"(INFO: task a:b c:77 blocked in I/O wait for more than 122 seconds.
      Not tainted 6.16.3-amd64 #1
task:a:b c           state:D stack:0     pid:77    tgid:77    ppid:1      task_flags:0x400100 flags:0x00004002
Call Trace:
 <TASK>
 __schedule+0x3d1/0x990
 schedule+0x27/0xd0
 io_schedule+0x46/0x70
 folio_wait_bit_common+0x13d/0x350
 filemap_get_pages+0x5b7/0x640
)",
       "hung_task: hung task in filemap_get_pages", "a:b c 77 on -", "filemap_get_pages",
       "__schedule schedule io_schedule folio_wait_bit_common", "", "frames", false},
      {"arm64: the mutex is of another",
       R"(INFO: task fio:655 blocked for more than 120 seconds.
      Tainted: G           OE      6.1.0-31-arm64 #1 Debian 6.1.128-1
task:fio             state:D stack:0     pid:655   ppid:1      flags:0x00000009
Call trace:
 __switch_to+0xf0/0x170
 __schedule+0x340/0x940
 schedule+0x58/0xf0
 schedule_preempt_disabled+0x2c/0x50
 __mutex_lock.constprop.0+0x19c/0x590
 __mutex_lock_slowpath+0x1c/0x30
 mutex_lock+0x50/0x60
 blkq_ioctl+0x34/0x88 [blkq]
 __arm64_sys_ioctl+0xb0/0xf4
Kernel panic - not syncing: hung_task: blocked tasks
)",
       "hung_task: hung task in blkq_ioctl [blkq]", "fio 655 on -", "blkq_ioctl [blkq]",
       "__switch_to __schedule schedule", "hung_task: blocked tasks"},
      {"3.10",
       R"(INFO: task fio:655 blocked for more than 120 seconds.
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
fio             D ffff88103fc14780     0   655      1 0x00000080
Call Trace:
 [<ffffffff8168c969>] schedule+0x29/0x70
 [<ffffffff8168a3a9>] schedule_timeout+0x239/0x2c0
 [<ffffffff8168cd16>] wait_for_completion+0x116/0x170
 [<ffffffffa04c3128>] blkq_flush+0x28/0x50 [blkq]
Kernel panic - not syncing: hung_task: blocked tasks
)",
       "hung_task: hung task in blkq_flush [blkq]", "fio 655 on -", "blkq_flush [blkq]",
       "schedule schedule_timeout wait_for_completion", "hung_task: blocked tasks"},
  });
}

}  // namespace
}  // namespace kdumpd
