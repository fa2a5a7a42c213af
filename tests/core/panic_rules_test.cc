// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/crash_events.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum CrashCategory;

// One message for each row, what of it must stay, and what it means.
struct PanicCase {
  std::string_view before;
  std::string_view key;
  std::string_view after;
  CrashCategory category;
  bool consequence;
};

const std::vector<PanicCase>& Panics() {
  static const std::vector<PanicCase> cases{
      {"F", "atal exception", "", kUnknown, true},
      {"F", "atal exception", " in interrupt", kUnknown, true},
      {"", "Oops", "", kUnknown, true},
      {"Oops: F", "atal exception", "", kUnknown, true},
      {"", "BUG!", "", kUnknown, true},
      {"", "Aiee, killing interrupt handler!", "", kUnknown, true},
      {"", "Attempted to kill the idle task!", "", kUnknown, true},
      {"", "Machine halted.", "", kDoubleFault, true},
      {"", "softlockup: hung tasks", "", kSoftLockup, true},
      {"", "Hard LOCKUP", "", kHardLockup, true},
      {"", "Watchdog detected hard LOCKUP", " on cpu 2", kHardLockup, true},
      {"", "hung_task: blocked tasks", "", kHungTask, true},
      {"", "RCU Stall", "", kRcuStall, true},
      {"", "panic_on_warn set", " ...", kWarning, true},
      {"kernel: ", "panic_on_warn set", " ...", kWarning, true},
      {"UBSAN: ", "panic_on_warn set", " ...", kWarning, true},
      {"", "kasan.fault=panic set", " ...", kKasan, true},
      {"", "Asynchronous SError Interrupt", "", kSerror, true},
      {"", "bad mode", "", kSerror, true},
      {"", "Fatal machine check", " on current CPU", kMachineCheck, true},
      {"", "Fatal Machine check", "", kMachineCheck, true},
      {"", "Fatal local machine check", "", kMachineCheck, true},
      {"", "Machine check", " from unknown source", kMachineCheck, true},
      {"", "Uncorrected machine check", "", kMachineCheck, true},
      {"", "Unrecoverable Machine check", "", kMachineCheck, true},
      {"", "Unrecovered Machine check", "", kMachineCheck, true},
      {"", "Timeout: Not all CPUs entered broadcast exception handler", "", kMachineCheck, true},
      {"", "Fatal hardware error", "!", kMachineCheck, true},
      {"", "EDAC", " MC0: UE (page 0x1a2b3, offset 0x0, grain 32)", kMachineCheck, true},
      {"", "sysrq triggered crash", "", kSysrq, false},
      {"", "NMI", ": Not continuing", kNmi, false},
      {"", "NMI", " IOCK error: Not continuing", kNmi, false},
      {"", "An NMI occurred", ". Depending on your system the reason is logged", kWatchdogHw,
       false},
      {"", "watchdog pretimeout", " event", kWatchdogHw, false},
      {"", "Watchdog pre-timeout", "", kWatchdogHw, false},
      {"", "Attempted to kill init!", " exitcode=0x0000000b", kInitKilled, false},
      {"", "VFS: Unable to mount root fs", " on unknown-block(0,0)", kRootfsMount, false},
      {"", "No working init found", ".  Try passing init= option to kernel.", kRootfsMount, false},
      {"", "No init found", ".  Try passing init= option to kernel.", kRootfsMount, false},
      {"", "Requested init", " /bin/x failed (error -2).", kRootfsMount, false},
      {"", "Out of memory", ": system-wide panic_on_oom is enabled", kOom, false},
      {"", "Out of memory", " and no killable processes...", kOom, false},
      {"", "out of memory", ". panic_on_oom is selected", kOom, false},
      {"", "System is deadlocked on memory", "", kOom, false},
      {"", "stack-protector", ": Kernel stack is corrupted in: f+0x1/0x2", kStackCorruption, false},
      {"", "corrupted stack end detected", " inside scheduler", kStackCorruption, false},
      {"", "kernel stack overflow", "", kStackCorruption, false},
      {"", "Kernel stack overflow", "", kStackCorruption, false},
      {"", "EXT", "4-fs (device sda2): no journal", kFsError, false},
      {"", "BTRFS", " critical: x", kFsError, false},
      {"", "XFS", ": x", kFsError, false},
      {"", "JBD2", ": x", kFsError, false},
      {"", "F2FS", "-fs: x", kFsError, false},
      {"", "GFS2", ": fsid=x", kFsError, false},
      {"*** ", "ocfs2 is very sorry", " to be fencing this system by panicing ***", kFsError,
       false},
      {"", "OCFS2", ": (device sda2): x", kFsError, false},
      {"", "FAT-fs", " (sda1): x", kFsError, false},
      {"", "UBIFS", " panic", kFsError, false},
      {"NEWFS (sda): ", "panic forced after error", "", kFsError, false},
      {"list_add ", "corruption", ".", kListCorruption, false},
  };
  return cases;
}

