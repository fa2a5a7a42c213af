// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// Addresses that are not NULL, and calls to where no function is.
namespace kdumpd {
namespace {

TEST(AnalyseCrashPagingTest, AddressesThatAreNotThere) {
  constexpr std::string_view kTold = "page_fault: bad page fault in blkq_poll [blkq]";
  ExpectCrashes({
      {"x86 6.1",
       R"(BUG: unable to handle page fault for address: ffffc90004a31000
#PF: supervisor write access in kernel mode
#PF: error_code(0x0002) - not-present page
PGD 100000067 P4D 100000067 PUD 1001d4067 PMD 0
Oops: 0002 [#1] PREEMPT SMP PTI
CPU: 7 PID: 0 Comm: swapper/7 Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 <IRQ>
 blkq_irq+0x2a/0x60 [blkq]
 __handle_irq_event_percpu+0x46/0x190
 handle_edge_irq+0x87/0x220
 __common_interrupt+0x3f/0xb0
 </IRQ>
 <TASK>
 asm_common_interrupt+0x22/0x40
RIP: 0010:cpuidle_enter_state+0xde/0x420
 do_idle+0x20c/0x290
 cpu_startup_entry+0x26/0x30
)",
       kTold, "swapper/7 0 on 7", "blkq_poll [blkq]",
       "*blkq_poll[blkq] irq:blkq_irq[blkq] irq:__handle_irq_event_percpu"},
      {"x86 4.4",
       R"(BUG: unable to handle kernel paging request at ffffc90004a31000
IP: [<ffffffffc04a1041>] blkq_poll+0x41/0x130 [blkq]
PGD 83f80d067 PUD 83f80e067 PMD 0
Oops: 0002 [#1] SMP
Modules linked in: blkq(OE)
CPU: 7 PID: 55 Comm: ksoftirqd/7 Tainted: G           OE   4.4.0-210-generic #242-Ubuntu
task: ffff88083c1f8000 ti: ffff88083c1f4000 task.ti: ffff88083c1f4000
RIP: 0010:[<ffffffffc04a1041>]  [<ffffffffc04a1041>] blkq_poll+0x41/0x130 [blkq]
Call Trace:
 [<ffffffffc04a2210>] ? blkq_refill+0x30/0x30 [blkq]
 [<ffffffff81760c71>] net_rx_action+0x141/0x390
 [<ffffffff81086f6b>] __do_softirq+0x10b/0x280
)",
       kTold, "ksoftirqd/7 55 on 7", "blkq_poll [blkq]",
       "*blkq_poll[blkq] ?blkq_refill[blkq] net_rx_action __do_softirq"},
      {"arm64 6.1: write to what is read-only",
       R"(Unable to handle kernel write to read-only memory at virtual address ffff80000a2c1000
Mem abort info:
  ESR = 0x000000009600004f
Internal error: Oops: 000000009600004f [#1] SMP
Modules linked in: blkq(OE)
CPU: 1 PID: 655 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_poll+0x30/0x84 [blkq]
lr : blkq_work+0x64/0x118 [blkq]
Call trace:
 blkq_poll+0x30/0x84 [blkq]
 blkq_work+0x64/0x118 [blkq]
 process_one_work+0x1f4/0x460
)",
       kTold, "fio 655 on 1", "blkq_poll [blkq]",
       "*blkq_poll[blkq] blkq_poll[blkq] blkq_work[blkq]"},
      {"arm64: an abort that the bus has answered",
       R"(Internal error: synchronous external abort: 0000000096000410 [#1] SMP
Modules linked in: blkq(OE)
CPU: 0 PID: 88 Comm: kworker/0:2 Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_poll+0x18/0x84 [blkq]
Call trace:
 blkq_poll+0x18/0x84 [blkq]
 worker_thread+0x74/0x420
)",
       kTold, "kworker/0:2 88 on 0", "blkq_poll [blkq]", "*blkq_poll[blkq] blkq_poll[blkq]"},
      {"ppc64le 6.1",
       R"(BUG: Unable to handle kernel data access on write at 0xc0080000deadbef0
Faulting instruction address: 0xc008000004a10128
Oops: Kernel access of bad area, sig: 11 [#1]
CPU: 12 PID: 4471 Comm: fio Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian 6.1.128-1
NIP [c008000004a10128] blkq_poll+0x28/0xc0 [blkq]
LR [c008000004a102f4] blkq_work+0x84/0x150 [blkq]
Call Trace:
[c00000001b36fa90] [c008000004a102f4] blkq_work+0x84/0x150 [blkq] (unreliable)
[c00000001b36faf0] [c00000000018d1b4] process_one_work+0x2b4/0x5d0
)",
       kTold, "fio 4471 on 12", "blkq_poll [blkq]",
       "*blkq_poll[blkq] ?blkq_work[blkq] process_one_work"},
      {"s390x 6.1",
       R"(Unable to handle kernel pointer dereference in virtual kernel address space
Failing address: 6b6b6b6b6b6b6000 TEID: 6b6b6b6b6b6b6803
Fault in home space mode while using kernel ASCE.
Oops: 0038 ilc:3 [#1] SMP
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_poll+0x1e/0x78 [blkq])
Call Trace:
([<0000000000000000>] 0x0)
 [<000003ff80042b10>] blkq_work+0x60/0xd8 [blkq]
 [<000000000016a1ce>] worker_thread+0x66/0x488
)",
       kTold, "fio 1742 on 2", "blkq_poll [blkq]",
       "*blkq_poll[blkq] blkq_work[blkq] worker_thread"},
  });
}

