// SPDX-License-Identifier: Apache-2.0
#include "metrics/render.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "daemon/core/text.h"
#include "tests/metrics/documents.h"
#include "tests/metrics/states.h"

namespace kdumpd {
namespace {

bool Shows(const State& state, std::string_view line) {
  const std::string text = RenderStateMetrics(state);
  const auto lines = Lines(text);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

// How many series of this metric there are.
int Series(const std::string& text, std::string_view name) {
  int count = 0;
  for (const std::string_view line : Lines(text)) {
    const std::string_view rest = line.substr(std::min(name.size(), line.size()));
    if (line.starts_with(name) && (rest.starts_with('{') || rest.starts_with(' '))) ++count;
  }
  return count;
}

TEST(RenderTest, AReadyNodeAsAWhole) {
  EXPECT_EQ(RenderStateMetrics(ReadyState()), ReadDocument("tests/metrics/ready.prom"));
}

// Before anything could be read: what is unknown is absent, never 0.
TEST(RenderTest, ANodeOfWhichNothingIsKnown) {
  EXPECT_EQ(RenderStateMetrics(State{}), ReadDocument("tests/metrics/unknown.prom"));
}

TEST(RenderTest, WithoutAStateOnlyTheProcess) {
  const std::string text = RenderMetrics(nullptr, "1.2.3");
  EXPECT_EQ(Series(text, "kdumpd_build_info"), 1);
  EXPECT_NE(text.find("kdumpd_build_info{version=\"1.2.3\"} 1\n"), std::string::npos);
  EXPECT_EQ(Series(text, "process_resident_memory_bytes"), 1);
  EXPECT_EQ(text.find("\nkdump_"), std::string::npos);
}

TEST(RenderTest, TheWholeExpositionIsTheStateThenTheProcess) {
  const State state = ReadyState();
  const std::string text = RenderMetrics(&state, state.version);
  EXPECT_TRUE(text.starts_with(RenderStateMetrics(state)));
  EXPECT_EQ(Series(text, "kdumpd_build_info"), 1);
}

// One change to a ready node, and what must be shown and what must be gone.
struct Change {
  const char* what;
  void (*change)(State&);
  std::vector<std::string_view> shown;
  std::vector<std::string_view> gone;  // metrics without any series
};

// Two of a kind, one of another that is still being inspected, the newest.
std::vector<CrashRecord> SomeCrashes() {
  std::vector<CrashRecord> crashes(3);
  for (int i = 0; i < 3; ++i) {
    crashes[i].sealed_at = crashes[i].crash_time = 100 - i;
    crashes[i].vmcore = "vmcore";
  }
  for (int i = 1; i < 3; ++i) {
    crashes[i].inspection = InspectionState::kDone;
    crashes[i].category = CrashCategory::kSysrq;
    crashes[i].signature = "v1-00aa";
    crashes[i].kernel_release = "6.1";
    crashes[i].state = DumpState::kGone;  // the second one, since it was counted
    crashes[i].counted = CountedAs{CrashCategory::kSysrq, Capture::kCaptured};
  }
  return crashes;
}

void Remember(State& state, std::vector<CrashRecord> crashes) {
  state.crashes = std::make_shared<const std::vector<CrashRecord>>(std::move(crashes));
}

// As the boot ledger makes it.
CrashRecord WithoutDump(Capture capture) {
  CrashRecord crash;
  crash.crash_time = crash.sealed_at = 100;
  crash.inspection = InspectionState::kDone;
  crash.ended_boot = "00";
  crash.counted = CountedAs{CrashCategory::kUnknown, capture};
  return crash;
}

const Change kChanges[] = {
    {"no record can be kept", [](State&) {}, {}, {"kdump_crashes_total", "kdump_last_crash_info"}},
    {"no crash is on record",
     [](State& s) { Remember(s, {}); },
     {},
     {"kdump_crashes_total", "kdump_last_crash_info"}},
    {"the newest is not counted before it is known",
     [](State& s) { Remember(s, SomeCrashes()); },
     {"kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 2"},
     {"kdump_last_crash_info"}},
    {"as what it was counted, whatever became of its dump",
     [](State& s) {
       auto crashes = SomeCrashes();
       crashes.erase(crashes.begin());
       Remember(s, std::move(crashes));
     },
     {"kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 2",
      "kdump_last_crash_info{signature=\"v1-00aa\",category=\"sysrq\",capture=\"captured\","
      "kernel=\"6.1\"} 1"},
     {}},
    {"what is on record does not hang on the directory",
     [](State& s) {
       Remember(s, SomeCrashes());
       s.facts.dumps = Fact<std::vector<Dump>>::Unreadable("dir", "denied");
     },
     {"kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 2",
      "kdump_unacknowledged_crashes 1"},
     {"kdump_vmcores", "kdump_vmcore_bytes"}},
    {"a counter shows before every dump was looked at",
     [](State& s) {
       Remember(s, SomeCrashes());
       s.facts.dumps_partial = true;
     },
     {"kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 2"},
     {"kdump_unacknowledged_crashes"}},
    {"a crash that left nothing",
     [](State& s) { Remember(s, {WithoutDump(Capture::kMissed)}); },
     {"kdump_crashes_total{category=\"unknown\",capture=\"missed\"} 1",
      "kdump_last_crash_info{signature=\"\",category=\"unknown\",capture=\"missed\",kernel=\"\"} "
      "1"},
     {}},
    {"an end that may have been no crash is shown and not counted",
     [](State& s) {
       Remember(s, {WithoutDump(Capture::kUnverified)});
       auto crashes = *s.crashes;
       crashes[0].counted.reset();
       Remember(s, std::move(crashes));
     },
     {"kdump_last_crash_info{signature=\"\",category=\"unknown\",capture=\"unverified\",kernel="
      "\"\"} "
      "1"},
     {"kdump_crashes_total"}},
    {"the dump of a crash that was missed, when it comes after all",
     [](State& s) {
       auto crash = WithoutDump(Capture::kMissed);
       crash.vmcore = "vmcore";
       crash.state = DumpState::kComplete;
       Remember(s, {crash});
     },
     {"kdump_crashes_total{category=\"unknown\",capture=\"missed\"} 1",
      "kdump_last_crash_info{signature=\"\",category=\"unknown\",capture=\"captured\",kernel=\"\"} "
      "1"},
     {}},
    {"a drill is no crash",
     [](State& s) {
       auto crashes = SomeCrashes();
       crashes[0].drill = "0123456789abcdef";
       crashes[0].state = DumpState::kComplete;
       Remember(s, std::move(crashes));
     },
     {"kdump_crashes_total{category=\"sysrq\",capture=\"captured\"} 2",
      "kdump_last_crash_info{signature=\"v1-00aa\",category=\"sysrq\",capture=\"captured\","
      "kernel=\"6.1\"} 1"},
     {}},
    {"how the boot before ended is not decided yet: nothing is said of an older one",
     [](State& s) { s.boots_decided = false; },
     {},
     {"kdump_last_boot_outcome", "kdump_last_boot_end_timestamp_seconds"}},
    {"no boot can be remembered",
     [](State& s) { s.boots = nullptr; },
     {},
     {"kdump_last_boot_outcome", "kdump_last_boot_end_timestamp_seconds"}},
    {"the newest boot counts",
     [](State& s) {
       RememberBoots(s, {{.last_sign = 7, .outcome = BootOutcome::kPowerLoss}, s.boots->front()});
     },
     {"kdump_last_boot_outcome{outcome=\"power_loss\"} 1",
      "kdump_last_boot_outcome{outcome=\"clean\"} 0", "kdump_last_boot_end_timestamp_seconds 7"},
     {}},
    {"nothing is left of the boot before",
     [](State& s) { RememberBoots(s, std::vector<BootRecord>{{}}); },
     {"kdump_last_boot_outcome{outcome=\"unknown\"} 1"},
     {"kdump_last_boot_end_timestamp_seconds"}},
    {"a drill that failed",
     [](State& s) {
       RememberDrills(
           s, Drills{.pending = {}, .last = DrillOf(DrillResult::kFailed), .last_pass = {}});
     },
     {"kdump_last_drill_success 0", "kdump_last_drill_timestamp_seconds 1763600000",
      "kdump_drill_due 1"},
     {"kdump_last_drill_duration_seconds"}},
    {"a drill whose dump is elsewhere has neither passed nor failed",
     [](State& s) {
       RememberDrills(
           s, Drills{.pending = {}, .last = DrillOf(DrillResult::kUnverified), .last_pass = {}});
     },
     {"kdump_last_drill_timestamp_seconds 1763600000"},
     {"kdump_last_drill_success"}},
    {"no drill yet",
     [](State& s) { RememberDrills(s, Drills{}); },
     {"kdump_drill_due 1"},
     {"kdump_last_drill_success", "kdump_last_drill_timestamp_seconds",
      "kdump_last_drill_duration_seconds"}},
    {"drills are not enabled: none is due, what there was stays",
     [](State& s) { s.drill_enabled = false; },
     {"kdump_last_drill_success 1"},
     {"kdump_drill_due"}},
    {"no drill can be remembered",
     [](State& s) { s.drills = nullptr; },
     {},
     {"kdump_drill_due", "kdump_last_drill_success"}},
    {"armed is not known",
     [](State& s) { s.readiness.armed.reset(); },
     {"kdump_configured 1"},
     {"kdump_armed", "kdump_armed_since_timestamp_seconds"}},
    {"not armed",
     [](State& s) { s.readiness.armed = false; },
     {"kdump_armed 0"},
     {"kdump_armed_since_timestamp_seconds"}},
    {"configured is not known",
     [](State& s) { s.readiness.configured.reset(); },
     {"kdump_armed 1"},
     {"kdump_configured"}},
    {"an ignored check that fails is counted nowhere",
     [](State& s) { s.readiness.findings[2].weight = Weight::kIgnore; },
     {"kdump_checks{status=\"warn\"} 0", "kdump_checks{status=\"fail\"} 0"},
     {"kdump_check_problem"}},
    {"a check that cannot be made is a problem; one that does not apply is not",
     [](State& s) {
       s.readiness.findings[0].status = Status::kUnknown;
       s.readiness.findings[2].status = Status::kNotApplicable;
     },
     {"kdump_check_problem{check=\"crash_kernel_loaded\",status=\"unknown\"} 1",
      "kdump_checks{status=\"not_applicable\"} 1"},
     {}},
    {"nothing loaded",
     [](State& s) { s.facts.crash_loaded = Known(false); },
     {"kdump_crash_kernel_loaded 0"},
     {}},
    {"the kernel cannot load one",
     [](State& s) { s.facts.crash_loaded = Fact<bool>::Absent("test"); },
     {},
     {"kdump_crash_kernel_loaded"}},
    {"fadump registered, no image",
     [](State& s) {
       s.facts.crash_loaded = Known(false);
       s.facts.fadump = Known(Fadump{.enabled = true, .registered = true});
     },
     {"kdump_crash_kernel_loaded 1"},
     {}},
    {"fadump off: the image counts",
     [](State& s) { s.facts.fadump = Known(Fadump{}); },
     {"kdump_crash_kernel_loaded 1"},
     {}},
    {"a reservation of 0 is a number",
     [](State& s) { s.readiness.numbers.reserved_bytes = 0; },
     {"kdump_crash_kernel_reserved_bytes 0"},
     {}},
    {"numbers that are not known",
     [](State& s) { s.readiness.numbers = {}; },
     {},
     {"kdump_crash_kernel_reserved_bytes", "kdump_crash_kernel_requested_bytes",
      "kdump_crash_kernel_recommended_bytes", "kdump_dump_size_estimate_bytes",
      "kdump_dump_duration_estimate_seconds"}},
    {"the bus is silent",
     [](State& s) { s.facts.units = Fact<std::vector<UnitState>>::Unreadable("bus", "timeout"); },
     {},
     {"kdump_service_state"}},
    {"the unit does not exist",
     [](State& s) { s.facts.units.value()[0].load_state = "not-found"; },
     {},
     {"kdump_service_state"}},
    {"a masked unit does",
     [](State& s) {
       s.facts.units.value()[0].load_state = "masked";
       s.facts.units.value()[0].active_state = "inactive";
     },
     {"kdump_service_state{unit=\"kdump.service\",state=\"inactive\"} 1",
      "kdump_service_state{unit=\"kdump.service\",state=\"active\"} 0"},
     {}},
    {"a state that systemd may invent",
     [](State& s) { s.facts.units.value()[0].active_state = "maintenance"; },
     {"kdump_service_state{unit=\"kdump.service\",state=\"active\"} 0"},
     {}},
    {"a unit of no profile",
     [](State& s) { s.facts.units.value()[0].name = "sshd.service"; },
     {},
     {"kdump_service_state"}},
    {"space that cannot be asked for",
     [](State& s) { s.facts.target_space = Fact<Space>::Unreadable("nfs", "may hang"); },
     {},
     {"kdump_target_free_bytes"}},
    {"a full target is 0",
     [](State& s) { s.facts.target_space = Known(Space{}); },
     {"kdump_target_free_bytes 0"},
     {}},
    {"dumps that cannot be listed",
     [](State& s) { s.facts.dumps = Fact<std::vector<Dump>>::Unreadable("dir", "denied"); },
     {},
     {"kdump_vmcores", "kdump_vmcore_bytes", "kdump_unacknowledged_crashes"}},
    {"dumps that are still being looked at",
     [](State& s) { s.facts.dumps_partial = true; },
     {},
     {"kdump_vmcores", "kdump_vmcore_bytes", "kdump_unacknowledged_crashes",
      "kdump_last_crash_timestamp_seconds"}},
    {"an empty directory is 0 of each",
     [](State& s) {
       s.facts.dumps.value().clear();
       s.vmcore_bytes = 0;
     },
     {"kdump_vmcores{state=\"writing\"} 0", "kdump_vmcores{state=\"gone\"} 0",
      "kdump_vmcore_bytes 0"},
     {}},
    {"no crash ever",
     [](State& s) { s.last_crash_time = 0; },
     {},
     {"kdump_last_crash_timestamp_seconds"}},
    {"a configuration that was not taken",
     [](State& s) { s.config_reload_ok = false; },
     {"kdumpd_config_last_reload_successful 0"},
     {}},
};

TEST(RenderTest, OneChangeToAReadyNode) {
  for (const Change& row : kChanges) {
    State state = ReadyState();
    row.change(state);
    const std::string text = RenderStateMetrics(state);
    for (const std::string_view line : row.shown) {
      EXPECT_TRUE(Shows(state, line)) << row.what << ": " << line << '\n' << text;
    }
    for (const std::string_view name : row.gone) {
      EXPECT_EQ(Series(text, name), 0) << row.what << ": " << name;
    }
  }
}

// Of more than there is room for the last warnings are left out.
TEST(RenderTest, TheMostSevereProblemsAreShownAndAllAreCounted) {
  State state = ReadyState();
  std::vector<Finding>& findings = state.readiness.findings;
  findings.clear();
  const std::size_t some = kMostCheckProblems / 3;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 3 * some + 6; ++i) ids.push_back(Cat("check_", i));
  std::size_t next = 0;
  const auto add = [&](std::size_t count, Status status, Weight weight) {
    for (std::size_t i = 0; i < count; ++i) {
      findings.push_back(FindingOf(ids[next++], status, weight));
    }
  };
  add(some + 4, Status::kWarn, Weight::kPrefer);
  add(some, Status::kUnknown, Weight::kPrefer);
  add(some + 2, Status::kFail, Weight::kRequire);
  const std::string text = RenderStateMetrics(state);
  EXPECT_EQ(Series(text, "kdump_check_problem"), static_cast<int>(kMostCheckProblems));
  EXPECT_TRUE(Shows(state, Cat("kdump_checks{status=\"warn\"} ", some + 4)));
  EXPECT_TRUE(Shows(state, Cat("kdump_checks{status=\"unknown\"} ", some)));
  EXPECT_TRUE(Shows(state, Cat("kdump_checks{status=\"fail\"} ", some + 2)));
  const std::size_t left = kMostCheckProblems - some - (some + 2);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const bool shown = text.contains(Cat("{check=\"", findings[i].id, "\","));
    EXPECT_EQ(shown, findings[i].status != Status::kWarn || i < left) << findings[i].id;
  }
}

// What gates stands before what does not, whatever their states.
TEST(RenderTest, AWarningThatGatesStandsBeforeAFailureThatDoesNot) {
  State state = ReadyState();
  std::vector<Finding>& findings = state.readiness.findings;
  findings.assign(kMostCheckProblems, FindingOf("other", Status::kFail, Weight::kPrefer));
  findings.push_back(FindingOf("gates", Status::kWarn, Weight::kRequire));
  EXPECT_TRUE(Shows(state, "kdump_check_problem{check=\"gates\",status=\"warn\"} 1"));
}

TEST(RenderTest, BootOutcomeIsAStateSet) {
  for (int i = 0; i < kBootOutcomes; ++i) {
    State state = ReadyState();
    RememberBoots(state, {{.outcome = static_cast<BootOutcome>(i)}});
    for (int k = 0; k < kBootOutcomes; ++k) {
      EXPECT_TRUE(Shows(state, Cat("kdump_last_boot_outcome{outcome=\"",
                                   Name(static_cast<BootOutcome>(k)), "\"} ", i == k ? 1 : 0)));
    }
  }
}

TEST(RenderTest, UploadsByDestination) {
  State state = ReadyState();
  CrashRecord crash;
  crash.uploads["a"].queued_at = 200;
  crash.uploads["b"].queued_at = 100;
  crash.uploads["b"].state = UploadState::kGaveUp;
  CrashRecord done;
  done.uploads["a"].state = UploadState::kVerified;
  state.crashes =
      std::make_shared<const std::vector<CrashRecord>>(std::vector{std::move(crash), done});
  UploadActivity a{.destination = "a", .succeeded = 2, .failed = 1, .bytes = 7, .crash_id = "x"};
  a.progress = {"vmcore", 1, 4, false};
  UploadActivity b{.destination = "b"};
  state.uploads = std::make_shared<const std::vector<UploadActivity>>(std::vector{a, b});
  const std::string text = RenderStateMetrics(state);
  for (const std::string_view line :
       {"kdumpd_upload_attempts_total{destination=\"a\",outcome=\"success\"} 2",
        "kdumpd_upload_attempts_total{destination=\"a\",outcome=\"failure\"} 1",
        "kdumpd_upload_bytes_total{destination=\"a\"} 7",
        "kdumpd_upload_pending{destination=\"a\"} 1", "kdumpd_upload_failing{destination=\"a\"} 0",
        "kdumpd_upload_failing{destination=\"b\"} 1",
        "kdumpd_upload_oldest_pending_timestamp_seconds 100",
        "kdumpd_upload_progress_ratio 0.25"}) {
    EXPECT_NE(text.find(Cat("\n", line, "\n")), std::string::npos) << line << "\n" << text;
  }
}

TEST(RenderTest, VerdictIsAStateSet) {
  for (int i = 0; i < kVerdicts; ++i) {
    State state = ReadyState();
    state.readiness.verdict = static_cast<Verdict>(i);
    for (int k = 0; k < kVerdicts; ++k) {
      EXPECT_TRUE(Shows(state, Cat("kdump_verdict{verdict=\"", Name(static_cast<Verdict>(k)),
                                   "\"} ", i == k ? 1 : 0)));
    }
  }
}

}  // namespace
}  // namespace kdumpd
