// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

void SetCmdline(Facts& facts, std::string text) {
  facts.cmdline = Fact<std::string>::Known(std::move(text), "/proc/cmdline");
}
void LoadModule(Facts& facts, std::string name) {
  facts.modules.value().push_back({std::move(name), 1});
}
void Identify(Facts& facts, std::string identity) {
  facts.watchdogs.value().front().identity = std::move(identity);
}
void NoBmc(Facts& facts) { facts.ipmi_device = Fact<bool>::Known(false, "/dev/ipmi0"); }
void NoSerial(Facts& facts) { facts.consoles.value().front().name = "tty1"; }

TEST(ChecksNmi, UnknownNmiPanic) {
  const std::string_view check = "unknown_nmi_panic";
  const auto knob = Knob::kUnknownNmiPanic;
  ExpectRows({
      {"1", [](Facts& f) { SetKnob(f, knob, 1); }, check, Status::kPass, "panics"},
      {"0", [](Facts& f) { SetKnob(f, knob, 0); }, check, Status::kWarn, "ignored"},
      {"0, hpwdt", [](Facts& f) { SetKnob(f, knob, 0), LoadModule(f, "hpwdt"); }, check,
       Status::kPass, "hpwdt"},
      {"0, hpwdt built in",
       [](Facts& f) { SetKnob(f, knob, 0), Identify(f, "HPE iLO2+ HW Watchdog Timer"); }, check,
       Status::kPass, "hpwdt"},
      {"0, another module", [](Facts& f) { SetKnob(f, knob, 0), LoadModule(f, "hpwdt2"); }, check,
       Status::kWarn, "ignored"},
      {"other architecture", [](Facts& f) { DropKnob(f, knob); }, check, Status::kNotApplicable,
       "not_built"},
      {"locked", [](Facts& f) { LockKnob(f, knob); }, check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksNmi, PanicOnNmiError) {
  const std::string_view check = "panic_on_nmi_error";
  const auto memory = Knob::kPanicOnUnrecoveredNmi;
  const auto bus = Knob::kPanicOnIoNmi;
  ExpectRows({
      {"both", [](Facts&) {}, check, Status::kPass, "panics"},
      {"memory ignored", [](Facts& f) { SetKnob(f, memory, 0); }, check, Status::kWarn, "ignored"},
      {"bus ignored", [](Facts& f) { SetKnob(f, bus, 0); }, check, Status::kWarn, "ignored"},
      {"one ignored, one locked", [](Facts& f) { SetKnob(f, bus, 0), LockKnob(f, memory); }, check,
       Status::kWarn, "ignored"},
      {"one set, one locked", [](Facts& f) { LockKnob(f, memory); }, check, Status::kUnknown,
       "unreadable"},
      {"one set, one not built", [](Facts& f) { DropKnob(f, memory); }, check, Status::kPass,
       "panics"},
      {"neither built", [](Facts& f) { DropKnob(f, memory), DropKnob(f, bus); }, check,
       Status::kNotApplicable, "not_built"},
  });
}

TEST(ChecksNmi, Hpwdt) {
  const std::string_view check = "hpwdt";
  using Modules = Fact<std::vector<KernelModule>>;
  ExpectRows({
      {"not loaded", [](Facts&) {}, check, Status::kNotApplicable, "not_loaded"},
      {"loaded", [](Facts& f) { LoadModule(f, "hpwdt"); }, check, Status::kPass, "loaded"},
      {"built in", [](Facts& f) { Identify(f, "HPE iLO2+ HW Watchdog Timer"); }, check,
       Status::kPass, "loaded"},
      {"without NMI", [](Facts& f) { LoadModule(f, "hpwdt"), SetCmdline(f, "hpwdt.pretimeout=0"); },
       check, Status::kWarn, "no_pretimeout"},
      {"without NMI, in letters",
       [](Facts& f) { LoadModule(f, "hpwdt"), SetCmdline(f, "hpwdt.pretimeout=N"); }, check,
       Status::kWarn, "no_pretimeout"},
      {"with NMI", [](Facts& f) { LoadModule(f, "hpwdt"), SetCmdline(f, "hpwdt.pretimeout=1"); },
       check, Status::kPass, "loaded"},
      {"argument and no driver", [](Facts& f) { SetCmdline(f, "hpwdt.pretimeout=0"); }, check,
       Status::kNotApplicable, "not_loaded"},
      {"modules locked",
       [](Facts& f) { f.modules = Locked<std::vector<KernelModule>>("/proc/modules"); }, check,
       Status::kUnknown, "unreadable"},
      {"no modules", [](Facts& f) { f.modules = Modules::Absent("/proc/modules"); }, check,
       Status::kNotApplicable, "not_loaded"},
  });
}

TEST(ChecksNmi, SysrqCrash) {
  const std::string_view check = "sysrq_crash";
  const auto knob = Knob::kSysrq;
  ExpectRows({
      {"all", [](Facts& f) { SetKnob(f, knob, 1); }, check, Status::kPass, "allowed"},
      {"dumps only", [](Facts& f) { SetKnob(f, knob, 8); }, check, Status::kPass, "allowed"},
      {"SUSE", [](Facts& f) { SetKnob(f, knob, 184); }, check, Status::kPass, "allowed"},
      {"off", [](Facts& f) { SetKnob(f, knob, 0); }, check, Status::kWarn, "masked"},
      {"RHEL", [](Facts& f) { SetKnob(f, knob, 16); }, check, Status::kWarn, "masked"},
      {"Debian", [](Facts& f) { SetKnob(f, knob, 438); }, check, Status::kWarn, "masked"},
      // 1 means everything only when it is alone.
      {"3", [](Facts& f) { SetKnob(f, knob, 3); }, check, Status::kWarn, "masked"},
      {"always", [](Facts& f) { SetKnob(f, knob, 0), SetCmdline(f, "sysrq_always_enabled"); },
       check, Status::kPass, "allowed"},
      {"not built", [](Facts& f) { DropKnob(f, knob); }, check, Status::kNotApplicable,
       "not_built"},
      {"locked", [](Facts& f) { LockKnob(f, knob); }, check, Status::kUnknown, "unreadable"},
  });
  Facts facts = ReadyHost();
  SetKnob(facts, knob, 16);
  EXPECT_TRUE(
      FindingOf(Evaluate(facts, {}), check).remedy.starts_with("sysctl -w kernel.sysrq=24"));
}

TEST(ChecksNmi, NmiFromBmc) {
  const std::string_view check = "nmi_from_bmc";
  ExpectRows({
      {"BMC", [](Facts& f) { NoSerial(f); }, check, Status::kPass, "bmc"},
      {"serial only", [](Facts& f) { NoBmc(f); }, check, Status::kPass, "serial_break"},
      {"neither", [](Facts& f) { NoBmc(f), NoSerial(f); }, check, Status::kWarn, "none"},
      {"no such device",
       [](Facts& f) { f.ipmi_device = Fact<bool>::Absent("/dev/ipmi0"), NoSerial(f); }, check,
       Status::kWarn, "none"},
      {"a serial console that is off",
       [](Facts& f) { NoBmc(f), f.consoles.value().front().enabled = false; }, check, Status::kWarn,
       "none"},
      {"/dev locked", [](Facts& f) { f.ipmi_device = Locked<bool>("/dev"), NoSerial(f); }, check,
       Status::kUnknown, "unreadable"},
      {"/dev locked, serial", [](Facts& f) { f.ipmi_device = Locked<bool>("/dev"); }, check,
       Status::kPass, "serial_break"},
      {"consoles locked",
       [](Facts& f) { NoBmc(f), f.consoles = Locked<std::vector<Console>>("/proc/consoles"); },
       check, Status::kUnknown, "unreadable"},
  });
}

}  // namespace
}  // namespace kdumpd
