// SPDX-License-Identifier: Apache-2.0
// Checks of what stands between a fault and the capture kernel: machine checks, panic notifiers,
// long output, resets.
#include <algorithm>
#include <optional>

#include "daemon/core/checks.h"
#include "daemon/core/cmdline.h"
#include "daemon/core/kernel_argument.h"
#include "daemon/core/serial_port.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kSlowSpeed = 115'200;               // bits per second
constexpr std::string_view kSoftdog = "Software Watchdog";  // drivers/watchdog/softdog.c

Evidence Shown(const Fact<std::int64_t>& fact) {
  return {fact.source(), fact.known() ? Cat(fact.value()) : "(no such file)"};
}
bool On(const Fact<std::int64_t>& fact) { return fact.known() && fact.value() != 0; }

// Any mention counts: nothing on the command line switches machine checks on again.
std::string MceSwitch(std::string_view cmdline) {
  for (const CmdlineArg& arg : ParseCmdline(cmdline)) {
    if (arg.key == "mce" && arg.value == "off") return "mce=off";
    if (arg.key == "nomce") return "nomce";
  }
  return {};
}

// An enabled serial console that takes minutes for what a trace buffer holds.
const Console* SlowConsole(const Facts& facts) {
  const std::vector<Console>& consoles = facts.consoles.value();
  const auto slow = std::ranges::find_if(consoles, [&](const Console& one) {
    const bool uart = IsSerial(one.name) && one.name.starts_with("tty");
    return one.enabled && uart && SpeedOf(facts, one.name).value_or(kSlowSpeed) <= kSlowSpeed;
  });
  return slow == consoles.end() ? nullptr : &*slow;
}

// Why an expiring watchdog would reset the machine without a dump; "" when it would not, or is off.
std::string_view ResetBy(const Facts& facts, const Watchdog& watchdog) {
  if (watchdog.state != "active" || watchdog.pretimeout_governor == "panic") return {};
  // drivers/watchdog/hpwdt.c panics in its own NMI handler.
  if (watchdog.identity.find("iLO2+") != std::string::npos) return {};
  if (watchdog.identity != kSoftdog) return "watchdog_resets";
  const Fact<std::int64_t>& panics = facts.At(Knob::kSoftdogSoftPanic);
  return On(panics) || panics.unreadable() ? "" : "softdog_resets";
}

// drivers/misc/pvpanic; its notifier runs before the capture kernel only when notifiers do.
bool HypervisorIsTold(const Facts& facts) {
  return On(facts.At(Knob::kPostNotifiers)) &&
         std::ranges::any_of(facts.modules.ValueOr({}), [](const KernelModule& one) {
           return one.name.starts_with("pvpanic");
         });
}

// What cannot be ruled out because it could not be read.
std::optional<Finding> NotSeen(const Facts& facts) {
  if (facts.watchdogs.unreadable()) return NotKnown(facts.watchdogs);
  if (facts.modules.unreadable()) return NotKnown(facts.modules);
  const auto soft = [](const Watchdog& one) {
    return one.identity == kSoftdog && one.state == "active";
  };
  const Fact<std::int64_t>& panics = facts.At(Knob::kSoftdogSoftPanic);
  if (panics.unreadable() && std::ranges::any_of(facts.watchdogs.ValueOr({}), soft)) {
    return NotKnown(panics);
  }
  return std::nullopt;
}

}  // namespace

// Source: arch/x86/kernel/cpu/mce/core.c mcheck_enable, mcheck_disable.
Finding McePolicy(const Facts& facts, const Numbers&, const Policy&) {
  if (facts.architecture.known() && !facts.architecture.value().starts_with("x86")) {
    return NotApplicable("other_architecture", "machine checks are an x86 matter");
  }
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  const std::string off = MceSwitch(facts.cmdline.value());
  if (off.empty()) {
    return Found(Status::kPass, "handled", "a fatal machine check becomes a panic");
  }
  return Found(Status::kWarn, "off",
               Cat(off,
                   " belongs to the capture kernel: here it turns a fatal machine check into a "
                   "reset without a dump"),
               {{facts.cmdline.source(), off}}, RemoveKernelArgument(facts, off));
}

// Source: kernel/panic.c; arch/powerpc/kernel/fadump.c setup_fadump switches it on by itself.
Finding CrashKexecPostNotifiers(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<std::int64_t>& knob = facts.At(Knob::kPostNotifiers);
  if (FadumpOn(facts)) {
    return NotApplicable("fadump", "firmware-assisted dump is itself a panic notifier");
  }
  if (knob.absent()) return NotApplicable("not_built", "this kernel has no such switch");
  if (!knob.known()) return NotKnown(knob);
  if (knob.value() == 0) {
    return Found(Status::kPass, "kexec_first", "a panic starts the capture kernel first",
                 {Shown(knob)});
  }
  return Found(Status::kWarn, "notifiers_first",
               "panic notifiers run before the capture kernel, and one that hangs costs the dump",
               {Shown(knob)},
               Cat("echo N > ", knob.source(), "; ",
                   RemoveKernelArgument(facts, "crash_kexec_post_notifiers")));
}

