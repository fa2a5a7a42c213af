// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/crash_logs.h"

// What the kernel finds broken by looking: files, lines before, and sanitizers say what it is.
namespace kdumpd {
namespace {

TEST(AnalyseCrashReportsTest, FilesAndSignsSayWhatIsCorrupt) {
  ExpectCrashes({
      {"6.18: the file stands first",
       R"(WARNING: mm/slub.c:1234 at cache_from_obj+0xba/0x110, CPU#0: fio/31
CPU: 0 UID: 0 PID: 31 Comm: fio Tainted: G           OE       6.18.0 #1
RIP: 0010:cache_from_obj+0xba/0x110
Call Trace:
 <TASK>
 kmem_cache_free+0x1d/0x30
 blkq_put+0x1d/0x30 [blkq]
)",
       "memory_corruption: memory corruption in cache_from_obj", "fio 31 on 0", "cache_from_obj",
       "*cache_from_obj kmem_cache_free blkq_put[blkq]", "", "frames", false},
      {"a list, 6.1",
       R"(list_del corruption, ffff8dc3c276c9e0->next is LIST_POISON1 (dead000000000100)
------------[ cut here ]------------
kernel BUG at lib/list_debug.c:56!
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:__list_del_entry_valid.cold+0xf/0x6f
Call Trace:
 <TASK>
 blkq_drop+0x1d/0x30 [blkq]
)",
       "list_corruption: list corruption in blkq_drop [blkq]", "fio 31 on 0", "blkq_drop [blkq]",
       "*__list_del_entry_valid.cold blkq_drop[blkq]"},
      {"a list, 3.10: a WARNING, survived",
       R"(------------[ cut here ]------------
WARNING: at lib/list_debug.c:53 __list_del_entry+0x63/0xd0()
list_del corruption, ffff8dc3c276c9e0->next is LIST_POISON1 (dead000000000100)
Modules linked in: blkq(OE)
CPU: 0 PID: 31 Comm: fio Tainted: G           OE  ------------   3.10.0-123.el7.x86_64 #1
Call Trace:
 [<ffffffff815e19ba>] dump_stack+0x19/0x1b
 [<ffffffff8105dee1>] warn_slowpath_common+0x61/0x80
 [<ffffffff8105df5c>] warn_slowpath_fmt+0x5c/0x80
 [<ffffffff812e7d33>] __list_del_entry+0x63/0xd0
 [<ffffffffa04c3128>] blkq_drop+0x28/0x50 [blkq]
---[ end trace 8c1d2fd1c0d3b8a4 ]---
)",
       "list_corruption: list corruption in blkq_drop [blkq]", "fio 31 on 0", "blkq_drop [blkq]",
       "dump_stack warn_slowpath_common warn_slowpath_fmt __list_del_entry blkq_drop[blkq]", "",
       "frames", false},
      {"a double free, told by the file",
       R"(------------[ cut here ]------------
kernel BUG at mm/slub.c:419!
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:__slab_free+0x11c/0x370
Call Trace:
 <TASK>
 kfree+0x100/0x110
 blkq_drop+0x1d/0x30 [blkq]
)",
       "memory_corruption: memory corruption in blkq_drop [blkq]", "fio 31 on 0",
       "blkq_drop [blkq]", "*__slab_free kfree blkq_drop[blkq]"},
      {"a copy beyond an object",
       R"(usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!
------------[ cut here ]------------
kernel BUG at mm/usercopy.c:102!
invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:usercopy_abort+0x6c/0x6e
Call Trace:
 <TASK>
 __check_heap_object+0xc4/0xf0
 __check_object_size.part.0+0x35/0x140
 blkq_read+0x1d/0x30 [blkq]
)",
       "memory_corruption: memory corruption in blkq_read [blkq]", "fio 31 on 0",
       "blkq_read [blkq]", "*usercopy_abort __check_heap_object"},
      {"a reference count, told to panic",
       R"(------------[ cut here ]------------
refcount_t: underflow; use-after-free.
WARNING: CPU: 0 PID: 31 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:refcount_warn_saturate+0xba/0x110
Call Trace:
 <TASK>
 blkq_put+0x1d/0x30 [blkq]
Kernel panic - not syncing: kernel: panic_on_warn set ...
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 panic+0x118/0x2f4
)",
       "memory_corruption: memory corruption in blkq_put [blkq]", "fio 31 on 0", "blkq_put [blkq]",
       "*refcount_warn_saturate blkq_put[blkq]", "kernel: panic_on_warn set ..."},
      {"slub debug: the kernel repairs, and goes on",
       R"(=============================================================================
BUG kmalloc-64 (Tainted: G           OE     ): Redzone overwritten
-----------------------------------------------------------------------------
0x00000000a0b3d4a9-0x000000006b1f2e3c @offset=64. First byte 0x0 instead of 0xcc
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 check_bytes_and_report+0xce/0x120
 check_object+0x1fa/0x2b0
 free_debug_processing+0xf1/0x230
 __slab_free+0x2cb/0x370
 blkq_drop+0x1d/0x30 [blkq]
)",
       "memory_corruption: memory corruption in blkq_drop [blkq]", "fio 31 on 0",
       "blkq_drop [blkq]", "dump_stack_lvl check_bytes_and_report", "", "frames", false},
      {"a page",
       R"(BUG: Bad page state in process fio  pfn:1a2b3c
page:00000000a0b3d4a9 refcount:-1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x1a2b3c
page dumped because: nonzero _refcount
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 bad_page.cold+0x63/0x94
 get_page_from_freelist+0x3c4/0x1110
 blkq_fill+0x1d/0x30 [blkq]
)",
       "memory_corruption: memory corruption in blkq_fill [blkq]", "fio 31 on 0",
       "blkq_fill [blkq]", "dump_stack_lvl bad_page.cold", "", "frames", false},
  });
}

