// SPDX-License-Identifier: Apache-2.0
// Checks of the ways to crash a machine from outside: the NMI button, SysRq, errors that arrive as
// NMIs.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/cmdline.h"
#include "daemon/core/serial_port.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kSysrqAll = 1;
constexpr std::int64_t kSysrqDump = 8;  // include/linux/sysrq.h SYSRQ_ENABLE_DUMP

Evidence Shown(const Fact<std::int64_t>& fact) { return {fact.source(), Cat(fact.value())}; }

// Of HPE's watchdog, as a module or built in.
bool HpwdtLoaded(const Facts& facts) {
  const auto module = [](const KernelModule& one) { return one.name == "hpwdt"; };
  const auto device = [](const Watchdog& one) {
    return one.identity.find("iLO2+") != std::string::npos;
  };
  return std::ranges::any_of(facts.modules.ValueOr({}), module) ||
         std::ranges::any_of(facts.watchdogs.ValueOr({}), device);
}

const Console* SerialConsoleOf(const std::vector<Console>& consoles) {
  const auto found = std::ranges::find_if(
      consoles, [](const Console& one) { return one.enabled && IsSerial(one.name); });
  return found == consoles.end() ? nullptr : &*found;
}

Finding NotBuilt(std::string what) { return NotApplicable("not_built", std::move(what)); }

}  // namespace

// Source: arch/x86/kernel/nmi.c unknown_nmi_error; drivers/watchdog/hpwdt.c hpwdt_pretimeout, which
// panics by itself when the NMI is iLO's.
Finding UnknownNmiPanic(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<std::int64_t>& knob = facts.At(Knob::kUnknownNmiPanic);
  if (knob.absent()) return NotBuilt("this kernel knows no unknown NMI");
  if (!knob.known()) return NotKnown(knob);
  if (knob.value() != 0) {
    return Found(Status::kPass, "panics", "an NMI that nothing explains becomes a panic",
                 {Shown(knob)});
  }
  if (HpwdtLoaded(facts)) {
    return Found(Status::kPass, "hpwdt", "hpwdt turns an NMI from iLO into a panic", {Shown(knob)});
  }
  return Found(Status::kWarn, "ignored",
               "an NMI from the BMC's button is ignored: a machine that hangs leaves no dump",
               {Shown(knob)},
               "sysctl -w kernel.unknown_nmi_panic=1, and the same in /etc/sysctl.d/kdump.conf");
}

// Source: arch/x86/kernel/nmi.c pci_serr_error, io_check_error.
Finding PanicOnNmiError(const Facts& facts, const Numbers&, const Policy&) {
  const std::array<const Fact<std::int64_t>*, 2> knobs{&facts.At(Knob::kPanicOnUnrecoveredNmi),
                                                       &facts.At(Knob::kPanicOnIoNmi)};
  std::vector<Evidence> evidence;
  bool ignored = false;
  const Fact<std::int64_t>* locked = nullptr;
  for (const Fact<std::int64_t>* knob : knobs) {
    if (knob->unreadable()) locked = knob;
    if (!knob->known()) continue;
    evidence.push_back(Shown(*knob));
    ignored = ignored || knob->value() == 0;
  }
  if (ignored) {
    return Found(Status::kWarn, "ignored",
                 "the kernel runs on after an NMI that reports a memory or bus error",
                 std::move(evidence),
                 "sysctl -w kernel.panic_on_unrecovered_nmi=1 kernel.panic_on_io_nmi=1, and the "
                 "same in /etc/sysctl.d/kdump.conf");
  }
  if (locked != nullptr) return NotKnown(*locked);
  if (evidence.empty()) return NotBuilt("this kernel gets no errors as NMIs");
  return Found(Status::kPass, "panics", "memory and bus errors that arrive as NMIs become panics",
               std::move(evidence));
}

// Source: drivers/watchdog/hpwdt.c, module parameter pretimeout.
Finding Hpwdt(const Facts& facts, const Numbers&, const Policy&) {
  if (!HpwdtLoaded(facts)) {
    if (facts.modules.unreadable()) return NotKnown(facts.modules);
    return NotApplicable("not_loaded", "hpwdt is not loaded");
  }
  const auto pretimeout = facts.cmdline.known()
                              ? CmdlineValue(facts.cmdline.value(), "hpwdt.pretimeout")
                              : std::nullopt;
  // kernel/params.c param_set_bool
  constexpr std::string_view kNo = "0nN";
  if (pretimeout && !pretimeout->empty() && kNo.contains(pretimeout->front())) {
    return Found(Status::kWarn, "no_pretimeout",
                 "hpwdt resets the machine without the NMI that would make it dump",
                 {{"/proc/cmdline", Cat("hpwdt.pretimeout=", Printable(*pretimeout, 16))}},
                 "take hpwdt.pretimeout off the kernel's command line");
  }
  return Found(
      Status::kPass, "loaded", "hpwdt turns an NMI from iLO into a panic",
      {{facts.modules.known() ? facts.modules.source() : facts.watchdogs.source(), "hpwdt"}});
}

// Source: drivers/tty/sysrq.c sysrq_crash_op (SYSRQ_ENABLE_DUMP), sysrq_always_enabled.
Finding SysrqCrash(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<std::int64_t>& knob = facts.At(Knob::kSysrq);
  if (knob.absent()) return NotBuilt("this kernel has no SysRq");
  if (!knob.known()) return NotKnown(knob);
  const std::int64_t mask = knob.value();
  const bool always =
      facts.cmdline.known() && CmdlineValue(facts.cmdline.value(), "sysrq_always_enabled");
  if (always || mask == kSysrqAll || (mask & kSysrqDump) != 0) {
    return Found(Status::kPass, "allowed", "SysRq c on a console crashes the machine into its dump",
                 {Shown(knob)});
  }
  return Found(Status::kWarn, "masked",
               Cat("SysRq c on a console is ignored (mask ", mask,
                   "); only /proc/sysrq-trigger works, which does not ask the mask"),
               {Shown(knob)},
               Cat("sysctl -w kernel.sysrq=", (mask & ~kSysrqAll) | kSysrqDump,
                   ", and the same in /etc/sysctl.d/kdump.conf"));
}

// Source: drivers/char/ipmi/ipmi_devintf.c; SysRq on BREAK, drivers/tty/serial/serial_core.c.
Finding NmiFromBmc(const Facts& facts, const Numbers&, const Policy&) {
  const Fact<bool>& ipmi = facts.ipmi_device;
  if (ipmi.Is(true)) {
    return Found(Status::kPass, "bmc", "a BMC is there, which can send an NMI",
                 {{ipmi.source(), "there"}});
  }
  const Console* serial =
      facts.consoles.known() ? SerialConsoleOf(facts.consoles.value()) : nullptr;
  if (serial != nullptr) {
    return Found(Status::kPass, "serial_break",
                 Cat("BREAK and c on ", Printable(serial->name), " crash the machine"),
                 {{facts.consoles.source(), Printable(serial->name)}});
  }
  if (ipmi.unreadable()) return NotKnown(ipmi);
  if (facts.consoles.unreadable()) return NotKnown(facts.consoles);
  return Found(Status::kWarn, "none",
               "neither a BMC nor a serial console: nobody can make a hung machine dump",
               {{ipmi.source().empty() ? "/dev/ipmi0" : ipmi.source(), "(no such file)"}},
               "modprobe ipmi_si ipmi_devintf where there is a BMC, or console=ttyS0,115200n8");
}

}  // namespace kdumpd
