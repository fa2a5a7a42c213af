// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "daemon/core/drill.h"
#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

using Strings = std::vector<std::string>;

// A node where a drill may start.
struct Case {
  DrillRequest request{.enabled = true, .typed = "node-1", .cordoned = false, .daemon_runs = true};
  State state;
  Drills drills;
  Facts& facts() { return state.facts; }
};

Case Good() {
  Case good;
  good.state.node = "node-1";
  good.state.facts = ReadyHost();
  return good;
}

// One change to it, and the reasons there are then: with '!' the hard ones.
struct Row {
  std::string_view what;
  std::function<void(Case&)> change;
  Strings reasons;
};

DrillIntent SomeDrill() {
  return {.id = "0123456789abcdef", .node = "node-1", .boot_id = "", .fingerprint = ""};
}

void SetTest(Facts& facts, KdumpTestMark::Status status) {
  facts.kdump_test = Fact<KdumpTestMark>::Known({status, kTestNow, kTestNow}, "status");
}

std::vector<Row> HardRows() {
  return {
      {"nothing", [](Case&) {}, {}},
      {"not enabled", [](Case& c) { c.request.enabled = false; }, {"!not_enabled"}},
      {"no name typed", [](Case& c) { c.request.typed = ""; }, {"!not_confirmed"}},
      {"another name typed", [](Case& c) { c.request.typed = "node-2"; }, {"!other_node"}},
      {"the name in capitals", [](Case& c) { c.request.typed = "NODE-1"; }, {"!other_node"}},
      {"a part of the name", [](Case& c) { c.request.typed = "node-"; }, {"!other_node"}},
      {"the node has no name", [](Case& c) { c.state.node = c.request.typed = ""; }, {"!no_name"}},
      {"nothing is loaded",
       [](Case& c) { c.facts().crash_loaded = Fact<bool>::Known(false, "loaded"); },
       {"!not_armed", "crash_kernel_loaded"}},
      {"a check that gates fails: no reservation",
       [](Case& c) { c.facts().iomem.value().crash_regions.clear(), c.facts().crash_size = {}; },
       {"!not_armed"}},
      {"nobody can tell whether anything is loaded",
       [](Case& c) { c.facts().crash_loaded = {}; },
       {"!armed_unknown"}},
      {"nobody knows where it goes",
       [](Case& c) { c.facts().target = {}; },
       {"!armed_unknown", "target_not_visible"}},
      {"fadump is not registered",
       [](Case& c) { c.facts().fadump = Fact<Fadump>::Known({true, false, 1ULL << 30}, "fadump"); },
       {"!not_armed"}},
      {"a drill is pending", [](Case& c) { c.drills.pending = SomeDrill(); }, {"!pending"}},
      {"a kdumpctl test is pending",
       [](Case& c) { SetTest(c.facts(), KdumpTestMark::Status::kPending); },
       {"!kdumpctl_test_pending"}},
      {"a kdumpctl test has failed",
       [](Case& c) { SetTest(c.facts(), KdumpTestMark::Status::kFail); },
       {}},
      {"kernel.panic is 0",
       [](Case& c) { c.facts().panic_timeout = Fact<std::int64_t>::Known(0, "panic"); },
       {"!panic_timeout"}},
      {"kernel.panic cannot be read",
       [](Case& c) { c.facts().panic_timeout = {}; },
       {"!panic_timeout_unknown"}},
      {"kernel.panic reboots at once",
       [](Case& c) { c.facts().panic_timeout = Fact<std::int64_t>::Known(-1, "panic"); },
       {"sysctl_persistence"}},
      {"Kubernetes", [](Case& c) { c.facts().kubernetes = true; }, {"!not_cordoned"}},
      {"Kubernetes, cordoned",
       [](Case& c) { c.facts().kubernetes = c.request.cordoned = true; },
       {}},
      {"no boot id", [](Case& c) { c.facts().boot_id = {}; }, {"!no_boot_id"}},
      {"no real boot id",
       [](Case& c) { c.facts().boot_id = Fact<std::string>::Known("unknown", "boot_id"); },
       {"!no_boot_id"}},
  };
}

