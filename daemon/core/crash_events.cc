// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_events.h"

#include <algorithm>
#include <array>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum CrashCategory;
using enum EventWeight;

// Who prints a line may stand before it: pr_fmt() of the file, which changed over time.
constexpr std::array<std::string_view, 9> kReporters{
    "watchdog: ", "NMI watchdog: ", "rcu: ", "traps: ",  "mce: ",
    "sysrq: ",    "SysRq : ",       "EDAC ", "Watchdog "};

struct EventRule {
  std::string_view start;     // the message begins so
  std::string_view contains;  // and has this in it; "" is always
  CrashCategory category;
  EventWeight weight;
  std::string_view source;      // who prints it
  bool needs_reporter = false;  // too short to stand without the name of who prints it
};

constexpr std::array kRules{
    EventRule{"Kernel panic - not syncing: ", "", kPanicOther, kPanic, "kernel/panic.c"},
    // A kernel address that is not there. Which of both is decided by the address.
    EventRule{"BUG: kernel NULL pointer dereference", "", kNullDereference, kFault,
              "arch/x86/mm/fault.c, 5.0 and later"},
    EventRule{"BUG: unable to handle kernel NULL pointer dereference", "", kNullDereference, kFault,
              "arch/x86/mm/fault.c, to 4.20"},
    EventRule{"Unable to handle kernel NULL pointer dereference", "", kNullDereference, kFault,
              "arch/arm64/mm/fault.c, arch/arm/mm/fault.c, arch/riscv/mm/fault.c"},
    EventRule{"BUG: Kernel NULL pointer dereference", "", kNullDereference, kFault,
              "arch/powerpc/mm/fault.c"},
    EventRule{"Kernel attempted to ", " user page (", kPageFault, kSign,
              "arch/powerpc/mm/fault.c, before the BUG line"},
    EventRule{"BUG: unable to handle page fault for address", "", kPageFault, kFault,
              "arch/x86/mm/fault.c, 5.0 and later"},
    EventRule{"BUG: unable to handle kernel", "", kPageFault, kFault,
              "arch/x86/mm/fault.c, to 4.20"},
    EventRule{"BUG: Unable to handle ", "", kPageFault, kFault,
              "arch/powerpc/mm/fault.c: data access, instruction fetch, unaligned ..."},
    EventRule{"Unable to handle kernel ", "", kPageFault, kFault,
              "arch/{arm64,arm,riscv,powerpc,s390}/mm/fault.c"},
    EventRule{"Unhandled fault: ", "", kPageFault, kFault, "arch/{arm,arm64}/mm/fault.c"},
    EventRule{"kernel BUG at ", ":", kKernelBug, kFault, "lib/bug.c"},
    EventRule{"kernel BUG in ", "", kKernelBug, kFault, "lib/bug.c, without file names"},
    EventRule{"Kernel BUG at ", "", kKernelBug, kFault, "lib/bug.c, without file names"},
    // Stacks.
    EventRule{"PANIC: double fault", "", kDoubleFault, kFault, "arch/x86/kernel/traps.c"},
    EventRule{"BUG: ", "stack guard page was hit", kStackCorruption, kFault,
              "arch/x86/kernel/{traps,dumpstack}.c"},
    EventRule{"BUG: IRQ stack guard page", "", kStackCorruption, kFault,
              "arch/x86/kernel/irq_64.c"},
    EventRule{"Insufficient stack space to handle exception", "", kStackCorruption, kFault,
              "arch/{arm64,riscv}/kernel/traps.c"},
    EventRule{"Thread overran stack, or stack corrupted", "", kStackCorruption, kSign,
              "arch/*/mm/fault.c, within an oops"},
    // What does not go on.
    EventRule{"BUG: soft lockup", "", kSoftLockup, kHang, "kernel/watchdog.c"},
    EventRule{"detected hard LOCKUP on ", "", kHardLockup, kHang,
              "kernel/watchdog_hld.c, after its reporter", true},

    EventRule{"CPU", "detected hard LOCKUP", kHardLockup, kHang,
              "kernel/watchdog.c 6.5 and later, arch/powerpc/kernel/watchdog.c", true},
    EventRule{"CPU", "Hard LOCKUP", kHardLockup, kHang, "arch/powerpc/kernel/watchdog.c, 4.13",
              true},
    EventRule{"INFO: task ", " blocked for more than ", kHungTask, kHang, "kernel/hung_task.c"},
    EventRule{"INFO: task ", " blocked in I/O wait for more than ", kHungTask, kHang,
              "kernel/hung_task.c"},
    EventRule{"INFO: rcu", " stall", kRcuStall, kHang, "kernel/rcu/tree_stall.h"},
    // What the kernel survives unless panic_on_warn, kasan.fault=panic or the like.
    EventRule{"BUG: KASAN: ", "", kKasan, kReport, "mm/kasan/report.c"},
    EventRule{"BUG: KFENCE: ", "", kKasan, kReport, "mm/kfence/report.c"},
    EventRule{"BUG: KMSAN: ", "", kKasan, kReport, "mm/kmsan/report.c"},
    EventRule{"WARNING: CPU: ", "", kWarning, kReport, "kernel/panic.c"},
    EventRule{"WARNING: at ", "", kWarning, kReport, "kernel/panic.c, to 3.11"},
    EventRule{"WARNING: ", ", CPU#", kWarning, kReport, "kernel/panic.c, 6.18"},
    EventRule{"WARNING: ", " detected", kWarning, kReport, "kernel/locking/lockdep.c"},
    EventRule{"UBSAN: ", "", kWarning, kReport, "lib/ubsan.c"},
    EventRule{"BUG: scheduling while atomic", "", kWarning, kReport, "kernel/sched/core.c"},
    EventRule{"BUG: sleeping function called from", "", kWarning, kReport, "kernel/sched/core.c"},
    EventRule{"BUG: Bad page ", "", kMemoryCorruption, kReport, "mm/page_alloc.c, mm/memory.c"},
    EventRule{"BUG: Bad rss-counter", "", kMemoryCorruption, kReport, "kernel/fork.c"},
    EventRule{"BUG ", "): ", kMemoryCorruption, kReport,
              "mm/slub.c: BUG kmalloc-64 (Not tainted):"},
    // What explains the BUG, WARNING or panic after it.
    EventRule{"list_add corruption", "", kListCorruption, kSign, "lib/list_debug.c"},
    EventRule{"list_add double add", "", kListCorruption, kSign, "lib/list_debug.c"},
    EventRule{"list_del corruption", "", kListCorruption, kSign, "lib/list_debug.c"},
    EventRule{"refcount_t: ", "", kMemoryCorruption, kSign, "lib/refcount.c"},
    EventRule{"usercopy: ", "", kMemoryCorruption, kSign, "mm/usercopy.c"},
    EventRule{"detected buffer overflow in ", "", kMemoryCorruption, kSign, "lib/string_helpers.c"},
    EventRule{"[Hardware Error]: CPU ", "Machine Check", kMachineCheck, kSign,
              "arch/x86/kernel/cpu/mce/core.c"},
    EventRule{"{", "[Hardware Error]: event severity: fatal", kMachineCheck, kSign,
              "drivers/acpi/apei/ghes.c"},
    EventRule{"MC", " UE ", kMachineCheck, kSign, "drivers/edac/edac_mc.c, after its reporter",
              true},
    EventRule{"MCE: CPU", "machine check", kMachineCheck, kSign, "arch/powerpc/kernel/mce.c"},
    EventRule{"Severe Machine check interrupt", "", kMachineCheck, kSign,
              "arch/powerpc/kernel/mce.c"},
    EventRule{"Uhhuh. NMI received for unknown reason", "", kNmi, kSign, "arch/x86/kernel/nmi.c"},
    EventRule{"NMI: IOCK error", "", kNmi, kSign, "arch/x86/kernel/nmi.c"},
    EventRule{"NMI: PCI system error", "", kNmi, kSign, "arch/x86/kernel/nmi.c"},
    EventRule{"SError Interrupt on CPU", "", kSerror, kFault, "arch/arm64/kernel/traps.c"},
    EventRule{"Bad mode in Error handler", "", kSerror, kFault,
              "arch/arm64/kernel/traps.c, to 4.14"},
    EventRule{"Trigger a crash", "", kSysrq, kSign, "drivers/tty/sysrq.c, after its reporter",
              true},
};

