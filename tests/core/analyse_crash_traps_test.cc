// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// What the processor refuses to do, BUG() first.
namespace kdumpd {
namespace {

TEST(AnalyseCrashTrapsTest, KernelBug) {
  constexpr std::string_view kTold = "kernel_bug: kernel BUG in blkq_free [blkq]";
  ExpectCrashes({
      {"x86 6.1",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:627!
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 1 Comm: systemd Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_free+0x59/0x60 [blkq]
Call Trace:
 <TASK>
 ? __die_body.cold+0x1a/0x1f
 ? exc_invalid_op+0x4d/0x60
 blkq_release+0x1d/0x30 [blkq]
 __fput+0x8c/0x250
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]",
       "*blkq_free[blkq] ?__die_body.cold ?exc_invalid_op blkq_release[blkq] __fput"},
      {"x86 6.12",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:640!
Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 UID: 0 PID: 1 Comm: systemd Tainted: G           OE      6.12.12-amd64 #1  Debian 6.12.12-1
RIP: 0010:blkq_free+0x59/0x60 [blkq]
Call Trace:
 <TASK>
 blkq_release+0x1d/0x30 [blkq]
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]", "*blkq_free[blkq] blkq_release[blkq]"},
      {"x86 3.10",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:601!
invalid opcode: 0000 [#1] SMP
Modules linked in: blkq(OE)
CPU: 0 PID: 1 Comm: systemd Tainted: G           OE  ------------   3.10.0-1160.el7.x86_64 #1
RIP: 0010:[<ffffffffa04c3128>]  [<ffffffffa04c3128>] blkq_free+0x58/0x60 [blkq]
Call Trace:
 [<ffffffffa04c32a4>] blkq_release+0x24/0x40 [blkq]
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]", "*blkq_free[blkq] blkq_release[blkq]"},
      {"arm64",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:627!
Internal error: Oops - BUG: 00000000f2000800 [#1] SMP
Modules linked in: blkq(OE)
CPU: 0 PID: 1 Comm: systemd Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_free+0x48/0x4c [blkq]
Call trace:
 blkq_free+0x48/0x4c [blkq]
 blkq_release+0x24/0x40 [blkq]
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]",
       "*blkq_free[blkq] blkq_free[blkq] blkq_release[blkq]"},
      {"ppc64le",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:627!
Oops: Exception in kernel mode, sig: 5 [#1]
CPU: 0 PID: 1 Comm: systemd Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian 6.1.128-1
NIP [c008000004a10128] blkq_free+0x78/0x90 [blkq]
LR [c008000004a10124] blkq_free+0x74/0x90 [blkq]
Call Trace:
[c00000001b36fa90] [c008000004a10124] blkq_free+0x74/0x90 [blkq] (unreliable)
[c00000001b36faf0] [c008000004a102f4] blkq_release+0x34/0x50 [blkq]
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]",
       "*blkq_free[blkq] ?blkq_free[blkq] blkq_release[blkq]"},
      {"s390x",
       R"(------------[ cut here ]------------
kernel BUG at drivers/block/blkq.c:627!
monitor event: 0040 ilc:2 [#1] SMP
CPU: 0 PID: 1 Comm: systemd Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_free+0x5e/0x68 [blkq])
Call Trace:
 [<000003ff80042a36>] blkq_free+0x5e/0x68 [blkq]
([<000003ff80042b10>] blkq_release+0x28/0x40 [blkq])
)",
       kTold, "systemd 1 on 0", "blkq_free [blkq]",
       "*blkq_free[blkq] blkq_free[blkq] blkq_release[blkq]"},
  });
}

TEST(AnalyseCrashTrapsTest, InstructionsAndDivisions) {
  ExpectCrashes({
      {"x86: what is no instruction",
       R"(invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_csum+0x59/0x60 [blkq]
Call Trace:
 blkq_release+0x1d/0x30 [blkq]
)",
       "invalid_opcode: invalid opcode in blkq_csum [blkq]", "fio 77 on 0", "blkq_csum [blkq]",
       "*blkq_csum[blkq] blkq_release[blkq]"},
      {"arm64",
       R"(Internal error: Oops - Undefined instruction: 0000000002000000 [#1] SMP
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_csum+0x18/0x60 [blkq]
Call trace:
 blkq_csum+0x18/0x60 [blkq]
)",
       "invalid_opcode: invalid opcode in blkq_csum [blkq]", "fio 77 on 0", "blkq_csum [blkq]",
       "*blkq_csum[blkq] blkq_csum[blkq]"},
      {"ppc64le",
       R"(Oops: Exception in kernel mode, sig: 4 [#1]
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-powerpc64le #1  Debian 6.1.128-1
NIP [c008000004a10128] blkq_csum+0x78/0x90 [blkq]
Call Trace:
[c00000001b36faf0] [c008000004a102f4] blkq_release+0x34/0x50 [blkq]
)",
       "invalid_opcode: invalid opcode in blkq_csum [blkq]", "fio 77 on 0", "blkq_csum [blkq]",
       "*blkq_csum[blkq] blkq_release[blkq]"},
      {"s390x",
       R"(illegal operation: 0001 ilc:1 [#1] SMP
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_csum+0x5e/0x68 [blkq])
Call Trace:
([<000003ff80042b10>] blkq_release+0x28/0x40 [blkq])
)",
       "invalid_opcode: invalid opcode in blkq_csum [blkq]", "fio 77 on 0", "blkq_csum [blkq]",
       "*blkq_csum[blkq] blkq_release[blkq]"},
      {"x86 6.1: division by zero",
       R"(divide error: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_depth+0xd/0x30 [blkq]
Call Trace:
 <TASK>
 blkq_ioctl+0x1d/0x30 [blkq]
)",
       "divide_error: divide error in blkq_depth [blkq]", "fio 77 on 0", "blkq_depth [blkq]",
       "*blkq_depth[blkq] blkq_ioctl[blkq]"},
      {"x86 6.12",
       R"(Oops: divide error: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 UID: 0 PID: 77 Comm: fio Tainted: G           OE      6.12.12-amd64 #1  Debian 6.12.12-1
RIP: 0010:blkq_depth+0xd/0x30 [blkq]
Call Trace:
 blkq_ioctl+0x1d/0x30 [blkq]
)",
       "divide_error: divide error in blkq_depth [blkq]", "fio 77 on 0", "blkq_depth [blkq]",
       "*blkq_depth[blkq] blkq_ioctl[blkq]"},
      {"s390x",
       R"(fixed point divide exception: 0009 ilc:2 [#1] SMP
CPU: 0 PID: 77 Comm: fio Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
Krnl PSW : 0704c00180000000 000003ff80042a36 (blkq_depth+0x5e/0x68 [blkq])
Call Trace:
([<000003ff80042b10>] blkq_ioctl+0x28/0x40 [blkq])
)",
       "divide_error: divide error in blkq_depth [blkq]", "fio 77 on 0", "blkq_depth [blkq]",
       "*blkq_depth[blkq] blkq_ioctl[blkq]"},
  });
}

