// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/knobs.h"

namespace kdumpd {
namespace {

struct Row {
  Knob knob;
  std::string_view path;
};

// In the order of Knob. kernel/panic.c, kernel/exit.c, kernel/watchdog.c, kernel/hung_task.c,
// kernel/rcu/update.c, arch/x86/kernel/nmi.c, mm/oom_kill.c, kernel/trace/trace.c.
constexpr std::array<Row, kKnobs> kPaths{{
    {Knob::kOopsLimit, "/proc/sys/kernel/oops_limit"},
    {Knob::kWarnLimit, "/proc/sys/kernel/warn_limit"},
    {Knob::kOopsCount, "/sys/kernel/oops_count"},
    {Knob::kWarnCount, "/sys/kernel/warn_count"},
    {Knob::kSoftlockupPanic, "/proc/sys/kernel/softlockup_panic"},
    {Knob::kWatchdog, "/proc/sys/kernel/watchdog"},
    {Knob::kWatchdogThreshold, "/proc/sys/kernel/watchdog_thresh"},
    {Knob::kHardlockupPanic, "/proc/sys/kernel/hardlockup_panic"},
    {Knob::kNmiWatchdog, "/proc/sys/kernel/nmi_watchdog"},
    {Knob::kHungTaskPanic, "/proc/sys/kernel/hung_task_panic"},
    {Knob::kHungTaskTimeout, "/proc/sys/kernel/hung_task_timeout_secs"},
    {Knob::kPanicOnRcuStall, "/proc/sys/kernel/panic_on_rcu_stall"},
    {Knob::kMaxRcuStallToPanic, "/proc/sys/kernel/max_rcu_stall_to_panic"},
    {Knob::kUnknownNmiPanic, "/proc/sys/kernel/unknown_nmi_panic"},
    {Knob::kPanicOnUnrecoveredNmi, "/proc/sys/kernel/panic_on_unrecovered_nmi"},
    {Knob::kPanicOnIoNmi, "/proc/sys/kernel/panic_on_io_nmi"},
    {Knob::kPanicOnWarn, "/proc/sys/kernel/panic_on_warn"},
    {Knob::kPanicOnOom, "/proc/sys/vm/panic_on_oom"},
    {Knob::kSysrq, "/proc/sys/kernel/sysrq"},
    {Knob::kPostNotifiers, "/sys/module/kernel/parameters/crash_kexec_post_notifiers"},
    {Knob::kPanicPrint, "/proc/sys/kernel/panic_print"},
    {Knob::kFtraceDumpOnOops, "/proc/sys/kernel/ftrace_dump_on_oops"},
    {Knob::kKptrRestrict, "/proc/sys/kernel/kptr_restrict"},
    {Knob::kTainted, "/proc/sys/kernel/tainted"},
    {Knob::kSoftdogSoftPanic, "/sys/module/softdog/parameters/soft_panic"},
}};

consteval bool InOrder() {
  for (std::size_t i = 0; i < kKnobs; ++i) {
    if (static_cast<std::size_t>(kPaths[i].knob) != i) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

std::string_view PathOf(Knob knob) { return kPaths[static_cast<std::size_t>(knob)].path; }

}  // namespace kdumpd