// The line of die(): "Oops: 0002 [#1] PREEMPT SMP". Newer kernels put another "Oops: " before it.
struct DieRule {
  std::string_view start;
  std::string_view contains;
  CrashCategory category;
};
constexpr std::array kDies{
    // arch/x86/kernel/traps.c
    DieRule{"general protection", "", kGeneralProtection},
    DieRule{"stack segment", "", kGeneralProtection},
    DieRule{"segment not present", "", kGeneralProtection},
    DieRule{"invalid opcode", "", kInvalidOpcode},
    DieRule{"divide error", "", kDivideError},
    DieRule{"double fault", "", kDoubleFault},
    DieRule{"kernel stack overflow", "", kStackCorruption},
    DieRule{"stack guard page", "", kStackCorruption},
    DieRule{"int3", "", kInvalidOpcode},
    DieRule{"invalid TSS", "", kUnknown},
    DieRule{"simd exception", "", kUnknown},
    DieRule{"fpu exception", "", kUnknown},
    DieRule{"alignment check", "", kUnknown},
    DieRule{"overflow", "", kUnknown},
    DieRule{"bounds", "", kUnknown},
    DieRule{"control protection", "", kUnknown},
    DieRule{"iret exception", "", kUnknown},
    DieRule{"coprocessor segment overrun", "", kUnknown},
    // arch/arm64/kernel/traps.c, arch/arm/kernel/traps.c: the reason follows "Internal error: "
    DieRule{"Internal error: Oops - BUG", "", kKernelBug},
    DieRule{"Internal error: Oops - BRK", "", kKernelBug},
    DieRule{"Internal error: BRK handler", "", kKernelBug},
    DieRule{"Internal error: Oops - undefined instruction", "", kInvalidOpcode},
    DieRule{"Internal error: Oops - Undefined instruction", "", kInvalidOpcode},
    DieRule{"Internal error: undefined instruction", "", kInvalidOpcode},
    DieRule{"Internal error: Oops - bad mode", "", kSerror},
    DieRule{"Internal error: Oops - CFI", "", kInvalidOpcode},
    DieRule{"Internal error: Oops - BTI", "", kInvalidOpcode},
    DieRule{"Internal error: Oops - FPAC", "", kInvalidOpcode},
    DieRule{"Internal error: kernel stack overflow", "", kStackCorruption},
    DieRule{"Internal error: Oops: ", "", kPageFault},
    DieRule{"Internal error: : ", "", kPageFault},
    DieRule{"Internal error: synchronous external abort", "", kPageFault},
    DieRule{"Internal error: Accessing user space memory", "", kPageFault},
    DieRule{"Internal error: ", "", kUnknown},
    // arch/powerpc/kernel/traps.c; a trap of a BUG is signal 5
    DieRule{"Oops: Exception in kernel mode", "sig: 5", kKernelBug},
    DieRule{"Oops: Exception in kernel mode", "sig: 4", kInvalidOpcode},
    DieRule{"Oops: Machine check", "", kMachineCheck},
    DieRule{"Oops: System Reset", "", kNmi},  // how an HMC or BMC asks for a dump
    DieRule{"Oops: Kernel access of bad area", "", kPageFault},
    DieRule{"Oops: Weird page fault", "", kPageFault},
    DieRule{"Oops: Bad kernel stack pointer", "", kStackCorruption},
    // arch/s390/kernel/traps.c; a BUG is a monitor event
    DieRule{"monitor event", "", kKernelBug},
    DieRule{"illegal operation", "", kInvalidOpcode},
    DieRule{"operation exception", "", kInvalidOpcode},
    DieRule{"specification exception", "", kInvalidOpcode},
    DieRule{"fixed point divide", "", kDivideError},
    DieRule{"data exception", "", kUnknown},
    DieRule{"privileged operation", "", kUnknown},
    DieRule{"execute exception", "", kUnknown},
    DieRule{"translation", "", kUnknown},  // "... exception", "translation-specification exception"
    DieRule{"space switch event", "", kUnknown},
    DieRule{"transaction constraint", "", kUnknown},
    DieRule{"operand exception", "", kUnknown},
    DieRule{"vector processing", "", kUnknown},
    DieRule{"addressing exception", "", kPageFault},
    DieRule{"protection exception", "", kPageFault},
    // arch/riscv/kernel/traps.c
    DieRule{"Kernel BUG", "", kKernelBug},
    DieRule{"Oops - illegal instruction", "", kInvalidOpcode},
    DieRule{"Oops - ", "", kPageFault},
    DieRule{"Oops", "", kUnknown},
};

