// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// Addresses that cannot be reached, as every architecture and age of kernel tells of them.
namespace kdumpd {
namespace {

TEST(AnalyseCrashFaultsTest, NullPointersOnX86) {
  constexpr std::string_view kTold =
      "null_dereference: NULL pointer dereference in blkq_submit [blkq]";
  ExpectCrashes({
      {"6.1", kNullX86, kTold, "fio 1742 on 3", "blkq_submit [blkq]",
       "*blkq_submit.isra.0[blkq] ?__die_body.cold blkq_write_iter[blkq] vfs_write"},
      {"6.12", kNullX86Newer, kTold, "kworker/u32:1 90210 on 11", "blkq_submit [blkq]",
       "*blkq_submit[blkq] ?page_fault_oops ?asm_exc_page_fault blkq_write_iter[blkq] vfs_write"},
      {"4.15: the first kernels that print no addresses",
       R"(BUG: unable to handle kernel NULL pointer dereference at 0000000000000018
IP: blkq_submit+0x18/0x80 [blkq]
PGD 0 P4D 0
Oops: 0000 [#1] SMP PTI
Modules linked in: blkq(OE) xfs
CPU: 5 PID: 2216 Comm: fio Kdump: loaded Tainted: G           OE    4.15.0-213-generic #224-Ubuntu
RIP: 0010:blkq_submit+0x18/0x80 [blkq]
RSP: 0018:ffffa1c0c3f4fd98 EFLAGS: 00010246
Call Trace:
 blkq_write_iter+0x74/0xf0 [blkq]
 __vfs_write+0x1b/0x40
 vfs_write+0xb1/0x1a0
 SyS_write+0x55/0xc0
 do_syscall_64+0x73/0x130
 entry_SYSCALL_64_after_hwframe+0x3d/0xa2
RIP: 0033:0x7fa7a2d9c1e7
RIP: blkq_submit+0x18/0x80 [blkq] RSP: ffffa1c0c3f4fd98
CR2: 0000000000000018
)",
       kTold, "fio 2216 on 5", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_write_iter[blkq] __vfs_write vfs_write SyS_write"},
      {"3.10",
       R"(BUG: unable to handle kernel NULL pointer dereference at 0000000000000010
IP: [<ffffffffa04c3128>] blkq_submit+0x18/0x80 [blkq]
PGD 0
Oops: 0000 [#1] SMP
Modules linked in: blkq(OE) xfs libcrc32c
CPU: 5 PID: 2216 Comm: fio Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
Hardware name: HP ProLiant DL380 Gen9/ProLiant DL380 Gen9, BIOS P89 10/17/2018
task: ffff88103f2b8fd0 ti: ffff88102d4a4000 task.ti: ffff88102d4a4000
RIP: 0010:[<ffffffffa04c3128>]  [<ffffffffa04c3128>] blkq_submit+0x18/0x80 [blkq]
RSP: 0018:ffff88102d4a7d98  EFLAGS: 00010246
Stack:
 ffff88102d4a7dc8 ffffffffa04c32a4 ffff88103a1e6400 0000000000001000
Call Trace:
 [<ffffffffa04c32a4>] blkq_write+0x74/0xf0 [blkq]
 [<ffffffff81249b3d>] vfs_write+0xbd/0x1e0
 [<ffffffff8124a93f>] SyS_write+0x7f/0xf0
 [<ffffffff8178dede>] system_call_fastpath+0x25/0x2a
Code: 55 48 89 e5 53 <48> 8b 47 10
RIP  [<ffffffffa04c3128>] blkq_submit+0x18/0x80 [blkq]
 RSP <ffff88102d4a7d98>
CR2: 0000000000000010
)",
       kTold, "fio 2216 on 5", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_write[blkq] vfs_write SyS_write system_call_fastpath"},
      {"2.6.32, which names no processor with the task",
       R"(BUG: unable to handle kernel NULL pointer dereference at (null)
IP: [<ffffffffa00d9128>] blkq_submit+0x18/0x80 [blkq]
PGD 1a36067 PUD 0
Oops: 0000 [#1] SMP
last sysfs file: /sys/devices/system/cpu/online
CPU 7
Modules linked in: blkq(U) ext4
Pid: 4101, comm: fio Not tainted 2.6.32-754.el6.x86_64 #1 HP ProLiant DL380p Gen8
RIP: 0010:[<ffffffffa00d9128>]  [<ffffffffa00d9128>] blkq_submit+0x18/0x80 [blkq]
RSP: 0018:ffff8808337b7e18  EFLAGS: 00010246
Process fio (pid: 4101, threadinfo ffff8808337b6000, task ffff880835c1a040)
Call Trace:
 [<ffffffffa00d92a4>] ? blkq_write+0x74/0xf0 [blkq]
 [<ffffffff8119cd18>] vfs_write+0xb8/0x1a0
 [<ffffffff8119d801>] sys_write+0x51/0x90
 [<ffffffff81564357>] system_call_fastpath+0x35/0x3a
)",
       kTold, "fio 4101 on -", "blkq_submit [blkq]",
       "*blkq_submit[blkq] ?blkq_write[blkq] vfs_write sys_write"},
  });
}

TEST(AnalyseCrashFaultsTest, NullPointersElsewhere) {
  constexpr std::string_view kTold =
      "null_dereference: NULL pointer dereference in blkq_submit [blkq]";
  ExpectCrashes({
      {"arm64 6.1", kNullArm64, kTold, "fio 655 on 2", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_submit[blkq] blkq_write_iter[blkq] vfs_write ksys_write"},
      {"arm64 6.12: suffixes say how a frame was found",
       R"(Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018
Mem abort info:
  ESR = 0x0000000096000006
Internal error: Oops: 0000000096000006 [#1] PREEMPT SMP
Modules linked in: blkq(O)
CPU: 2 UID: 1000 PID: 655 Comm: fio Tainted: G           O       6.12.12-arm64 #1  Debian 6.12.12-1
Tainted: [O]=OOT_MODULE
pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)
pc : blkq_submit+0x18/0x84 [blkq]
lr : blkq_write_iter+0x64/0x118 [blkq]
Call trace:
 blkq_submit+0x18/0x84 [blkq] (P)
 blkq_write_iter+0x64/0x118 [blkq]
 vfs_write+0x234/0x3a0
 el0_svc+0x38/0x120
)",
       kTold, "fio 655 on 2", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_submit[blkq] blkq_write_iter[blkq] vfs_write el0_svc"},
      {"arm64 4.18: user space that is not to be touched",
       R"(Unable to handle kernel access to user memory outside uaccess routines at virtual address 0000000000000018
Mem abort info:
  ESR = 0x96000005
Internal error: Oops: 96000005 [#1] SMP
Modules linked in: blkq(OE)
Process fio (pid: 655, stack limit = 0x00000000a0b3d4a9)
CPU: 2 PID: 655 Comm: fio Kdump: loaded Tainted: G           OE    --------- -  - 4.18.0-553.el8.aarch64 #1
pc : blkq_submit+0x18/0x84 [blkq]
Call trace:
 blkq_submit+0x18/0x84 [blkq]
 vfs_write+0xb0/0x1d0
 el0_svc_handler+0xb0/0x180
 el0_svc+0x8/0xc
)",
       kTold, "fio 655 on 2", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_submit[blkq] vfs_write"},
      {"ppc64le 6.1",
       R"(Kernel attempted to read user page (18) - exploit attempt? (uid: 0)
BUG: Kernel NULL pointer dereference on read at 0x00000018
Faulting instruction address: 0xc008000004a10128
Oops: Kernel access of bad area, sig: 11 [#1]
LE PAGE_SIZE=64K MMU=Radix SMP NR_CPUS=2048 NUMA pSeries
Modules linked in: blkq(OE) xfs
CPU: 12 PID: 4471 Comm: fio Kdump: loaded Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian
Hardware name: IBM,9080-HEX POWER10 (raw) 0x800200 0xf000006 of:IBM,FW1030.11 hv:phyp pSeries
NIP:  c008000004a10128 LR: c008000004a102f4 CTR: c008000004a10270
REGS: c00000001b36f7c0 TRAP: 0300   Tainted: G           OE       (6.1.0-31-powerpc64le Debian)
MSR:  800000000280b033 <SF,VEC,VSX,EE,FP,ME,IR,DR,RI,LE>  CR: 24004844  XER: 00000000
NIP [c008000004a10128] blkq_submit+0x28/0xc0 [blkq]
LR [c008000004a102f4] blkq_write_iter+0x84/0x150 [blkq]
Call Trace:
[c00000001b36fa60] [c00000001b36faa0] 0xc00000001b36faa0 (unreliable)
[c00000001b36fa90] [c008000004a102f4] blkq_write_iter+0x84/0x150 [blkq]
[c00000001b36faf0] [c00000000052b5bc] vfs_write+0x37c/0x4c0
[c00000001b36fb60] [c00000000002b000] system_call_exception+0x130/0x250
[c00000001b36fe10] [c00000000000c0f0] system_call_vectored_common+0xf0/0x280
--- interrupt: 3000 at 0x7fff9a3c4180
)",
       kTold, "fio 4471 on 12", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_write_iter[blkq] vfs_write system_call_exception"},
      {"ppc64 3.10: the address is what tells it",
       R"(Unable to handle kernel paging request for data at address 0x00000018
Faulting instruction address: 0xd00000000b1c0128
Oops: Kernel access of bad area, sig: 11 [#1]
SMP NR_CPUS=2048 NUMA pSeries
Modules linked in: blkq(OE)
CPU: 4 PID: 977 Comm: fio Tainted: G           OE  ------------   3.10.0-957.el7.ppc64 #1
NIP [d00000000b1c0128] .blkq_submit+0x28/0xc0 [blkq]
LR [d00000000b1c02f4] .blkq_write+0x84/0x150 [blkq]
Call Trace:
[c0000003e7a8fb10] [c0000003e7a8fba0] 0xc0000003e7a8fba0 (unreliable)
[c0000003e7a8fb80] [d00000000b1c02f4] .blkq_write+0x84/0x150 [blkq]
[c0000003e7a8fc20] [c0000000002a4bb4] .vfs_write+0xd4/0x200
[c0000003e7a8fe30] [c00000000000a17c] syscall_exit+0x0/0x98
)",
       kTold, "fio 977 on 4", "blkq_submit [blkq]",
       "*.blkq_submit[blkq] .blkq_write[blkq] .vfs_write syscall_exit"},
      {"s390x 6.1: only the failing address tells it",
       R"(Unable to handle kernel pointer dereference in virtual kernel address space
Failing address: 0000000000000000 TEID: 0000000000000483
Fault in home space mode while using kernel ASCE.
AS:00000000a7c34007 R3:0000000000000024
Oops: 0004 ilc:3 [#1] SMP
Modules linked in: blkq(OE)
CPU: 2 PID: 1742 Comm: fio Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
Hardware name: IBM 8561 T01 701 (LPAR)
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_submit+0x1e/0x78 [blkq])
           R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3
Krnl GPRS: 0000000000000000 0000000000000000 0000000080e10000 0000000000000001
Call Trace:
 [<000003ff80042a36>] blkq_submit+0x1e/0x78 [blkq]
([<000003ff80042b10>] blkq_write_iter+0x60/0xd8 [blkq])
 [<00000000002e7138>] vfs_write+0xa8/0x358
 [<000000000060a776>] __do_syscall+0x1f6/0x220
 [<0000000000618932>] system_call+0x82/0xb0
Last Breaking-Event-Address:
 [<000003ff80042b0a>] blkq_write_iter+0x5a/0xd8 [blkq]
)",
       kTold, "fio 1742 on 2", "blkq_submit [blkq]",
       "*blkq_submit[blkq] blkq_submit[blkq] blkq_write_iter[blkq] vfs_write __do_syscall"},
  });
}

}  // namespace
}  // namespace kdumpd
