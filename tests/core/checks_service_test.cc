// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

struct Unit {
  std::string_view load, active, result, file;
};
std::function<void(Facts&)> Is(Unit is) {
  return [is](Facts& facts) {
    UnitState& unit = facts.units.value().front();
    unit.load_state = is.load;
    unit.active_state = is.active;
    unit.result = is.result;
    unit.unit_file_state = is.file;
  };
}
std::function<void(Facts&)> StartingFor(std::int64_t seconds) {
  return [seconds](Facts& facts) {
    Is({"loaded", "activating", "success", "enabled"})(facts);
    facts.units.value().front().state_change_usec =
        static_cast<std::uint64_t>(kTestNow - seconds) * 1'000'000;
  };
}

// The decision table of D-Bus properties.
TEST(ChecksService, ServiceUnit) {
  const std::string_view check = "service_unit";
  ExpectRows({
      {"active", [](Facts&) {}, check, Status::kPass, "active"},
      {"package missing", Is({"not-found", "inactive", "success", ""}), check, Status::kFail,
       "unit_missing"},
      {"masked", Is({"masked", "inactive", "success", "masked"}), check, Status::kFail,
       "unit_masked"},
      {"bad setting", Is({"bad-setting", "inactive", "success", "enabled"}), check, Status::kFail,
       "unit_broken"},
      {"cannot be loaded", Is({"error", "inactive", "success", "enabled"}), check, Status::kFail,
       "unit_broken"},
      {"disabled", Is({"loaded", "inactive", "success", "disabled"}), check, Status::kFail,
       "not_enabled"},
      {"never started", Is({"loaded", "inactive", "success", "enabled"}), check, Status::kFail,
       "not_started"},
      {"ExecCondition found no crashkernel=",
       Is({"loaded", "inactive", "exec-condition", "enabled"}), check, Status::kFail,
       "start_skipped"},
      {"ConditionKernelCommandLine was not met",
       [](Facts& f) {
         Is({"loaded", "inactive", "success", "enabled"})(f);
         f.units.value().front().condition_result = false;
         f.units.value().front().condition_usec = 1'794'999'000'000'000;
       },
       check, Status::kFail, "condition_not_met"},
      {"systemd says ConditionResult=no after a failed ExecCondition too",
       [](Facts& f) {
         Is({"loaded", "inactive", "exec-condition", "enabled"})(f);
         f.units.value().front().condition_result = false;
         f.units.value().front().condition_usec = 1'794'999'000'000'000;
       },
       check, Status::kFail, "start_skipped"},
      {"never started, so no condition was ever looked at",
       [](Facts& f) {
         Is({"loaded", "inactive", "success", "disabled"})(f);
         f.units.value().front().condition_result = false;
       },
       check, Status::kFail, "not_enabled"},
      {"failed", Is({"loaded", "failed", "exit-code", "enabled"}), check, Status::kFail,
       "start_failed"},
      {"timed out", Is({"loaded", "failed", "timeout", "enabled"}), check, Status::kFail,
       "start_killed"},
      {"killed", Is({"loaded", "failed", "signal", "enabled"}), check, Status::kFail,
       "start_killed"},
      {"out of memory", Is({"loaded", "failed", "oom-kill", "enabled"}), check, Status::kFail,
       "start_killed"},
      {"starting", StartingFor(300), check, Status::kPass, "starting"},
      {"starting slowly", StartingFor(301), check, Status::kWarn, "start_slow"},
      {"starting for ever", StartingFor(901), check, Status::kFail, "start_slow"},
      {"stopping", Is({"loaded", "deactivating", "success", "enabled"}), check, Status::kWarn,
       "stopping"},
      {"reloading", Is({"loaded", "reloading", "success", "enabled"}), check, Status::kWarn,
       "reloading"},
      {"a state of a later systemd", Is({"loaded", "maintenance", "success", "enabled"}), check,
       Status::kUnknown, "unit_state_unknown"},
      {"no bus", [](Facts& f) { f.units = Locked<std::vector<UnitState>>("bus"); }, check,
       Status::kUnknown, "unreadable"},
      {"no unit at all", [](Facts& f) { f.units.value().clear(); }, check, Status::kNotApplicable,
       "no_unit"},
  });
}

TEST(ChecksService, ServiceEnabled) {
  const std::string_view check = "service_enabled";
  const auto file = [](std::string_view state) {
    return Is({"loaded", "active", "success", state});
  };
  ExpectRows({
      {"enabled", [](Facts&) {}, check, Status::kPass, "enabled"},
      {"until the next boot", file("enabled-runtime"), check, Status::kWarn, "enabled_runtime"},
      {"disabled", file("disabled"), check, Status::kFail, "not_enabled"},
      {"static", file("static"), check, Status::kFail, "not_enabled"},
      {"masked", file("masked"), check, Status::kFail, "not_enabled"},
      {"systemd does not say", file(""), check, Status::kUnknown, "enablement_unknown"},
      {"missing", Is({"not-found", "inactive", "success", ""}), check, Status::kFail,
       "unit_missing"},
      {"USE_KDUMP=0",
       [](Facts& f) {
         f.distribution = Distribution::kDebian;
         f.config =
             Fact<KdumpConfig>::Known(ParseKdumpConfig(ConfigDialect::kKdumpTools, "USE_KDUMP=0\n"),
                                      "/etc/default/kdump-tools");
       },
       check, Status::kFail, "switched_off"},
  });
}

// Of several units the one that is installed counts.
TEST(ChecksService, TheInstalledUnitCounts) {
  Facts facts = ReadyHost();
  UnitState other = facts.units->front();
  other.name = "kdump-tools.service";
  facts.units.value().front().load_state = "not-found";
  facts.units.value().push_back(other);
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, "service_unit");
  EXPECT_EQ(finding.status, Status::kPass);
  EXPECT_NE(finding.message.find("kdump-tools.service"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
