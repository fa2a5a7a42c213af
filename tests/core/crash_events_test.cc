// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum CrashCategory;
using enum EventWeight;

// One line for each row of the table: what it begins with, and what else must be in it.
struct EventCase {
  std::string_view reporter;
  std::string_view start;
  std::string_view rest;
  std::string_view needs;
  CrashCategory category;
  EventWeight weight;
  [[nodiscard]] std::string Line() const { return Cat(reporter, start, rest); }
};

const std::vector<EventCase>& Events() {
  static const std::vector<EventCase> cases{
      {"", "Kernel panic - not syncing: ", "x", "", kPanicOther, kPanic},
      {"", "BUG: kernel NULL pointer dereference", ", address: 0018", "", kNullDereference, kFault},
      {"", "BUG: unable to handle kernel NULL pointer dereference", " at 0018", "",
       kNullDereference, kFault},
      {"", "Unable to handle kernel NULL pointer dereference", " at virtual address 0018", "",
       kNullDereference, kFault},
      {"", "BUG: Kernel NULL pointer dereference", " on read at 0x00000018", "", kNullDereference,
       kFault},
      {"", "Kernel attempted to ", "read user page (18) - exploit attempt? (uid: 0)",
       " user page (", kPageFault, kSign},
      {"", "BUG: unable to handle page fault for address", ": ffffc90000000000", "", kPageFault,
       kFault},
      {"", "BUG: unable to handle kernel", " paging request at ffffc900", "", kPageFault, kFault},
      {"", "BUG: Unable to handle ", "kernel data access on read at 0xc008000000000000", "",
       kPageFault, kFault},
      {"", "Unable to handle kernel ", "paging request at virtual address dead000000000108", "",
       kPageFault, kFault},
      {"", "Unhandled fault", ": synchronous external abort (0x96000410) at 0x0000", "", kPageFault,
       kFault},
      {"", "kernel BUG at ", "fs/inode.c:627!", "", kKernelBug, kFault},
      {"", "kernel BUG in ", "f+0x1/0x2!", "", kKernelBug, kFault},
      {"", "Kernel BUG at ", "f+0x1/0x2 [verbose debug info unavailable]", "", kKernelBug, kFault},
      {"traps: ", "PANIC: double fault", ", error_code: 0x0", "", kDoubleFault, kFault},
      {"", "BUG: ", "TASK stack guard page was hit at ffffb0b5c0d8bff8", "stack guard page was hit",
       kStackCorruption, kFault},
      {"", "BUG: IRQ stack guard page", " overran at ffffb0b5c0d8bff8", "", kStackCorruption,
       kFault},
      {"", "Insufficient stack space to handle exception", "!", "", kStackCorruption, kFault},
      {"", "Thread overran stack, or stack corrupted", "", "", kStackCorruption, kSign},
      {"watchdog: ", "BUG: soft lockup", " - CPU#3 stuck for 22s! [fio:1742]", "", kSoftLockup,
       kHang},
      {"NMI watchdog: ", "BUG: soft lockup", " - CPU#3 stuck for 22s! [fio:1742]", "", kSoftLockup,
       kHang},
      {"NMI watchdog: Watchdog ", "detected hard LOCKUP on ", "cpu 2", "", kHardLockup, kHang},
      {"watchdog: ", "CPU", "5: Watchdog detected hard LOCKUP on cpu 2", "detected hard LOCKUP",
       kHardLockup, kHang},
      {"watchdog: ", "CPU", " 2 self-detected hard LOCKUP @ f+0x1/0x2", "detected hard LOCKUP",
       kHardLockup, kHang},
      {"watchdog: ", "CPU", " 2 Hard LOCKUP", "Hard LOCKUP", kHardLockup, kHang},
      {"", "INFO: task ", "fio:1742 blocked for more than 120 seconds.", " blocked for more than ",
       kHungTask, kHang},
      {"", "INFO: task ", "fio:1742 blocked in I/O wait for more than 120 seconds.",
       " blocked in I/O wait for more than ", kHungTask, kHang},
      {"rcu: ", "INFO: rcu", "_preempt self-detected stall on CPU", " stall", kRcuStall, kHang},
      {"", "INFO: rcu", "_sched_state detected stalls on CPUs/tasks: { 3}", " stall", kRcuStall,
       kHang},
      {"", "BUG: KASAN: ", "slab-out-of-bounds in f+0x1/0x2", "", kKasan, kReport},
      {"", "BUG: KFENCE: ", "out-of-bounds read in f+0x1/0x2", "", kKasan, kReport},
      {"", "BUG: KMSAN: ", "uninit-value in f+0x1/0x2", "", kKasan, kReport},
      {"", "WARNING: CPU: ", "0 PID: 1 at fs/x.c:1 f+0x1/0x2", "", kWarning, kReport},
      {"", "WARNING: at ", "fs/x.c:1 f+0x1/0x2()", "", kWarning, kReport},
      {"", "WARNING: ", "fs/x.c:1 at f+0x1/0x2, CPU#3: fio/1742", ", CPU#", kWarning, kReport},
      {"", "WARNING: ", "possible circular locking dependency detected", " detected", kWarning,
       kReport},
      {"", "UBSAN: ", "array-index-out-of-bounds in fs/x.c:1:2", "", kWarning, kReport},
      {"", "BUG: scheduling while atomic", ": fio/1742/0x00000002", "", kWarning, kReport},
      {"", "BUG: sleeping function called from", " invalid context at mm/slab.h:411", "", kWarning,
       kReport},
      {"", "BUG: Bad page ", "state in process fio  pfn:1a2b3", "", kMemoryCorruption, kReport},
      {"", "BUG: Bad page ", "map in process fio  pte:ffff pmd:1a2b", "", kMemoryCorruption,
       kReport},
      {"", "BUG: Bad rss-counter", " state mm:ffff8880 type:MM_FILEPAGES val:1", "",
       kMemoryCorruption, kReport},
      {"", "BUG ", "kmalloc-64 (Not tainted): Redzone overwritten", "): ", kMemoryCorruption,
       kReport},
      {"", "list_add corruption", ". prev->next should be next", "", kListCorruption, kSign},
      {"", "list_add double add", ": new=ffff8880, prev=ffff8880", "", kListCorruption, kSign},
      {"", "list_del corruption", ", ffff8880->next is LIST_POISON1 (dead000000000100)", "",
       kListCorruption, kSign},
      {"", "refcount_t: ", "underflow; use-after-free.", "", kMemoryCorruption, kSign},
      {"", "usercopy: ", "Kernel memory exposure attempt detected from SLUB object", "",
       kMemoryCorruption, kSign},
      {"", "detected buffer overflow in ", "strcpy", "", kMemoryCorruption, kSign},
      {"mce: ", "[Hardware Error]: CPU ", "12: Machine Check Exception: 5 Bank 7: be00000000800400",
       "Machine Check", kMachineCheck, kSign},
      {"", "{", "1}[Hardware Error]: event severity: fatal",
       "[Hardware Error]: event severity: fatal", kMachineCheck, kSign},
      {"EDAC ", "MC", "0: 1 UE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0", " UE ",
       kMachineCheck, kSign},
      {"", "MCE: CPU", "4: machine check (Severe) Host UE Load/Store", "machine check",
       kMachineCheck, kSign},
      {"", "Severe Machine check interrupt", " [Not recovered]", "", kMachineCheck, kSign},
      {"", "Uhhuh. NMI received for unknown reason", " 21 on CPU 0.", "", kNmi, kSign},
      {"", "NMI: IOCK error", " (debug interrupt?) for reason 71 on CPU 0.", "", kNmi, kSign},
      {"", "NMI: PCI system error", " (SERR) for reason b1 on CPU 0.", "", kNmi, kSign},
      {"", "SError Interrupt on CPU", "3, code 0xbe000411 -- SError", "", kSerror, kFault},
      {"", "Bad mode in Error handler", " detected on CPU3, code 0xbf000000 -- SError", "", kSerror,
       kFault},
      {"sysrq: ", "Trigger a crash", "", "", kSysrq, kSign},
      {"SysRq : ", "Trigger a crash", "", "", kSysrq, kSign},
      {"sysrq: SysRq : ", "Trigger a crash", "", "", kSysrq, kSign},
  };
  return cases;
}

