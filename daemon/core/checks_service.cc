// SPDX-License-Identifier: Apache-2.0
// Checks of the service that loads the capture kernel, by its D-Bus properties.
#include <algorithm>
#include <array>

#include "daemon/core/checks.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kSlowStart = 300;  // seconds; a first boot builds an initrd for minutes

// What a unit's properties mean: the first row whose non-empty fields all match. The unit files
// have no Restart=, so whatever is failed stays failed until somebody restarts it.
struct UnitRow {
  std::string_view load, active, result, file_state;
  Status status;
  std::string_view reason;
  std::string_view message;
};
constexpr std::array kUnitRows{
    UnitRow{"not-found", "", "", "", Status::kFail, "unit_missing", "is not installed"},
    UnitRow{"masked", "", "", "", Status::kFail, "unit_masked",
            "is masked, deliberately switched off"},
    UnitRow{"error", "", "", "", Status::kFail, "unit_broken",
            "has a unit file that systemd cannot load"},
    UnitRow{"bad-setting", "", "", "", Status::kFail, "unit_broken",
            "has a unit file with a bad setting"},
    UnitRow{"loaded", "failed", "timeout", "", Status::kFail, "start_killed",
            "was killed: its start took too long"},
    UnitRow{"loaded", "failed", "signal", "", Status::kFail, "start_killed",
            "was killed by a signal while starting"},
    UnitRow{"loaded", "failed", "oom-kill", "", Status::kFail, "start_killed",
            "was killed for lack of memory"},
    UnitRow{"loaded", "failed", "", "", Status::kFail, "start_failed", "failed to start"},
    // kdump-utils since 2024-10: ExecCondition greps the command line; the unit is inactive, not
    // failed.
    UnitRow{"loaded", "inactive", "exec-condition", "", Status::kFail, "start_skipped",
            "skipped its start: there is no crashkernel= on the command line"},
    UnitRow{"loaded", "inactive", "", "disabled", Status::kFail, "not_enabled",
            "is disabled and not running"},
    UnitRow{"loaded", "inactive", "", "", Status::kFail, "not_started", "is not running"},
    UnitRow{"loaded", "deactivating", "", "", Status::kWarn, "stopping", "is stopping"},
    UnitRow{"loaded", "reloading", "", "", Status::kWarn, "reloading", "is reloading"},
    UnitRow{"loaded", "active", "", "", Status::kPass, "active", "is active"},
};

bool Matches(const UnitRow& row, const UnitState& unit) {
  const auto fits = [](std::string_view wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
  };
  return fits(row.load, unit.load_state) && fits(row.active, unit.active_state) &&
         fits(row.result, unit.result) && fits(row.file_state, unit.unit_file_state);
}

Evidence UnitEvidence(const UnitState& unit) {
  return {unit.name, Cat("LoadState=", unit.load_state, " ActiveState=", unit.active_state, "/",
                         unit.sub_state, " Result=", unit.result, " ExecMainStatus=",
                         unit.exec_main_status, " UnitFileState=", unit.unit_file_state,
                         " ConditionResult=", unit.condition_result ? "yes" : "no")};
}

std::string Restart(const Facts& facts, const UnitState& unit) {
  if (unit.load_state == "not-found") {
    return RemedyFor(facts, {"dnf install kdump-utils kexec-tools makedumpfile",
                             "rpm-ostree install kdump-utils (part of RHCOS)",
                             "apt-get install kdump-tools", "zypper install kdump"});
  }
  const std::string_view undo = unit.load_state == "masked"          ? "systemctl unmask "
                                : unit.unit_file_state == "disabled" ? "systemctl enable --now "
                                                                     : "systemctl restart ";
  return Cat(undo, Printable(unit.name, 64), "; journalctl -b -u ", Printable(unit.name, 64));
}

Finding Starting(const Facts& facts, const UnitState& unit, const Policy& policy) {
  const auto since = static_cast<std::int64_t>(unit.state_change_usec / 1'000'000);
  const std::int64_t seconds = std::max<std::int64_t>(0, facts.now - since);
  const Status status = seconds > policy.arming_allowance_seconds ? Status::kFail
                        : seconds > kSlowStart                    ? Status::kWarn
                                                                  : Status::kPass;
  return Found(status, status == Status::kPass ? "starting" : "start_slow",
               Cat(Printable(unit.name, 64), " has been starting for ",
                   FormatSeconds(static_cast<std::uint64_t>(seconds)),
                   " (a first start builds an initrd; the unit itself has no time limit)"),
               {UnitEvidence(unit)}, status == Status::kPass ? "" : Restart(facts, unit));
}