TEST(AnalyseCrashReportsTest, SanitizersAndWarnings) {
  ExpectCrashes({
      {"KASAN, told to panic",
       R"(==================================================================
BUG: KASAN: slab-use-after-free in blkq_poll+0x41/0x130 [blkq]
Read of size 8 at addr ffff888003d3f018 by task fio/31

CPU: 2 PID: 31 Comm: fio Tainted: G           OE      6.6.10 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 print_report+0xcf/0x620
 kasan_report+0xbf/0xf0
 blkq_poll+0x41/0x130 [blkq]
 blkq_ioctl+0x1d/0x30 [blkq]
 </TASK>
Kernel panic - not syncing: KASAN: panic_on_warn set ...
)",
       "kasan: KASAN: slab-use-after-free in blkq_poll [blkq]", "fio 31 on 2", "blkq_poll [blkq]",
       "dump_stack_lvl print_report kasan_report blkq_poll[blkq] blkq_ioctl[blkq]",
       "KASAN: panic_on_warn set ..."},
      {"KFENCE",
       R"(==================================================================
BUG: KFENCE: out-of-bounds read in blkq_poll+0x41/0x130 [blkq]

Out-of-bounds read at 0x00000000b5d0a2f1 (1B left of kfence-#12):
 blkq_poll+0x41/0x130 [blkq]
 blkq_ioctl+0x1d/0x30 [blkq]

CPU: 2 PID: 31 Comm: fio Tainted: G           OE      6.6.10 #1
)",
       "kasan: KFENCE: out-of-bounds read in blkq_poll [blkq]", "fio 31 on 2", "blkq_poll [blkq]",
       "", "", "frames", false},
      {"WARNING, 6.1, told to panic",
       R"(------------[ cut here ]------------
WARNING: CPU: 0 PID: 31 at drivers/block/blkq.c:82 blkq_check+0x306/0x558 [blkq]
Modules linked in: blkq(OE)
CPU: 0 PID: 31 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:blkq_check+0x306/0x558 [blkq]
Call Trace:
 <TASK>
 ? __warn+0x79/0xc0
 blkq_ioctl+0x1d/0x30 [blkq]
 </TASK>
Kernel panic - not syncing: kernel: panic_on_warn set ...
)",
       "warning: WARNING in blkq_check [blkq]", "fio 31 on 0", "blkq_check [blkq]",
       "*blkq_check[blkq] ?__warn blkq_ioctl[blkq]", "kernel: panic_on_warn set ..."},
      {"WARNING, 5.10: the panic has the stack",
       R"(------------[ cut here ]------------
WARNING: CPU: 0 PID: 31 at drivers/block/blkq.c:82 blkq_check+0x306/0x558 [blkq]
Kernel panic - not syncing: panic_on_warn set ...
CPU: 0 PID: 31 Comm: fio Tainted: G           OE     5.10.0-30-amd64 #1 Debian 5.10.218-1
Call Trace:
 dump_stack+0x6b/0x83
 panic+0x101/0x2d7
 __warn.cold+0x1a/0x76
 report_bug+0xcc/0xf0
 handle_bug+0x35/0x80
 exc_invalid_op+0x13/0x60
 asm_exc_invalid_op+0x12/0x20
RIP: 0010:blkq_check+0x306/0x558 [blkq]
 blkq_ioctl+0x1d/0x30 [blkq]
)",
       "warning: WARNING in blkq_check [blkq]", "fio 31 on 0", "blkq_check [blkq]",
       "dump_stack panic __warn.cold report_bug", "panic_on_warn set ..."},
      {"UBSAN, survived",
       R"(UBSAN: array-index-out-of-bounds in drivers/block/blkq.c:71:9
index 8 is out of range for type 'int [8]'
CPU: 0 PID: 31 Comm: fio Not tainted 6.6.10 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 ubsan_epilogue+0x5/0x36
 __ubsan_handle_out_of_bounds.cold+0x41/0x4b
 blkq_check+0x76/0x90 [blkq]
)",
       "warning: WARNING in blkq_check [blkq]", "fio 31 on 0", "blkq_check [blkq]",
       "dump_stack_lvl ubsan_epilogue", "", "frames", false},
      {"only guesses: better than nothing",
       R"(BUG: kernel NULL pointer dereference, address: 0000000000000000
Oops: 0010 [#1] PREEMPT SMP NOPTI
CPU: 1 PID: 990 Comm: fio Tainted: G           OE      6.1.0-31-amd64 #1  Debian 6.1.128-1
RIP: 0010:0x0
Call Trace:
 <TASK>
 ? blkq_notify+0x2c/0x60 [blkq]
 ? blkq_ioctl+0x21/0x40 [blkq]
)",
       "null_dereference: NULL pointer dereference in blkq_notify [blkq]", "fio 990 on 1",
       "blkq_notify [blkq]", "?blkq_notify[blkq] ?blkq_ioctl[blkq]"},
      {"nothing at all to go by",
       R"(general protection fault: 0000 [#1] SMP
CPU: 1 PID: 990 Comm: fio Not tainted 6.1.0-31-amd64 #1  Debian 6.1.128-1
)",
       "general_protection: general protection fault", "fio 990 on 1", "", "", "", "none"},
  });
}

}  // namespace
}  // namespace kdumpd