constexpr std::string_view kOops = "Oops: ";

// " [#1]": which oops since boot.
std::optional<std::uint32_t> DieCounter(std::string_view message) {
  const auto at = message.find(" [#");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = message.substr(at + 3);
  const auto number = ParseUnsigned(rest.substr(0, rest.substr(0, 8).find(']')));
  if (!number || *number == 0) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

template <class Rule>
bool Matches(const Rule& rule, std::string_view message) {
  return message.starts_with(rule.start) &&
         message.find(rule.contains, rule.start.size()) != std::string_view::npos;
}

// By the first character of their rules most lines are ruled out.
template <std::size_t kSize, class Rule>
constexpr std::array<bool, 256> FirstBytes(const std::array<Rule, kSize>& rules) {
  std::array<bool, 256> first{};
  for (const Rule& rule : rules) first[static_cast<unsigned char>(rule.start.front())] = true;
  return first;
}

// "0002", "0004 ilc:3": what die() was given, at the end of a text.
bool EndsWithCode(std::string_view text) {
  const auto ilc = text.rfind(" ilc:");
  if (ilc != std::string_view::npos && AreDigits(text.substr(ilc + 5))) text = text.substr(0, ilc);
  std::size_t digits = 0;
  while (digits < text.size() && IsHexDigit(text[text.size() - 1 - digits])) ++digits;
  text.remove_suffix(digits);
  return digits >= 4 && (text.ends_with(": ") || text.ends_with(": 0x"));
}

std::optional<CrashCategory> CategoryOfDie(std::string_view message) {
  static constexpr auto kFirst = FirstBytes(kDies);
  if (message.empty() || !kFirst[static_cast<unsigned char>(message.front())]) return std::nullopt;
  if (message.starts_with(kOops)) {
    const auto inner = CategoryOfDie(message.substr(kOops.size()));
    if (inner) return inner;
    // x86, s390: the code of a page fault.
    if (EndsWithCode(message.substr(0, message.find(" [#")))) return kPageFault;
  }
  const auto* rule = std::ranges::find_if(kDies, [&](auto& r) { return Matches(r, message); });
  return rule == kDies.end() ? std::nullopt : std::optional(rule->category);
}

std::optional<CrashEvent> FindDie(std::string_view message) {
  const auto counter = DieCounter(message);
  const auto category = counter ? CategoryOfDie(message) : std::nullopt;
  if (!category) return std::nullopt;
  return CrashEvent{0, *category, kFault, true, *counter, ""};
}

std::optional<CrashEvent> FindRule(std::string_view message, bool reported) {
  static constexpr auto kFirst = FirstBytes(kRules);
  if (!kFirst[static_cast<unsigned char>(message.front())]) return std::nullopt;
  for (const EventRule& rule : kRules) {
    if (rule.needs_reporter && !reported) continue;
    if (Matches(rule, message)) return CrashEvent{0, rule.category, rule.weight, false, 0, ""};
  }
  return std::nullopt;
}

// Lines that begin with the name of a task, which may be any event: mm/oom_kill.c, mm/page_alloc.c,
// kernel/signal.c, arch/*/mm/fault.c, kernel/exit.c, fs/drop_caches.c.
constexpr std::array<std::string_view, 10> kTaskFirst{" invoked oom-killer",
                                                      ": page allocation failure",
                                                      ": page allocation stall",
                                                      "]: segfault at ",
                                                      "]: bad frame in ",
                                                      "]: unhandled ",
                                                      "] trap ",
                                                      ": potentially unexpected fatal signal",
                                                      "): drop_caches: ",
                                                      " used greatest stack depth"};

}  // namespace

RuleCounts CountRules() { return {kRules.size(), kDies.size(), CountPanicRules()}; }

std::string_view WithoutReporter(std::string_view message) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view reporter : kReporters) {
      if (!message.starts_with(reporter)) continue;
      message.remove_prefix(reporter.size());
      again = true;
    }
  }
  return message;
}

std::optional<CrashEvent> FindEvent(std::string_view message) {
  const std::string_view rest = WithoutReporter(message);
  if (rest.empty()) return std::nullopt;
  auto event = FindRule(rest, rest.size() != message.size());
  if (!event) event = FindDie(rest);
  if (event &&
      std::ranges::any_of(kTaskFirst, [&](std::string_view mark) { return rest.contains(mark); })) {
    return std::nullopt;
  }
  return event;
}

}  // namespace kdumpd