// The line of die(), without its counter.
const std::vector<EventCase>& Dies() {
  static const std::vector<EventCase> cases{
      {"", "general protection", " fault: 0000", "", kGeneralProtection, kFault},
      {"", "stack segment", ": 0000", "", kGeneralProtection, kFault},
      {"", "segment not present", ": 0000", "", kGeneralProtection, kFault},
      {"", "invalid opcode", ": 0000", "", kInvalidOpcode, kFault},
      {"", "divide error", ": 0000", "", kDivideError, kFault},
      {"", "double fault", ": 0000", "", kDoubleFault, kFault},
      {"", "kernel stack overflow", " (double-fault): 0000", "", kStackCorruption, kFault},
      {"", "stack guard page", ": 0000", "", kStackCorruption, kFault},
      {"", "int3", ": 0000", "", kInvalidOpcode, kFault},
      {"", "Internal error: Oops - BUG", ": 00000000f2000800", "", kKernelBug, kFault},
      {"", "Internal error: Oops - BRK", ": 00000000f2000800", "", kKernelBug, kFault},
      {"", "Internal error: BRK handler", ": f2000800", "", kKernelBug, kFault},
      {"", "Internal error: Oops - undefined instruction", ": 0", "", kInvalidOpcode, kFault},
      {"", "Internal error: Oops - Undefined instruction", ": 0000000002000000", "", kInvalidOpcode,
       kFault},
      {"", "Internal error: undefined instruction", ": 0", "", kInvalidOpcode, kFault},
      {"", "Internal error: Oops - bad mode", ": 0", "", kSerror, kFault},
      {"", "Internal error: Oops - CFI", ": 00000000f2008228", "", kInvalidOpcode, kFault},
      {"", "Internal error: Oops - BTI", ": 0000000036000002", "", kInvalidOpcode, kFault},
      {"", "Internal error: Oops - FPAC", ": 0000000072000000", "", kInvalidOpcode, kFault},
      {"", "Internal error: kernel stack overflow", ": 96000047", "", kStackCorruption, kFault},
      {"", "Internal error: ", "Oops: 0000000096000006", "", kPageFault, kFault},
      {"", "Oops: Exception in kernel mode", ", sig: 5", "sig: 5", kKernelBug, kFault},
      {"", "Oops: Exception in kernel mode", ", sig: 4", "sig: 4", kInvalidOpcode, kFault},
      {"", "Oops: Machine check", ", sig: 7", "", kMachineCheck, kFault},
      {"", "Oops: Bad kernel stack pointer", ", sig: 6", "", kStackCorruption, kFault},
      {"", "monitor event", ": 0040 ilc:2", "", kKernelBug, kFault},
      {"", "illegal operation", ": 0001 ilc:1", "", kInvalidOpcode, kFault},
      {"", "operation exception", ": 0001", "", kInvalidOpcode, kFault},
      {"", "specification exception", ": 0006 ilc:2", "", kInvalidOpcode, kFault},
      {"", "fixed point divide", " exception: 0009 ilc:2", "", kDivideError, kFault},
      {"", "addressing exception", ": 0005 ilc:2", "", kPageFault, kFault},
      {"", "protection exception", ": 0004 ilc:2", "", kPageFault, kFault},
      {"", "Kernel BUG", "", "", kKernelBug, kFault},
      {"", "Oops - illegal instruction", "", "", kInvalidOpcode, kFault},
      {"", "Oops", " - load access fault", "", kPageFault, kFault},
      {"", "Oops", ": 0002", "", kPageFault, kFault},
      {"", "Oops", "", "", kUnknown, kFault},
      {"", "invalid TSS", ": 0000", "", kUnknown, kFault},
      {"", "simd exception", ": 0000", "", kUnknown, kFault},
      {"", "fpu exception", ": 0000", "", kUnknown, kFault},
      {"", "alignment check", ": 0000", "", kUnknown, kFault},
      {"", "overflow", ": 0000", "", kUnknown, kFault},
      {"", "bounds", ": 0000", "", kUnknown, kFault},
      {"", "control protection", " fault: 0000", "", kUnknown, kFault},
      {"", "iret exception", ": 0000", "", kUnknown, kFault},
      {"", "coprocessor segment overrun", ": 0000", "", kUnknown, kFault},
      {"", "data exception", ": 0007 ilc:2", "", kUnknown, kFault},
      {"", "privileged operation", ": 0002 ilc:2", "", kUnknown, kFault},
      {"", "execute exception", ": 0003 ilc:2", "", kUnknown, kFault},
      {"", "translation", "-specification exception: 0012 ilc:2", "", kUnknown, kFault},
      {"", "space switch event", ": 001c ilc:2", "", kUnknown, kFault},
      {"", "transaction constraint", " exception: 0018 ilc:2", "", kUnknown, kFault},
      {"", "operand exception", ": 0015 ilc:2", "", kUnknown, kFault},
      {"", "vector processing", " exception: 001b ilc:2", "", kUnknown, kFault},
      {"", "Oops: System Reset", ", sig: 6", "", kNmi, kFault},
      {"", "Oops: Kernel access of bad area", ", sig: 11", "", kPageFault, kFault},
      {"", "Oops: Weird page fault", ", sig: 11", "", kPageFault, kFault},
      {"", "Internal error: : ", "96000210", "", kPageFault, kFault},
      {"", "Internal error: synchronous external abort", ": 96000410", "", kPageFault, kFault},
      {"", "Internal error: Accessing user space memory", " outside uaccess.h: 9600000f", "",
       kPageFault, kFault},
      {"", "Internal error: ", "UBSAN: 00000000f2005515", "", kUnknown, kFault},
      {"", "Internal error: ", "Oops - SVE: 0", "", kUnknown, kFault},
      {"", "Oops", ": Unrecoverable exception, sig: 6", "", kUnknown, kFault},
      // 6.10 and later
      {"Oops: ", "general protection", " fault, probably for non-canonical address 0xdead: 0000",
       "", kGeneralProtection, kFault},
      {"Oops: ", "invalid opcode", ": 0000", "", kInvalidOpcode, kFault},
      {"Oops: ", "divide error", ": 0000", "", kDivideError, kFault},
      {"Oops: ", "Oops", ": 0002", "", kPageFault, kFault},
  };
  return cases;
}

