// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

void SetCmdline(Facts& facts, std::string text) {
  facts.cmdline = Fact<std::string>::Known(std::move(text), "/proc/cmdline");
}
void SetArchitecture(Facts& facts, std::string name) {
  facts.architecture = Fact<std::string>::Known(std::move(name), "uname -m");
}
void FadumpEnabled(Facts& facts) {
  facts.fadump = Fact<Fadump>::Known({true, true, 1}, "/sys/kernel/fadump");
}
void Activate(Facts& facts, std::string identity, std::string governor = "") {
  Watchdog& watchdog = facts.watchdogs.value().front();
  watchdog.identity = std::move(identity);
  watchdog.pretimeout_governor = std::move(governor);
  watchdog.state = "active";
}

TEST(ChecksPanicPath, McePolicy) {
  const std::string_view check = "mce_policy";
  ExpectRows({
      {"default", [](Facts&) {}, check, Status::kPass, "handled"},
      {"off", [](Facts& f) { SetCmdline(f, "quiet mce=off"); }, check, Status::kWarn, "off"},
      {"nomce", [](Facts& f) { SetCmdline(f, "nomce"); }, check, Status::kWarn, "off"},
      {"off, then more", [](Facts& f) { SetCmdline(f, "mce=off mce=no_cmci"); }, check,
       Status::kWarn, "off"},
      {"another option", [](Facts& f) { SetCmdline(f, "mce=ignore_ce"); }, check, Status::kPass,
       "handled"},
      {"0 is not off", [](Facts& f) { SetCmdline(f, "mce=0"); }, check, Status::kPass, "handled"},
      {"near miss", [](Facts& f) { SetCmdline(f, "mce=offf xmce=off"); }, check, Status::kPass,
       "handled"},
      {"behind --", [](Facts& f) { SetCmdline(f, "quiet -- mce=off"); }, check, Status::kPass,
       "handled"},
      {"arm64", [](Facts& f) { SetArchitecture(f, "aarch64"), SetCmdline(f, "mce=off"); }, check,
       Status::kNotApplicable, "other_architecture"},
      {"locked", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksPanicPath, CrashKexecPostNotifiers) {
  const std::string_view check = "crash_kexec_post_notifiers";
  const auto knob = Knob::kPostNotifiers;
  ExpectRows({
      {"N", [](Facts& f) { SetKnob(f, knob, 0); }, check, Status::kPass, "kexec_first"},
      {"Y", [](Facts& f) { SetKnob(f, knob, 1); }, check, Status::kWarn, "notifiers_first"},
      {"Y, fadump", [](Facts& f) { SetKnob(f, knob, 1), FadumpEnabled(f); }, check,
       Status::kNotApplicable, "fadump"},
      {"not built", [](Facts& f) { DropKnob(f, knob); }, check, Status::kNotApplicable,
       "not_built"},
      {"locked", [](Facts& f) { LockKnob(f, knob); }, check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksPanicPath, PanicPrint) {
  const std::string_view check = "panic_print";
  const auto print = Knob::kPanicPrint;
  const auto trace = Knob::kFtraceDumpOnOops;
  const auto notifiers = Knob::kPostNotifiers;
  const auto serial = [](Facts& f, std::string argument) {
    SetKnob(f, trace, 1);
    SetCmdline(f, std::move(argument));
  };
  ExpectRows({
      {"nothing", [](Facts&) {}, check, Status::kPass, "quiet"},
      {"after the hop", [](Facts& f) { SetKnob(f, print, 2); }, check, Status::kPass, "no_delay"},
      {"before it", [](Facts& f) { SetKnob(f, print, 2), SetKnob(f, notifiers, 1); }, check,
       Status::kWarn, "before_kexec"},
      {"before it, fadump",
       [](Facts& f) { SetKnob(f, print, 2), SetKnob(f, notifiers, 1), FadumpEnabled(f); }, check,
       Status::kPass, "no_delay"},
      {"notifiers locked", [](Facts& f) { SetKnob(f, print, 2), LockKnob(f, notifiers); }, check,
       Status::kUnknown, "unreadable"},
      {"notifiers locked, nothing printed", [](Facts& f) { LockKnob(f, notifiers); }, check,
       Status::kPass, "quiet"},
      {"trace, speed not said", [](Facts& f) { SetKnob(f, trace, 1); }, check, Status::kWarn,
       "slow_console"},
      {"trace, 115200", [=](Facts& f) { serial(f, "console=ttyS0,115200n8"); }, check,
       Status::kWarn, "slow_console"},
      {"trace, faster", [=](Facts& f) { serial(f, "console=ttyS0,115201"); }, check, Status::kPass,
       "no_delay"},
      {"trace, hypervisor's console",
       [](Facts& f) { SetKnob(f, trace, 2), f.consoles.value().front().name = "hvc0"; }, check,
       Status::kPass, "no_delay"},
      {"trace, serial off",
       [](Facts& f) { SetKnob(f, trace, 1), f.consoles.value().front().enabled = false; }, check,
       Status::kPass, "no_delay"},
      {"trace, consoles locked",
       [](Facts& f) {
         SetKnob(f, trace, 1);
         f.consoles = Locked<std::vector<Console>>("/proc/consoles");
       },
       check, Status::kUnknown, "unreadable"},
      {"print locked", [](Facts& f) { LockKnob(f, print); }, check, Status::kUnknown, "unreadable"},
      {"trace locked", [](Facts& f) { LockKnob(f, trace); }, check, Status::kUnknown, "unreadable"},
      {"one built", [](Facts& f) { DropKnob(f, print); }, check, Status::kPass, "quiet"},
      {"neither built", [](Facts& f) { DropKnob(f, print), DropKnob(f, trace); }, check,
       Status::kNotApplicable, "not_built"},
  });
}

TEST(ChecksPanicPath, HardResetPaths) {
  const std::string_view check = "hard_reset_paths";
  const auto soft = Knob::kSoftdogSoftPanic;
  ExpectRows({
      {"watchdog idle", [](Facts&) {}, check, Status::kPass, "none_seen"},
      {"watchdog active", [](Facts& f) { Activate(f, "iTCO_wdt"); }, check, Status::kWarn,
       "watchdog_resets"},
      {"it only says so first", [](Facts& f) { Activate(f, "iTCO_wdt", "noop"); }, check,
       Status::kWarn, "watchdog_resets"},
      {"it panics first", [](Facts& f) { Activate(f, "iTCO_wdt", "panic"); }, check, Status::kPass,
       "none_seen"},
      {"iLO", [](Facts& f) { Activate(f, "HPE iLO2+ HW Watchdog Timer"); }, check, Status::kPass,
       "none_seen"},
      {"softdog resets", [](Facts& f) { Activate(f, "Software Watchdog"), SetKnob(f, soft, 0); },
       check, Status::kWarn, "softdog_resets"},
      {"softdog panics", [](Facts& f) { Activate(f, "Software Watchdog"), SetKnob(f, soft, 1); },
       check, Status::kPass, "none_seen"},
      {"softdog locked", [](Facts& f) { Activate(f, "Software Watchdog"), LockKnob(f, soft); },
       check, Status::kUnknown, "unreadable"},
      {"softdog loaded, idle", [](Facts& f) { SetKnob(f, soft, 0); }, check, Status::kPass,
       "none_seen"},
      {"pvpanic", [](Facts& f) { f.modules.value().push_back({"pvpanic_pci", 1}); }, check,
       Status::kPass, "none_seen"},
      {"pvpanic before the hop",
       [](Facts& f) {
         f.modules.value().push_back({"pvpanic_pci", 1});
         SetKnob(f, Knob::kPostNotifiers, 1);
       },
       check, Status::kWarn, "hypervisor_told"},
      {"watchdogs locked",
       [](Facts& f) { f.watchdogs = Locked<std::vector<Watchdog>>("/sys/class/watchdog"); }, check,
       Status::kUnknown, "unreadable"},
      {"modules locked",
       [](Facts& f) { f.modules = Locked<std::vector<KernelModule>>("/proc/modules"); }, check,
       Status::kUnknown, "unreadable"},
      {"no watchdog",
       [](Facts& f) { f.watchdogs = Fact<std::vector<Watchdog>>::Absent("/sys/class/watchdog"); },
       check, Status::kPass, "none_seen"},
  });
}

}  // namespace
}  // namespace kdumpd
