// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/call_trace.h"

namespace kdumpd {
namespace {

struct FrameCase {
  std::string_view text;
  std::string_view function;
  std::optional<std::uint64_t> offset;
  std::string_view module = "";
  bool reliable = true;
};

TEST(StackFrameTest, EveryForm) {
  const std::vector<FrameCase> cases{
      // x86_64
      {"vfs_write+0xc7/0x3f0", "vfs_write", 0xc7},
      {" vfs_write+0xc7/0x3f0", "vfs_write", 0xc7},
      {"? vfs_write+0xc7/0x3f0", "vfs_write", 0xc7, "", false},
      {"finish_task_switch.isra.0+0x90/0x2d0", "finish_task_switch.isra.0", 0x90},
      {"trig.cold+0xf/0x42 [crashme]", "trig.cold", 0xf, "crashme"},
      {"f+0x5/0x18 [blkq 3f0c6ee2a51b7f0c2a8d8d2f2f3a9c1e77aa0b12]", "f", 5, "blkq"},
      {"? f+0x5/0x18 [nf-nat]", "f", 5, "nf-nat", false},
      {"f+0x5/0x18\t[blkq]", "f", 5, "blkq"},
      {"[<ffffffff81249b3d>] vfs_write+0xbd/0x1e0", "vfs_write", 0xbd},
      {"[<ffffffffa00d92a4>] ? blkq_write+0x74/0xf0 [blkq]", "blkq_write", 0x74, "blkq", false},
      {"[<(null)>] f+0x5/0x18", "f", 5},
      {"__x64_sys_write+0x1a/0x20", "__x64_sys_write", 0x1a},
      {"0x0+0x0/0x0", "", std::nullopt},
      // i386
      {"[<c1186c71>] vfs_write+0x141/0x390", "vfs_write", 0x141},
      // arm64
      {"el0t_64_sync+0x18c/0x190", "el0t_64_sync", 0x18c},
      {"blkq_submit+0x18/0x84 [blkq] (P)", "blkq_submit", 0x18, "blkq"},
      {"vfs_write+0x234/0x3a0 (C)", "vfs_write", 0x234},
      {"f$x+0x1/0x2", "f$x", 1},
      // ppc64
      {"[c00000001b36faf0] [c00000000052b5bc] vfs_write+0x37c/0x4c0", "vfs_write", 0x37c},
      {"[c0000000039c3820] [c000000000d8b46c] dump_stack_lvl+0x70/0xa0 (unreliable)",
       "dump_stack_lvl", 0x70, "", false},
      {"[c00000001b36fa90] [c008000004a102f4] f+0x84/0x150 [blkq] (unreliable)", "f", 0x84, "blkq",
       false},
      {"[c0000003e7a8fb80] [d00000000b1c02f4] .f+0x84/0x150 [blkq]", ".f", 0x84, "blkq"},
      // s390x
      {"[<000000000060a1f2>] dump_stack_lvl+0x62/0x88 ", "dump_stack_lvl", 0x62},
      {"([<000003ff80042b10>] f+0x60/0xd8 [blkq])", "f", 0x60, "blkq"},
      // arm
      {"[<c0008abc>] (blkq_poll) from [<c0145f30>] (blkq_work+0x14c/0x3f4)", "blkq_poll",
       std::nullopt},
      {"(blkq_poll [blkq]) from [<c0145f30>] (blkq_work+0x14c/0x3f4 [blkq])", "blkq_poll",
       std::nullopt, "blkq"},
      {"[<c0008abc>] (f+0x1/0x2) from [<c0145f30>] (g+0x14c/0x3f4)", "f", 1},
      {" blkq_poll [blkq] from blkq_work+0x14c/0x3f4 [blkq]", "blkq_poll", std::nullopt, "blkq"},
      {" f from g+0x1/0x2", "f", std::nullopt},
  };
  for (const FrameCase& test : cases) {
    const auto frame = ParseFrame(test.text);
    ASSERT_EQ(frame.has_value(), !test.function.empty()) << test.text;
    if (!frame) continue;
    EXPECT_EQ(frame->function, test.function) << test.text;
    EXPECT_EQ(frame->offset, test.offset) << test.text;
    EXPECT_EQ(frame->module, test.module) << test.text;
    EXPECT_EQ(frame->reliable, test.reliable) << test.text;
    EXPECT_FALSE(frame->instruction_pointer);
    EXPECT_EQ(frame->context, FrameContext::kTask);
  }
}

TEST(StackFrameTest, WhatIsNoFrame) {
  for (const std::string_view text : {
           "",
           " ",
           "?",
           "? ",
           "vfs_write",
           "vfs_write+0xc7",
           "vfs_write+0xc7/",
           "vfs_write+0xc7/0x",
           "vfs_write+c7/0x3f0",
           "vfs_write+0x/0x3f0",
           "vfs_write +0xc7/0x3f0",
           "+0xc7/0x3f0",
           "0x47b7a0",
           "1f+0x1/0x2",
           "[<ffffffff81249b3d>]",
           "[<ffffffff81249b3d>] 0xffffffff81249b3d",
           "[c00000001b36fa60] [c00000001b36faa0] 0xc00000001b36faa0 (unreliable)",
           "([<0000000000000000>] 0x0)",
           "[<fff>] f+0x1/0x2",
           "[<ffffffff81249b3d] f+0x1/0x2",
           "<TASK>",
           "RAX: ffffffffffffffda RBX: 0000000000000001",
           "Code: 40 00 48 c7 c2",
           "--- interrupt: 3000 at 0x100c4180",
           "---[ end trace 0000000000000000 ]---",
           "Modules linked in: a(OE)",
           "a message from somebody",
           "(f) to (g+0x1/0x2)",
           "\xff\xfe+0x1/0x2",
       }) {
    const auto frame = ParseFrame(text);
    EXPECT_FALSE(frame) << text << " is " << frame->function;
  }
}

TEST(StackFrameTest, NamesOfAnyLength) {
  const std::string name(513, 'f');
  EXPECT_TRUE(ParseFrame(name.substr(1) + "+0x1/0x2"));
  EXPECT_FALSE(ParseFrame(name + "+0x1/0x2"));
  EXPECT_FALSE(ParseFrame("f+0x" + std::string(17, '1') + "/0x2"));
  EXPECT_EQ(ParseFrame("f+0xffffffffffffffff/0x2")->offset, ~0ULL);
}

TEST(StackFrameTest, FunctionIn) {
  struct InCase {
    std::string_view text;
    std::string_view function;
    std::string_view module = "";
  };
  const std::vector<InCase> cases{
      {"RIP: 0010:do_null_read+0x5/0x18 [crashme]", "do_null_read", "crashme"},
      {"RIP: 0010:[<ffffffff81464876>]  [<ffffffff81464876>] f+0x16/0x20", "f"},
      {"pc : do_bug+0x8/0xc [crashme]", "do_bug", "crashme"},
      {"NIP [c008000004a10128] f+0x28/0xc0 [blkq]", "f", "blkq"},
      {"Krnl PSW : 0704c00180000000 000003ff80042a36 (f+0x1e/0x78 [blkq])", "f", "blkq"},
      {"BUG: KASAN: slab-out-of-bounds in f.isra.0+0x41/0x130 [blkq]", "f.isra.0", "blkq"},
      {"WARNING: CPU: 0 PID: 31 at fs/x.c:82 f+0x306/0x558 [blkq]", "f", "blkq"},
      {"stack-protector: Kernel stack is corrupted in: f+0x57/0x60", "f"},
      {"a+0x1 then g+0x1/0x2", "g"},
      {"RIP: 0010:0x0", ""},
      {"RIP: 0010:0xffff8a19025aa780", ""},
      {"pc : 0x0", ""},
      {"in: 0xffffffff81249b3d", ""},
      {"+0x1/0x2", ""},
      {"", ""},
  };
  for (const InCase& test : cases) {
    const auto frame = FunctionIn(test.text);
    EXPECT_EQ(frame ? frame->function : "", test.function) << test.text;
    EXPECT_EQ(frame ? frame->module : "", test.module) << test.text;
  }
}

}  // namespace
}  // namespace kdumpd