bool Is(std::string_view line, const EventCase& test) {
  const auto event = FindEvent(line);
  return event && event->category == test.category && event->weight == test.weight;
}

std::string Changed(std::string_view text, int (*change)(int)) {
  std::string changed(text);
  for (char& c : changed) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return changed;
}

// A letter left out, the case of letters, or a name before it, and it announces something else.
void ExpectNearMisses(const EventCase& test, std::string_view end) {
  const std::string line = test.Line() + std::string(end);
  for (std::size_t i = 0; i < test.start.size(); ++i) {
    std::string cut = line;
    cut.erase(test.reporter.size() + i, 1);
    const bool same = cut.starts_with(Cat(test.reporter, test.start));  // "aa"
    if (test.category != kPageFault || !cut.starts_with("Oops")) {
      EXPECT_TRUE(same || !Is(cut, test)) << cut;
    }
  }
  const auto needed = line.find(test.needs, test.reporter.size() + test.start.size());
  for (std::size_t i = 0; i < test.needs.size(); ++i) {
    std::string cut = line;
    cut.erase(needed + i, 1);
    EXPECT_FALSE(Is(cut, test) && !cut.contains(test.needs)) << cut;
  }
  for (auto* const change : {&::tolower, &::toupper}) {
    const std::string changed =
        Cat(test.reporter, Changed(line.substr(test.reporter.size()), change));
    // Behind "Oops: " anything is an oops.
    const bool other =
        (Changed(test.start, change) != test.start || Changed(test.needs, change) != test.needs) &&
        (test.reporter != "Oops: " || test.category != kPageFault);
    EXPECT_TRUE(!other || !Is(changed, test)) << changed;
  }
  for (const std::string_view name : {"fio: ", "fio[12]: ", "x ", "\"", "- "}) {
    EXPECT_FALSE(FindEvent(Cat(name, line))) << Cat(name, line);
  }
}

