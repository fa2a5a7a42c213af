// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// A stall of RCU: the victim's stack stands before that of the culprit.
namespace kdumpd {
namespace {

TEST(AnalyseCrashStallsTest, TakesTheProcessorThatStalls) {
  constexpr std::string_view kTold = "rcu_stall: RCU stall in blkq_spin [blkq]";
  ExpectCrashes({
      {"6.1: noticed by itself",
       R"(rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: 	3-....: (5249 ticks this GP) idle=5b94/1/0x4000000000000000 softirq=890/890 fqs=2625
	(t=5250 jiffies g=1329 q=94 ncpus=4)
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <TASK>
 vfs_write+0xc7/0x3f0
 ksys_write+0x6b/0xf0
 </TASK>
Kernel panic - not syncing: RCU Stall
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <IRQ>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 panic_on_rcu_stall.part.0+0x23/0x23
)",
       kTold, "fio 1742 on 3", "blkq_spin [blkq]", "*blkq_spin[blkq] vfs_write ksys_write",
       "RCU Stall"},
      {"6.1: noticed by another, and the thread of the grace period starved",
       R"(rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: 	1-...!: (0 ticks this GP) idle=9c8c/1/0x4000000000000000 softirq=1070/1070 fqs=0
	(detected by 2, t=5252 jiffies, g=2077, q=24 ncpus=4)
Sending NMI from CPU 2 to CPUs 1:
NMI backtrace for cpu 1
CPU: 1 PID: 655 Comm: blkq/1 Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x1a/0x58 [blkq]
Call Trace:
 <TASK>
 blkq_thread+0x4c/0x70 [blkq]
 kthread+0xda/0x100
 </TASK>
rcu: rcu_preempt kthread starved for 5252 jiffies! g2077 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1
rcu: 	Unless rcu_preempt kthread gets sufficient CPU time, OOM is now expected behavior.
rcu: RCU grace-period kthread stack dump:
task:rcu_preempt     state:R  running task     stack:0     pid:15    ppid:2      flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x34d/0xa00
 schedule+0x5a/0xd0
 schedule_timeout+0x94/0x150
 rcu_gp_fqs_loop+0x10b/0x540
 kthread+0xda/0x100
 </TASK>
Kernel panic - not syncing: RCU Stall
CPU: 2 PID: 0 Comm: swapper/2 Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <IRQ>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
)",
       "rcu_stall: RCU stall in blkq_thread [blkq]", "blkq/1 655 on 1", "blkq_thread [blkq]",
       "*blkq_spin[blkq] blkq_thread[blkq] kthread", "RCU Stall"},
      {"6.1: the grace period's stack stands first",
       R"(rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
	(detected by 0, t=5252 jiffies, g=2077, q=24 ncpus=4)
rcu: All QSes seen, last rcu_preempt kthread activity 5251 (4294943-4294937), jiffies_till_next_fqs=1
rcu: rcu_preempt kthread starved for 5251 jiffies! g2077 f0x2 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=3
rcu: RCU grace-period kthread stack dump:
task:rcu_preempt     state:R  running task     stack:0     pid:15    ppid:2      flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x34d/0xa00
 schedule+0x5a/0xd0
 rcu_gp_fqs_loop+0x10b/0x540
 kthread+0xda/0x100
 </TASK>
rcu: Stack dump where RCU GP kthread last ran:
Sending NMI from CPU 0 to CPUs 3:
NMI backtrace for cpu 3
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <TASK>
 vfs_write+0xc7/0x3f0
 </TASK>
)",
       kTold, "fio 1742 on 3", "blkq_spin [blkq]", "*blkq_spin[blkq] vfs_write", "", "frames",
       false},
      {"arm64: detected by a processor that prints its own stack before",
       R"(rcu: INFO: rcu_sched self-detected stall on CPU
rcu: 	2-....: (14989 ticks this GP) idle=ff2/1/0x4000000000000002 softirq=93/93 fqs=7495
	(t=15000 jiffies g=-979 q=20)
Task dump for CPU 2:
task:fio             state:R  running task     stack:    0 pid: 1742 ppid:     1 flags:0x00000002
Call trace:
 dump_backtrace+0x0/0x1b0
 show_stack+0x20/0x30
 sched_show_task+0x150/0x180
 rcu_sched_clock_irq+0x8c0/0xcd0
 update_process_times+0xa8/0xf0
 el1_irq+0xc8/0x180
 blkq_spin+0x18/0x58 [blkq]
 vfs_write+0xf0/0x2b0
)",
       kTold, "fio 1742 on 2", "blkq_spin [blkq]", "dump_backtrace show_stack", "", "frames",
       false},
      {"3.10: the registers stand between interrupt and task",
       R"(INFO: rcu_sched self-detected stall on CPU { 3}  (t=60000 jiffies g=7321 c=7320 q=4155)
Task dump for CPU 3:
fio             R  running task        0  1742      1 0x00000008
Call Trace:
 <IRQ>  [<ffffffff810c8658>] sched_show_task+0xa8/0x110
 [<ffffffff810cc2d9>] dump_cpu_task+0x39/0x70
 [<ffffffff81136d50>] rcu_dump_cpu_stacks+0x90/0xd0
 [<ffffffff8113a4b2>] rcu_check_callbacks+0x442/0x730
 [<ffffffff8169a07d>] apic_timer_interrupt+0x6d/0x80
 <EOI>  [<ffffffffa04c3128>] ? blkq_name+0x18/0x80 [blkq]
 [<ffffffffa04c32a4>] blkq_spin+0x24/0x80 [blkq]
 [<ffffffff81249b3d>] vfs_write+0xbd/0x1e0
Kernel panic - not syncing: RCU Stall
)",
       kTold, "fio 1742 on 3", "blkq_spin [blkq]", "irq:sched_show_task irq:dump_cpu_task",
       "RCU Stall"},
      {"expedited",
       R"(rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 3-.... } 5405 jiffies s: 209 root: 0x8/.
rcu: blocking rcu_node structures (internal RCU debug):
Sending NMI from CPU 0 to CPUs 3:
NMI backtrace for cpu 3
CPU: 3 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_spin+0x18/0x58 [blkq]
Call Trace:
 <TASK>
 vfs_write+0xc7/0x3f0
)",
       kTold, "fio 1742 on 3", "blkq_spin [blkq]", "*blkq_spin[blkq] vfs_write", "", "frames",
       false},
  });
}

}  // namespace
}  // namespace kdumpd