// Source: kernel/panic.c panic_print_sys_info, which precedes the capture kernel only with
// crash_kexec_post_notifiers; kernel/trace/trace.c trace_die_panic_handler, which always does.
Finding PanicPrint(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<std::int64_t>& print = facts.At(Knob::kPanicPrint);
  const Fact<std::int64_t>& trace = facts.At(Knob::kFtraceDumpOnOops);
  const Fact<std::int64_t>& notifiers = facts.At(Knob::kPostNotifiers);
  if (On(print) && On(notifiers) && !FadumpOn(facts)) {
    return Found(
        Status::kWarn, "before_kexec",
        Cat("kernel.panic_print=", print.value(), " prints before the capture kernel starts"),
        {Shown(print), Shown(notifiers)},
        "sysctl -w kernel.panic_print=0, and the same in /etc/sysctl.d/kdump.conf");
  }
  const Console* slow = On(trace) && facts.consoles.known() ? SlowConsole(facts) : nullptr;
  if (slow != nullptr) {
    return Found(
        Status::kWarn, "slow_console",
        Cat("an oops first prints the trace buffers on ", Printable(slow->name),
            ", which takes minutes"),
        {Shown(trace), {facts.consoles.source(), Printable(slow->name)}},
        "sysctl -w kernel.ftrace_dump_on_oops=0, and the same in /etc/sysctl.d/kdump.conf");
  }
  if (print.unreadable()) return NotKnown(print);
  if (trace.unreadable()) return NotKnown(trace);
  if (On(print) && notifiers.unreadable()) return NotKnown(notifiers);
  if (On(trace) && facts.consoles.unreadable()) return NotKnown(facts.consoles);
  if (!print.known() && !trace.known()) {
    return NotApplicable("not_built", "this kernel prints no more than its log at a panic");
  }
  const bool quiet = !On(print) && !On(trace);
  return Found(Status::kPass, quiet ? "quiet" : "no_delay",
               quiet ? "nothing long is printed at a panic"
                     : "what is printed at a panic does not delay the capture kernel",
               {Shown(print), Shown(trace)});
}

// Source: drivers/watchdog/softdog.c soft_panic, drivers/watchdog/pretimeout_panic.c,
// systemd-system.conf(5) RuntimeWatchdogPreGovernor=.
Finding HardResetPaths(const Facts& facts, const Numbers&, const Policy&) {
  for (const Watchdog& watchdog : facts.watchdogs.ValueOr({})) {
    const std::string_view reason = ResetBy(facts, watchdog);
    if (reason.empty()) continue;
    const bool soft = reason == "softdog_resets";
    return Found(
        Status::kWarn, reason,
        Cat(Printable(watchdog.name), " (", Printable(watchdog.identity, 64),
            ") resets a machine that hangs for ", watchdog.timeout_seconds, " s, without a dump"),
        {{facts.watchdogs.source(),
          Cat(Printable(watchdog.name), " active, pretimeout_governor ",
              watchdog.pretimeout_governor.empty() ? "none"
                                                   : Printable(watchdog.pretimeout_governor, 32))}},
        soft ? "options softdog soft_panic=1 in /etc/modprobe.d/softdog.conf"
             : "RuntimeWatchdogPreSec= and RuntimeWatchdogPreGovernor=panic in "
               "/etc/systemd/system.conf, where the driver has a pretimeout");
  }
  if (HypervisorIsTold(facts)) {
    return Found(Status::kWarn, "hypervisor_told",
                 "pvpanic tells the hypervisor of the panic before the capture kernel starts, and "
                 "it may reset the machine",
                 {{facts.modules.source(), "pvpanic"}, Shown(facts.At(Knob::kPostNotifiers))},
                 "<on_crash>preserve</on_crash> in the definition of the guest, or "
                 "crash_kexec_post_notifiers=N");
  }
  if (auto unknown = NotSeen(facts)) return *std::move(unknown);
  std::vector<Evidence> evidence;
  for (const Watchdog& watchdog : facts.watchdogs.ValueOr({})) {
    evidence.push_back({Cat(facts.watchdogs.source(), '/', Printable(watchdog.name), "/state"),
                        Printable(watchdog.state, 32)});
  }
  return Found(Status::kPass, "none_seen", "nothing was seen that resets the machine by itself",
               std::move(evidence));
}

}  // namespace kdumpd