TEST(CrashEventsTest, NoRowWithoutALine) {
  EXPECT_GE(Events().size(), CountRules().events);
  EXPECT_GE(Dies().size(), CountRules().dies);
}

TEST(CrashEventsTest, EveryRow) {
  for (const EventCase& test : Events()) {
    const auto event = FindEvent(test.Line());
    ASSERT_TRUE(event) << test.Line();
    EXPECT_EQ(Name(event->category), Name(test.category)) << test.Line();
    EXPECT_EQ(event->weight, test.weight) << test.Line();
    EXPECT_FALSE(event->die) << test.Line();
    EXPECT_EQ(event->line, 0U);
    ExpectNearMisses(test, "");
  }
}

TEST(CrashEventsTest, EveryDie) {
  for (const EventCase& test : Dies()) {
    for (const auto& [tail, counter] : std::vector<std::pair<std::string_view, std::uint32_t>>{
             {" [#1] PREEMPT SMP NOPTI", 1}, {" [#1]", 1}, {" [#27] SMP", 27}}) {
      const auto event = FindEvent(Cat(test.Line(), tail));
      ASSERT_TRUE(event) << test.Line();
      EXPECT_EQ(Name(event->category), Name(test.category)) << test.Line();
      EXPECT_EQ(event->weight, kFault);
      EXPECT_TRUE(event->die);
      EXPECT_EQ(event->die_counter, counter);
    }
    ExpectNearMisses(test, " [#1] SMP");
    for (const std::string_view tail :
         {"", " [#0]", " [#]", " [#x]", " [1]", "[#1]", " [#99999999999]", " [#-1]", " [# 1]"}) {
      const auto event = FindEvent(Cat(test.Line(), tail));
      EXPECT_FALSE(event && event->die) << test.Line() << tail;
    }
  }
}