TEST(AnalyseCrashPagingTest, GeneralProtection) {
  constexpr std::string_view kTold =
      "general_protection: general protection fault in blkq_poll [blkq]";
  ExpectCrashes({
      {"6.1",
       R"(general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] PREEMPT SMP NOPTI
CPU: 4 PID: 1204 Comm: kworker/4:1H Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian
Workqueue: kblockd blk_mq_run_work_fn
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 <TASK>
 blk_mq_dispatch_rq_list+0x12e/0x7e0
 process_one_work+0x1c7/0x380
)",
       kTold, "kworker/4:1H 1204 on 4", "blkq_poll [blkq]",
       "*blkq_poll[blkq] blk_mq_dispatch_rq_list"},
      {"6.12",
       R"(Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] PREEMPT SMP NOPTI
CPU: 4 UID: 0 PID: 1204 Comm: kworker/4:1H Tainted: G           OE      6.12.12-amd64 #1  Debian
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 <TASK>
 blk_mq_dispatch_rq_list+0x12e/0x7e0
)",
       kTold, "kworker/4:1H 1204 on 4", "blkq_poll [blkq]",
       "*blkq_poll[blkq] blk_mq_dispatch_rq_list"},
      {"3.10",
       R"(general protection fault: 0000 [#1] SMP
Modules linked in: blkq(OE)
CPU: 4 PID: 1204 Comm: kworker/4:1H Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
RIP: 0010:[<ffffffffc04a1041>]  [<ffffffffc04a1041>] blkq_poll+0x41/0x130 [blkq]
Call Trace:
 [<ffffffff813564d3>] blk_mq_dispatch_rq_list+0x133/0x560
)",
       kTold, "kworker/4:1H 1204 on 4", "blkq_poll [blkq]",
       "*blkq_poll[blkq] blk_mq_dispatch_rq_list"},
      {"KASAN says that its shadow of NULL was what faulted",
       R"(general protection fault, probably for non-canonical address 0xdffffc0000000003: 0000 [#1] PREEMPT SMP KASAN PTI
KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]
CPU: 4 PID: 1204 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 <TASK>
 blkq_work+0x12e/0x7e0 [blkq]
)",
       "null_dereference: NULL pointer dereference in blkq_poll [blkq]", "fio 1204 on 4",
       "blkq_poll [blkq]", "*blkq_poll[blkq] blkq_work[blkq]"},
      {"KASAN says that it was another wild address",
       R"(general protection fault, probably for non-canonical address 0xf99998000000000c: 0000 [#1] PREEMPT SMP KASAN PTI
KASAN: maybe wild-memory-access in range [0xccccc00000000060-0xccccc00000000067]
CPU: 4 PID: 1204 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_poll+0x41/0x130 [blkq]
Call Trace:
 blkq_work+0x12e/0x7e0 [blkq]
)",
       kTold, "fio 1204 on 4", "blkq_poll [blkq]", "*blkq_poll[blkq] blkq_work[blkq]"},
  });
}