// Older units have ConditionKernelCommandLine=crashkernel: inactive as well, and never failed.
// systemd says ConditionResult=no also of a unit that was never started (then without a time) and
// after a failed ExecCondition=, which has a Result of its own.
bool SkippedByCondition(const UnitState& unit) {
  return unit.load_state == "loaded" && unit.active_state == "inactive" && !unit.condition_result &&
         unit.condition_usec != 0 && unit.result != "exec-condition";
}

bool SwitchedOff(const Facts& facts) { return facts.config.known() && !facts.config->enabled; }

}  // namespace

Finding ServiceUnit(const Facts& facts, const Numbers&, const Policy& policy) {
  if (!facts.units.known()) return NotKnown(facts.units);
  const UnitState* unit = LoadingUnit(facts);
  if (unit == nullptr)
    return NotApplicable("no_unit", "no kdump unit is known for this distribution");
  if (unit->load_state == "loaded" && unit->active_state == "activating") {
    return Starting(facts, *unit, policy);
  }
  if (SkippedByCondition(*unit)) {
    return Found(Status::kFail, "condition_not_met",
                 Cat(Printable(unit->name, 64),
                     " was skipped by systemd: its condition was not met, usually "
                     "because there is no crashkernel= on the command line"),
                 {UnitEvidence(*unit)}, Restart(facts, *unit));
  }
  for (const UnitRow& row : kUnitRows) {
    if (!Matches(row, *unit)) continue;
    const std::string again =
        unit->need_daemon_reload ? "; its unit file changed since: systemctl daemon-reload" : "";
    return Found(row.status, row.reason, Cat(Printable(unit->name, 64), " ", row.message, again),
                 {UnitEvidence(*unit)}, row.status == Status::kPass ? "" : Restart(facts, *unit));
  }
  return Found(Status::kUnknown, "unit_state_unknown",
               Cat(Printable(unit->name, 64), " is in a state that has no meaning here"),
               {UnitEvidence(*unit)});
}

Finding ServiceEnabled(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.units.known()) return NotKnown(facts.units);
  const UnitState* unit = LoadingUnit(facts);
  if (unit == nullptr)
    return NotApplicable("no_unit", "no kdump unit is known for this distribution");
  const Evidence evidence{unit->name, Cat("UnitFileState=", unit->unit_file_state)};
  if (unit->load_state == "not-found") {
    return Found(Status::kFail, "unit_missing", Cat(Printable(unit->name, 64), " is not installed"),
                 {evidence}, Restart(facts, *unit));
  }
  if (SwitchedOff(facts)) {
    return Found(
        Status::kFail, "switched_off",
        Cat(facts.config.source(), " switches kdump off, whatever the unit says"),
        {evidence,
         {facts.config.source(), facts.config->dialect == ConfigDialect::kKdumpTools
                                     ? "USE_KDUMP is not 1"
                                     : "KDUMP_DUMPFORMAT=none"}},
        RemedyFor(
            facts,
            {"", "", "set USE_KDUMP=1 in /etc/default/kdump-tools; systemctl restart kdump-tools",
             "set KDUMP_DUMPFORMAT=compressed in /etc/sysconfig/kdump"}));
  }
  if (unit->unit_file_state == "enabled") {
    return Found(Status::kPass, "enabled", Cat(Printable(unit->name, 64), " starts at boot"),
                 {evidence});
  }
  if (unit->unit_file_state == "enabled-runtime") {
    return Found(Status::kWarn, "enabled_runtime",
                 Cat(Printable(unit->name, 64), " is enabled until the next boot only"), {evidence},
                 Cat("systemctl enable ", Printable(unit->name, 64)));
  }
  if (unit->unit_file_state.empty()) {
    return Found(Status::kUnknown, "enablement_unknown",
                 Cat("systemd does not say whether ", Printable(unit->name, 64), " is enabled"),
                 {evidence});
  }
  const std::string remedy = RemedyFor(
      facts, {"systemctl enable kdump", "MachineConfig systemd units: kdump.service enabled: true",
              "systemctl enable kdump-tools", "systemctl enable kdump"});
  return Found(Status::kFail, "not_enabled",
               Cat(Printable(unit->name, 64), " is ", Printable(unit->unit_file_state, 32),
                   ": nothing loads the capture kernel at the next boot"),
               {evidence}, remedy);
}

}  // namespace kdumpd
