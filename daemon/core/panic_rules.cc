// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "daemon/core/characters.h"
#include "daemon/core/crash_events.h"

namespace kdumpd {
namespace {

using enum CrashCategory;

// The first that matches counts.
constexpr std::array kPanics{
    // Consequences: what is reported before says why.
    PanicRule{"", "atal exception", kUnknown, true},  // die(): "Oops: Fatal exception in interrupt"
    PanicRule{"Oops", "", kUnknown, true},
    PanicRule{"BUG!", "", kUnknown, true},  // include/asm-generic/bug.h
    PanicRule{"Aiee, killing interrupt handler!", "", kUnknown, true},
    PanicRule{"Attempted to kill the idle task!", "", kUnknown, true},
    PanicRule{"Machine halted.", "", kDoubleFault, true},  // arch/x86/kernel/doublefault_32.c
    PanicRule{"softlockup: hung tasks", "", kSoftLockup, true},
    PanicRule{"Hard LOCKUP", "", kHardLockup, true},
    PanicRule{"Watchdog detected hard LOCKUP", "", kHardLockup, true},  // to 4.x
    PanicRule{"hung_task: blocked tasks", "", kHungTask, true},
    PanicRule{"RCU Stall", "", kRcuStall, true},
    PanicRule{"", "panic_on_warn set", kWarning, true},
    PanicRule{"scheduling while atomic", "", kWarning, true},  // RHEL 8 and 9
    PanicRule{"kasan.fault=panic set", "", kKasan, true},
    PanicRule{"Asynchronous SError Interrupt", "", kSerror, true},
    PanicRule{"bad mode", "", kSerror, true},
    PanicRule{"Fatal machine check", "", kMachineCheck, true},
    PanicRule{"Fatal Machine check", "", kMachineCheck, true},
    PanicRule{"Fatal local machine check", "", kMachineCheck, true},
    PanicRule{"Machine check", "", kMachineCheck, true},
    PanicRule{"Uncorrected machine check", "", kMachineCheck, true},
    PanicRule{"Unrecoverable Machine check", "", kMachineCheck, true},
    PanicRule{"Unrecovered Machine check", "", kMachineCheck, true},
    PanicRule{"Timeout: Not all CPUs entered broadcast exception handler", "", kMachineCheck, true},
    PanicRule{"Timeout synchronizing machine check", "", kMachineCheck, true},  // RHEL 7
    PanicRule{"Fatal hardware error", "", kMachineCheck, true},  // drivers/acpi/apei/ghes.c
    PanicRule{"EDAC", "", kMachineCheck, true},
    // The panic is the reason.
    PanicRule{"sysrq triggered crash", "", kSysrq, false},
    PanicRule{"NMI", "", kNmi, false},
    PanicRule{"An NMI occurred", "", kWatchdogHw, false},  // drivers/watchdog/hpwdt.c
    PanicRule{"watchdog pretimeout", "", kWatchdogHw, false},
    PanicRule{"Watchdog pre-timeout", "", kWatchdogHw, false},  // drivers/char/ipmi
    PanicRule{"Attempted to kill init!", "", kInitKilled, false},
    PanicRule{"VFS: Unable to mount root fs", "", kRootfsMount, false},
    PanicRule{"No working init found", "", kRootfsMount, false},
    PanicRule{"No init found", "", kRootfsMount, false},
    PanicRule{"Requested init", "", kRootfsMount, false},
    PanicRule{"Out of memory", "", kOom, false},
    PanicRule{"out of memory", "", kOom, false},
    PanicRule{"System is deadlocked on memory", "", kOom, false},
    PanicRule{"stack-protector", "", kStackCorruption, false},
    PanicRule{"corrupted stack end detected", "", kStackCorruption, false},
    PanicRule{"kernel stack overflow", "", kStackCorruption, false},
    PanicRule{"Kernel stack overflow", "", kStackCorruption, false},
    PanicRule{"EXT2-fs", "", kFsError, false},
    PanicRule{"EXT3-fs", "", kFsError, false},
    PanicRule{"EXT4-fs", "", kFsError, false},
    PanicRule{"BTRFS", "", kFsError, false},
    PanicRule{"XFS", "", kFsError, false},
    PanicRule{"JBD2", "", kFsError, false},
    PanicRule{"F2FS", "", kFsError, false},
    PanicRule{"GFS2", "", kFsError, false},
    PanicRule{"", "ocfs2 is very sorry", kFsError, false},
    PanicRule{"OCFS2", "", kFsError, false},
    PanicRule{"FAT-fs", "", kFsError, false},
    PanicRule{"UBIFS", "", kFsError, false},
    PanicRule{"", "panic forced after error", kFsError, false},
    PanicRule{"list_", "corruption", kListCorruption, false},
    PanicRule{"", "", kPanicOther, false},
};

// "NMI" is not the start of "NMIfoo".
bool EndsWord(std::string_view message, std::size_t at) {
  const bool within = at > 0 && at < message.size();
  return !within || !IsAlphanumeric(message[at - 1]) || !IsAlphanumeric(message[at]);
}

}  // namespace

std::size_t CountPanicRules() { return kPanics.size(); }

const PanicRule& RuleOfPanic(std::string_view message) {
  return *std::ranges::find_if(kPanics, [&](const PanicRule& rule) {
    return message.starts_with(rule.start) && message.contains(rule.contains) &&
           EndsWord(message, rule.start.size());
  });
}

bool Explains(const CrashEvent& event, const PanicRule& rule) {
  switch (rule.category) {
    case kUnknown:
    case kDoubleFault:
      return event.weight == EventWeight::kFault;
    case kWarning:
      return event.weight == EventWeight::kReport;
    default:
      return event.category == rule.category;
  }
}

}  // namespace kdumpd