TEST(AnalyseCrashPagingTest, CallsToWhereNoFunctionIs) {
  constexpr std::string_view kTold =
      "null_dereference: NULL pointer dereference in blkq_notify [blkq]";
  ExpectCrashes({
      {"6.1",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000000
#PF: supervisor instruction fetch in kernel mode
#PF: error_code(0x0010) - not-present page
Oops: 0010 [#1] PREEMPT SMP NOPTI
CPU: 1 PID: 990 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:0x0
Code: Unable to access opcode bytes at 0xffffffffffffffd6.
Call Trace:
 <TASK>
 blkq_notify+0x2c/0x60 [blkq]
 vfs_ioctl+0x21/0x40
)",
       kTold, "fio 990 on 1", "blkq_notify [blkq]", "blkq_notify[blkq] vfs_ioctl"},
      {"5.4",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000000
#PF: supervisor instruction fetch in kernel mode
Oops: 0010 [#1] SMP NOPTI
CPU: 1 PID: 990 Comm: fio Tainted: G           OE     5.4.0-200-generic #220-Ubuntu
RIP: 0010:0x0
Code: Bad RIP value.
Call Trace:
 blkq_notify+0x2c/0x60 [blkq]
 do_vfs_ioctl+0x407/0x670
)",
       kTold, "fio 990 on 1", "blkq_notify [blkq]", "blkq_notify[blkq] do_vfs_ioctl"},
      {"3.10",
       R"(BUG: unable to handle kernel NULL pointer dereference at           (null)
IP: [<          (null)>]           (null)
Oops: 0010 [#1] SMP
CPU: 1 PID: 990 Comm: fio Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
RIP: 0010:[<0000000000000000>]  [<          (null)>]           (null)
Call Trace:
 [<ffffffffa04c3128>] blkq_notify+0x28/0x50 [blkq]
 [<ffffffff8126047c>] do_vfs_ioctl+0x3ac/0x5a0
RIP  [<          (null)>]           (null)
)",
       kTold, "fio 990 on 1", "blkq_notify [blkq]", "blkq_notify[blkq] do_vfs_ioctl"},
      {"arm64",
       R"(Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000
Internal error: Oops: 0000000086000004 [#1] SMP
CPU: 1 PID: 990 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : 0x0
lr : blkq_notify+0x2c/0x60 [blkq]
Call trace:
 0x0
 blkq_notify+0x2c/0x60 [blkq]
 __arm64_sys_ioctl+0xb0/0xf0
)",
       kTold, "fio 990 on 1", "blkq_notify [blkq]", "blkq_notify[blkq] __arm64_sys_ioctl"},
      {"ppc64le",
       R"(BUG: Unable to handle kernel instruction fetch (NULL pointer?)
Faulting instruction address: 0x00000000
Oops: Kernel access of bad area, sig: 11 [#1]
CPU: 1 PID: 990 Comm: fio Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian 6.1.128-1
NIP [0000000000000000] 0x0
LR [c008000004a102f4] blkq_notify+0x84/0x150 [blkq]
Call Trace:
[c00000001b36fa90] [c008000004a102f4] blkq_notify+0x84/0x150 [blkq]
[c00000001b36faf0] [c00000000055d1b4] vfs_ioctl+0x34/0x60
)",
       kTold, "fio 990 on 1", "blkq_notify [blkq]", "blkq_notify[blkq] vfs_ioctl"},
      {"code in a page that is no code: where it jumped to is in no module",
       R"(kernel tried to execute NX-protected page - exploit attempt? (uid: 0)
BUG: unable to handle page fault for address: ffff8a19025aa780
#PF: supervisor instruction fetch in kernel mode
Oops: 0011 [#1] PREEMPT SMP NOPTI
CPU: 1 PID: 990 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:0xffff8a19025aa780
Call Trace:
 <TASK>
 ? blkq_name+0x20/0x20 [blkq]
 blkq_notify+0x2c/0x60 [blkq]
)",
       "page_fault: bad page fault in blkq_notify [blkq]", "fio 990 on 1", "blkq_notify [blkq]",
       "?blkq_name[blkq] blkq_notify[blkq]"},
  });
}

}  // namespace
}  // namespace kdumpd