TEST(PanicRulesTest, EveryRow) {
  EXPECT_GE(Panics().size() + 1, CountRules().panics);  // the last takes all others
  for (const PanicCase& test : Panics()) {
    const std::string message = Cat(test.before, test.key, test.after);
    const PanicRule& rule = RuleOfPanic(message);
    EXPECT_EQ(Name(rule.category), Name(test.category)) << message;
    EXPECT_EQ(rule.consequence, test.consequence) << message;
    // A letter less, and it is any panic.
    for (std::size_t i = 0; i < test.key.size(); ++i) {
      std::string cut = message;
      cut.erase(test.before.size() + i, 1);
      if (cut.starts_with("Oops")) continue;
      EXPECT_EQ(Name(RuleOfPanic(cut).category), "panic_other") << cut;
    }
  }
}

TEST(PanicRulesTest, AnyOtherText) {
  for (const std::string_view message :
       {"", " ", "x", "crashme: NMI", "my Oops", "no VFS: Unable to mount root fs",
        "the machine check", "soft lockup", "fatal", "list_", "corruption of list_add"}) {
    EXPECT_EQ(RuleOfPanic(message).category, kPanicOther) << message;
    EXPECT_FALSE(RuleOfPanic(message).consequence) << message;
  }
}

struct ExplainsCase {
  CrashCategory event;
  EventWeight weight;
  std::string_view panic;
  bool explains;
};

TEST(PanicRulesTest, WhatExplainsAPanic) {
  using enum EventWeight;
  const std::vector<ExplainsCase> cases{
      {kPageFault, kFault, "Fatal exception", true},
      {kKernelBug, kFault, "Fatal exception in interrupt", true},
      {kWarning, kReport, "Fatal exception", false},
      {kHungTask, kHang, "Fatal exception", false},
      {kListCorruption, kSign, "Fatal exception", false},
      {kDoubleFault, kFault, "Machine halted.", true},
      {kSoftLockup, kHang, "softlockup: hung tasks", true},
      {kHungTask, kHang, "softlockup: hung tasks", false},
      {kHardLockup, kHang, "Hard LOCKUP", true},
      {kSoftLockup, kHang, "Hard LOCKUP", false},
      {kHungTask, kHang, "hung_task: blocked tasks", true},
      {kRcuStall, kHang, "RCU Stall", true},
      {kRcuStall, kHang, "hung_task: blocked tasks", false},
      {kWarning, kReport, "panic_on_warn set ...", true},
      {kKasan, kReport, "KASAN: panic_on_warn set ...", true},
      {kMemoryCorruption, kReport, "kernel: panic_on_warn set ...", true},
      {kPageFault, kFault, "panic_on_warn set ...", false},
      {kKasan, kReport, "kasan.fault=panic set ...", true},
      {kWarning, kReport, "kasan.fault=panic set ...", false},
      {kMachineCheck, kSign, "Fatal machine check", true},
      {kNmi, kSign, "Fatal machine check", false},
      {kSerror, kFault, "Asynchronous SError Interrupt", true},
  };
  for (const ExplainsCase& test : cases) {
    const CrashEvent event{0, test.event, test.weight, false, 0, ""};
    EXPECT_EQ(Explains(event, RuleOfPanic(test.panic)), test.explains)
        << Name(test.event) << " before " << test.panic;
  }
}

}  // namespace
}  // namespace kdumpd