std::vector<Row> SoftRows() {
  return {
      {"no daemon", [](Case& c) { c.request.daemon_runs = false; }, {"daemon_not_running"}},
      {"a check that counts fails",
       [](Case& c) { c.facts().panic_on_oops = Fact<std::int64_t>::Known(0, "oops"); },
       {"panic_on_oops"}},
      {"one that nobody counts", [](Case& c) { SetKnob(c.facts(), Knob::kKptrRestrict, 2); }, {}},
      {"ssh",
       [](Case& c) {
         c.facts().target.value().kind = TargetKind::kSsh;
         c.facts().target.value().live_path.clear();
       },
       {"target_not_visible"}},
      {"a file system that is not mounted",
       [](Case& c) { c.facts().target.value().live_path.clear(); },
       {"target_not_visible"}},
      {"a mount that may hang",
       [](Case& c) { c.facts().target.value().mount->fstype = "nfs4"; },
       {"target_not_visible"}},
      {"a raw device",
       [](Case& c) { c.facts().target.value().kind = TargetKind::kRaw; },
       {"target_not_visible"}},
  };
}

std::vector<DrillRefusal> RefusalsOf(const Row& row) {
  Case changed = Good();
  row.change(changed);
  changed.state.readiness = Evaluate(changed.state.facts, Policy{});
  return Refusals(changed.request, changed.state, changed.drills);
}

Strings Reasons(const std::vector<DrillRefusal>& refusals) {
  Strings reasons;
  for (const DrillRefusal& refusal : refusals) {
    reasons.push_back((refusal.hard ? "!" : "") + refusal.reason);
  }
  return reasons;
}

TEST(DrillRefusals, EachForOneThing) {
  for (const Row& row : HardRows()) {
    const auto refusals = RefusalsOf(row);
    const Strings reasons = Reasons(refusals);
    // What is wrong with the node has checks of its own, which may name more.
    for (const std::string& reason : row.reasons) {
      EXPECT_NE(std::ranges::find(reasons, reason), reasons.end())
          << row.what << ": " << testing::PrintToString(reasons);
    }
    const auto hard = std::ranges::count_if(refusals, &DrillRefusal::hard);
    const auto wanted = std::ranges::count_if(
        row.reasons, [](const std::string& reason) { return reason.starts_with('!'); });
    EXPECT_EQ(hard, wanted) << row.what << ": " << testing::PrintToString(reasons);
    EXPECT_EQ(row.reasons.empty(), reasons.empty()) << row.what;
  }
}

TEST(DrillRefusals, WhatMayBeForced) {
  for (const Row& row : SoftRows()) {
    const auto refusals = RefusalsOf(row);
    const Strings reasons = Reasons(refusals);
    for (const std::string& reason : row.reasons) {
      EXPECT_NE(std::ranges::find(reasons, reason), reasons.end())
          << row.what << ": " << testing::PrintToString(reasons);
    }
    EXPECT_TRUE(std::ranges::none_of(refusals, &DrillRefusal::hard))
        << row.what << ": " << testing::PrintToString(reasons);
    EXPECT_EQ(row.reasons.empty(), reasons.empty()) << row.what;
  }
}

TEST(DrillRefusals, AllAtOnceTheHardOnesFirst) {
  State state;
  const auto refusals = Refusals({}, state, {});
  const auto soft = std::ranges::find(refusals, false, &DrillRefusal::hard);
  EXPECT_TRUE(std::none_of(soft, refusals.end(), [](const auto& refusal) { return refusal.hard; }));
  EXPECT_EQ(Reasons(refusals),
            (Strings{"!not_enabled", "!no_name", "!armed_unknown", "!panic_timeout_unknown",
                     "!no_boot_id", "daemon_not_running", "target_not_visible"}));
  for (const DrillRefusal& refusal : refusals) {
    EXPECT_FALSE(refusal.message.empty()) << refusal.reason;
    EXPECT_FALSE(refusal.remedy.empty()) << refusal.reason;
  }
}

// Not even when a policy ignores the check.
TEST(DrillRefusals, APolicyDoesNotArm) {
  Case unloaded = Good();
  unloaded.facts().crash_loaded = Fact<bool>::Known(false, "loaded");
  Policy policy;
  for (const Check& check : Checks()) policy.weights[std::string(check.id)] = Weight::kIgnore;
  unloaded.state.readiness = Evaluate(unloaded.state.facts, policy);
  ASSERT_EQ(unloaded.state.readiness.armed, true);
  EXPECT_EQ(Reasons(Refusals(unloaded.request, unloaded.state, {})), Strings{"!not_armed"});
}

TEST(DrillRefusals, NamesAreShownAndNotObeyed) {
  Case hostile = Good();
  hostile.request.typed = "\x1b[2J";
  hostile.state.readiness = Evaluate(hostile.state.facts, Policy{});
  const auto refusals = Refusals(hostile.request, hostile.state, {});
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].message.find('\x1b'), std::string::npos) << refusals[0].message;
}

}  // namespace
}  // namespace kdumpd