TEST(CrashEventsTest, SomeNeedTheNameOfWhoPrintsThem) {
  for (const EventCase& test : Events()) {
    const bool bare =
        test.category == kSysrq || test.category == kHardLockup || test.reporter == "EDAC ";
    EXPECT_EQ(FindEvent(Cat(test.start, test.rest)).has_value(), !bare) << test.Line();
  }
}

TEST(CrashEventsTest, LinesNearAReport) {
  for (const std::string_view line :
       {"",
        "INFO: task fio:655 is blocked on a mutex likely owned by task kworker/0:1:77.",
        "INFO: lockdep is turned off.",
        "rcu: Hierarchical SRCU implementation.",
        "rcu: rcu_preempt kthread starved for 5252 jiffies! g2077 f0x0",
        "PGD 0 P4D 0",
        "#PF: supervisor read access in kernel mode",
        "Mem abort info:",
        "Call Trace:",
        "Modules linked in: a",
        "------------[ cut here ]------------",
        "---[ end trace 0000000000000000 ]---",
        "---[ end Kernel panic - not syncing: x ]---",
        "Sending NMI from CPU 2 to CPUs 1:",
        "NMI backtrace for cpu 1",
        "watchdog: CPU 2 TB:1024000000, last heartbeat TB:512000000 (1000ms ago)",
        "mce: [Hardware Error]: TSC 0 ADDR ffffffff81060aa2 MISC 7880",
        "EDAC MC0: 1 CE memory read error",
        "NMI watchdog: Enabled.",
        "sysrq: Show State"}) {
    EXPECT_FALSE(FindEvent(line)) << line;
  }
}

TEST(CrashEventsTest, WithoutReporter) {
  EXPECT_EQ(WithoutReporter("watchdog: BUG: x"), "BUG: x");
  EXPECT_EQ(WithoutReporter("NMI watchdog: Watchdog detected"), "detected");
  EXPECT_EQ(WithoutReporter("sysrq: SysRq : x"), "x");
  EXPECT_EQ(WithoutReporter("rcu: rcu: \tx"), "\tx");
  EXPECT_EQ(WithoutReporter("watchdog:x"), "watchdog:x");
  EXPECT_EQ(WithoutReporter("x: watchdog: y"), "x: watchdog: y");
  EXPECT_EQ(WithoutReporter(""), "");
}

}  // namespace
}  // namespace kdumpd