TEST(AnalyseCrashTrapsTest, Stacks) {
  ExpectCrashes({
      {"x86 6.1: double fault",
       R"(traps: PANIC: double fault, error_code: 0x0
double fault: 0000 [#1] PREEMPT SMP NOPTI
CPU: 6 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_recurse+0x5/0x20 [blkq]
Call Trace:
 <#DF>
 ? die+0x2e/0x50
 ? asm_exc_double_fault+0x1f/0x30
 </#DF>
 <TASK>
 blkq_recurse+0x14/0x20 [blkq]
 blkq_ioctl+0x1d/0x30 [blkq]
)",
       "double_fault: double fault in blkq_recurse [blkq]", "fio 31 on 6", "blkq_recurse [blkq]",
       "*blkq_recurse[blkq] exception:?die exception:?asm_exc_double_fault blkq_recurse[blkq]"},
      {"x86 4.14: no oops is counted",
       R"(PANIC: double fault, error_code: 0x0
CPU: 6 PID: 31 Comm: fio Tainted: G           OE   4.14.0-20-generic #1
RIP: 0010:blkq_recurse+0x5/0x20 [blkq]
Call Trace:
 <#DF>
 ? blkq_name+0x20/0x20 [blkq]
 </#DF>
 blkq_ioctl+0x1d/0x30 [blkq]
Kernel panic - not syncing: Machine halted.
CPU: 6 PID: 31 Comm: fio Tainted: G           OE   4.14.0-20-generic #1
Call Trace:
 <#DF>
 dump_stack+0x63/0x8b
 panic+0xe4/0x244
 df_debug+0x2d/0x30
 do_double_fault+0x9a/0x120
)",
       "double_fault: double fault in blkq_recurse [blkq]", "fio 31 on 6", "blkq_recurse [blkq]",
       "*blkq_recurse[blkq] exception:?blkq_name[blkq] blkq_ioctl[blkq]", "Machine halted."},
      {"x86 6.1: the page below the stack",
       R"(BUG: TASK stack guard page was hit at ffffb0b5c0d8bff8 (stack is ffffb0b5c0d8c000..ffffb0b5c0d90000)
stack guard page: 0000 [#1] PREEMPT SMP NOPTI
CPU: 6 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_recurse+0x5/0x20 [blkq]
Call Trace:
 <TASK>
 blkq_recurse+0x14/0x20 [blkq]
 blkq_recurse+0x14/0x20 [blkq]
)",
       "stack_corruption: stack corruption in blkq_recurse [blkq]", "fio 31 on 6",
       "blkq_recurse [blkq]", "*blkq_recurse[blkq] blkq_recurse[blkq] blkq_recurse[blkq]"},
      {"x86 5.4",
       R"(BUG: stack guard page was hit at 00000000deb2e6ad (stack is 0000000062a4a0e7..00000000a7e3f1d5)
kernel stack overflow (double-fault): 0000 [#1] SMP PTI
CPU: 6 PID: 31 Comm: fio Tainted: G           OE     5.4.0-200-generic #220-Ubuntu
RIP: 0010:blkq_recurse+0x5/0x20 [blkq]
Call Trace:
 blkq_recurse+0x14/0x20 [blkq]
)",
       "stack_corruption: stack corruption in blkq_recurse [blkq]", "fio 31 on 6",
       "blkq_recurse [blkq]", "*blkq_recurse[blkq] blkq_recurse[blkq]"},
      {"x86: the end of the stack was overwritten on the way to a fault",
       R"(BUG: unable to handle page fault for address: ffffc90004a31000
#PF: supervisor write access in kernel mode
Thread overran stack, or stack corrupted
Oops: 0002 [#1] PREEMPT SMP PTI
CPU: 6 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_fill+0x5/0x20 [blkq]
Call Trace:
 blkq_ioctl+0x14/0x20 [blkq]
)",
       "stack_corruption: stack corruption in blkq_fill [blkq]", "fio 31 on 6", "blkq_fill [blkq]",
       "*blkq_fill[blkq] blkq_ioctl[blkq]"},
      {"the canary of a function",
       R"(Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: blkq_name+0x57/0x60 [blkq]
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2f4
 ? blkq_name+0x57/0x60 [blkq]
 __stack_chk_fail+0x10/0x10
 blkq_name+0x57/0x60 [blkq]
 blkq_ioctl+0x14/0x20 [blkq]
)",
       "stack_corruption: stack corruption in blkq_name [blkq]", "fio 31 on 0", "blkq_name [blkq]",
       "dump_stack_lvl panic ?blkq_name[blkq] __stack_chk_fail blkq_name[blkq] blkq_ioctl[blkq]",
       "stack-protector: Kernel stack is corrupted in: blkq_name+0x57/0x60 [blkq]"},
      {"arm64: no room for the exception",
       R"(Insufficient stack space to handle exception!
ESR: 0x0000000096000047 -- DABT (current EL)
FAR: 0xffff80000c32fff0
Task stack:     [0xffff80000c330000..0xffff80000c334000]
CPU: 2 PID: 655 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
pc : blkq_recurse+0x4/0x40 [blkq]
lr : blkq_recurse+0x28/0x40 [blkq]
Kernel panic - not syncing: kernel stack overflow
CPU: 2 PID: 655 Comm: fio Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
Call trace:
 dump_backtrace+0xe4/0x140
 show_stack+0x20/0x30
 panic+0x180/0x38c
 nmi_panic+0xb0/0xb4
 panic_bad_stack+0x11c/0x13c
 handle_bad_stack+0x3c/0x50
 __bad_stack+0x80/0x84
 blkq_recurse+0x4/0x40 [blkq]
 blkq_recurse+0x28/0x40 [blkq]
)",
       "stack_corruption: stack corruption in blkq_recurse [blkq]", "fio 655 on 2",
       "blkq_recurse [blkq]", "dump_backtrace show_stack panic nmi_panic panic_bad_stack",
       "kernel stack overflow"},
      {"the scheduler looks at the end of a stack",
       R"(Kernel panic - not syncing: corrupted stack end detected inside scheduler
CPU: 0 PID: 31 Comm: fio Tainted: G           OE     5.4.0-200-generic #220-Ubuntu
Call Trace:
 dump_stack+0x6d/0x8b
 panic+0x101/0x2e3
 __schedule+0x6f0/0x740
 schedule+0x33/0xa0
 blkq_wait+0x14/0x20 [blkq]
)",
       "stack_corruption: stack corruption in blkq_wait [blkq]", "fio 31 on 0", "blkq_wait [blkq]",
       "dump_stack panic __schedule schedule blkq_wait[blkq]",
       "corrupted stack end detected inside scheduler"},
  });
}

}  // namespace
}  // namespace kdumpd
