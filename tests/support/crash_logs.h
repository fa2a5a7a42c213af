// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "daemon/core/analyse_crash.h"
#include "daemon/core/text.h"

// Excerpts of kernel logs, written by the kernel's own formats, and what they say in short.
namespace kdumpd {

// As dmesg prints lines: a time before each, 100 us apart.
inline std::string At(std::uint64_t seconds, std::string_view lines) {
  std::string log;
  std::uint64_t us = seconds * 1'000'000;
  for (const std::string_view line : Lines(lines)) {
    const std::string whole = std::to_string(us / 1'000'000);
    const std::string part = std::to_string(us % 1'000'000);
    log += Cat('[', std::string(5 - std::min<std::size_t>(5, whole.size()), ' '), whole, '.',
               std::string(6 - part.size(), '0'), part, "] ", line, '\n');
    us += 100;
  }
  return log;
}

// "f [mod]"
inline std::string Place(std::string_view function, std::string_view module) {
  return module.empty() ? std::string(function) : Cat(function, " [", module, ']');
}

// "*f[mod]" of registers, "?f" of a guess, "irq:f" in an interrupt.
inline std::string Told(const StackFrame& frame) {
  std::string text;
  if (frame.context != FrameContext::kTask) text = Cat(Name(frame.context), ':');
  if (frame.instruction_pointer) text += '*';
  if (!frame.reliable) text += '?';
  text += frame.function;
  return frame.module.empty() ? text : Cat(text, '[', frame.module, ']');
}

inline std::string Frames(const CrashReport& report) {
  std::string text;
  for (const StackFrame& frame : report.frames) text += Cat(text.empty() ? "" : " ", Told(frame));
  return text;
}

// "init 1 on 0"
inline std::string Who(const CrashReport& report) {
  const auto number = [](const auto& value) { return value ? std::to_string(*value) : "-"; };
  return Cat(report.task.empty() ? "-" : report.task, ' ', number(report.pid), " on ",
             number(report.cpu));
}

// "oom: Out of memory: ..."
inline std::string Told(const CrashReport& report) {
  return Cat(Name(report.category), ": ", report.title);
}

struct CrashCase {
  std::string_view name;
  std::string_view log;   // without times
  std::string_view told;  // category and title
  std::string_view who;
  std::string_view where;   // function and module
  std::string_view frames;  // the first of them
  std::string_view panic = "";
  std::string_view basis = "frames";
  bool fatal = true;
};

inline void ExpectCrashes(std::initializer_list<CrashCase> cases) {
  for (const CrashCase& test : cases) {
    SCOPED_TRACE(test.name);
    const auto report = AnalyseCrash(At(12, test.log));
    ASSERT_TRUE(report);
    EXPECT_EQ(Told(*report), test.told);
    EXPECT_EQ(Who(*report), test.who);
    EXPECT_EQ(Place(report->function, report->module), test.where);
    const std::string frames = Frames(*report);
    EXPECT_TRUE(frames.starts_with(test.frames) && (!test.frames.empty() || frames.empty()))
        << frames << "\ndoes not begin with\n"
        << test.frames;
    EXPECT_EQ(report->panic_message, test.panic);
    EXPECT_EQ(report->signature.basis, test.basis);
    EXPECT_EQ(report->fatal, test.fatal);
    EXPECT_EQ(report->signature.pre_image.substr(0, report->signature.pre_image.find('\n')),
              Name(report->category));
  }
}

// One crash of one driver as several kernels tell of it.
inline constexpr std::string_view kNullX86 =
    R"(BUG: kernel NULL pointer dereference, address: 0000000000000018
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
PGD 11a42b067 P4D 11a42b067 PUD 0
Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 3 PID: 1742 Comm: fio Kdump: loaded Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Hardware name: Dell Inc. PowerEdge R650/0PYXKY, BIOS 1.9.2 11/17/2022
RIP: 0010:blkq_submit.isra.0+0x1d/0x90 [blkq]
Code: 48 89 e5 53 48 89 fb <48> 8b 47 18 48 85 c0 74 0a
RSP: 0018:ffffb2d4c1e3bd58 EFLAGS: 00010246
RAX: 0000000000000000 RBX: ffff9c01c4b2e000 RCX: 0000000000000003
CR2: 0000000000000018 CR3: 0000000116f3a005 CR4: 0000000000770ee0
Call Trace:
 <TASK>
 ? __die_body.cold+0x1a/0x1f
 blkq_write_iter+0x7c/0x120 [blkq]
 vfs_write+0x2c5/0x3e0
 ksys_write+0x6b/0xf0
 ? exit_to_user_mode_prepare+0x44/0x1f0
 do_syscall_64+0x5d/0x90
 entry_SYSCALL_64_after_hwframe+0x6e/0xd8
RIP: 0033:0x7f21c0d1a7a0
RSP: 002b:00007ffd2b1c5a38 EFLAGS: 00000202 ORIG_RAX: 0000000000000001
 </TASK>
Modules linked in: blkq(OE) nvme(E) nvme_core(E)
CR2: 0000000000000018
)";
inline constexpr std::string_view kNullX86Newer =
    R"(BUG: kernel NULL pointer dereference, address: 0000000000000028
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
PGD 0 P4D 0
Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI
CPU: 11 UID: 0 PID: 90210 Comm: kworker/u32:1 Kdump: loaded Tainted: G           OE      6.12.12-amd64 #1  Debian
Tainted: [O]=OOT_MODULE, [E]=UNSIGNED_MODULE
Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.3-2 04/01/2014
RIP: 0010:blkq_submit+0x2f/0xb0 [blkq]
Code: 90 0f 1f 44 00 00 <48> 8b 5f 28 48 85 db
RSP: 0018:ffffaa11406bfd10 EFLAGS: 00010286
Call Trace:
 <TASK>
 ? page_fault_oops+0x15a/0x2d0
 ? asm_exc_page_fault+0x26/0x30
 blkq_write_iter+0x91/0x140 [blkq 3f0c6ee2a51b7f0c2a8d8d2f2f3a9c1e77aa0b12]
 vfs_write+0x29d/0x420
 ksys_write+0x6d/0xf0
 do_syscall_64+0x82/0x190
 entry_SYSCALL_64_after_hwframe+0x76/0x7e
 </TASK>
Modules linked in: blkq(OE) virtio_blk
CR2: 0000000000000028
---[ end trace 0000000000000000 ]---
)";
inline constexpr std::string_view kNullArm64 =
    R"(Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018
Mem abort info:
  ESR = 0x0000000096000006
  EC = 0x25: DABT (current EL), IL = 32 bits
  SET = 0, FnV = 0
  EA = 0, S1PTW = 0
  FSC = 0x06: level 2 translation fault
Data abort info:
  ISV = 0, ISS = 0x00000006
user pgtable: 4k pages, 48-bit VAs, pgdp=00000000482a7000
[0000000000000018] pgd=08000000481ea003, p4d=08000000481ea003, pud=0000000000000000
Internal error: Oops: 0000000096000006 [#1] SMP
Modules linked in: blkq(OE) nvme nvme_core
CPU: 2 PID: 655 Comm: fio Kdump: loaded Tainted: G           OE      6.1.0-31-arm64 #1  Debian 6.1.128-1
Hardware name: GIGABYTE R152-P31-00/MP32-AR1-00, BIOS F31L 08/24/2023
pstate: 60400009 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)
pc : blkq_submit+0x18/0x84 [blkq]
lr : blkq_write_iter+0x64/0x118 [blkq]
sp : ffff80000c33bc50
x29: ffff80000c33bc50 x28: ffff00000cd31b00 x27: 0000000000000000
Call trace:
 blkq_submit+0x18/0x84 [blkq]
 blkq_write_iter+0x64/0x118 [blkq]
 vfs_write+0x234/0x3a0
 ksys_write+0x7c/0x11c
 __arm64_sys_write+0x24/0x30
 invoke_syscall+0x68/0xe0
 el0_svc_common.constprop.0+0x4c/0xf4
 el0t_64_sync+0x18c/0x190
Code: a9bf7bfd 910003fd f9400c00 b4000060 (f9400001)
Starting crashdump kernel...
)";

}  // namespace kdumpd
