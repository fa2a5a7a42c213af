// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/readiness.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

void NotLoaded(Facts& facts) {
  facts.crash_loaded = Fact<bool>::Known(false, "/sys/kernel/kexec_crash_loaded");
}
void Starting(Facts& facts, std::int64_t seconds) {
  UnitState& unit = facts.units.value().front();
  unit.active_state = "activating";
  unit.sub_state = "start";
  unit.state_change_usec = static_cast<std::uint64_t>(kTestNow - seconds) * 1'000'000;
}
void OopsContinues(Facts& facts) {
  facts.panic_on_oops = Fact<std::int64_t>::Known(0, "/proc/sys/kernel/panic_on_oops");
}

TEST(Readiness, AReadyHostHasNoProblemAtAll) {
  const Readiness readiness = Evaluate(ReadyHost(), Policy{});
  for (const Finding& finding : readiness.findings) {
    EXPECT_TRUE(finding.status == Status::kPass || finding.status == Status::kNotApplicable)
        << finding.id << ": " << finding.message;
    EXPECT_EQ(finding.remedy, "") << finding.id;
  }
  EXPECT_EQ(readiness.verdict, Verdict::kReady);
  EXPECT_EQ(readiness.armed, std::optional(true));
  EXPECT_EQ(readiness.configured, std::optional(true));
}

TEST(Readiness, TheCatalogueIsSound) {
  std::set<std::string_view> ids;
  for (const Check& check : Checks()) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id << " stands there twice";
    EXPECT_EQ(check.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_FALSE(check.why.empty()) << check.id;
  }
  EXPECT_GE(ids.size(), 22u);
}

struct VerdictRow {
  std::string_view what;
  std::function<void(Facts&)> change;
  Verdict verdict;
  std::string_view reason;
};

TEST(Readiness, Verdicts) {
  const std::vector<VerdictRow> rows{
      {"nothing is wrong", [](Facts&) {}, Verdict::kReady, ""},
      {"an armed check fails", NotLoaded, Verdict::kNotReady, "crash_kernel_loaded"},
      {"it fails while the service starts", [](Facts& f) { NotLoaded(f), Starting(f, 60); },
       Verdict::kArming, "crash_kernel_loaded"},
      {"it starts at the end of its allowance", [](Facts& f) { NotLoaded(f), Starting(f, 900); },
       Verdict::kArming, "crash_kernel_loaded"},
      {"it starts for longer than it may", [](Facts& f) { NotLoaded(f), Starting(f, 901); },
       Verdict::kNotReady, "crash_kernel_loaded"},
      {"no start can cure a missing reservation",
       [](Facts& f) {
         NotLoaded(f), Starting(f, 60);
         f.crash_size = Fact<std::uint64_t>::Known(0, "/sys/kernel/kexec_crash_size");
       },
       Verdict::kNotReady, "crash_reservation"},
      {"a gating check is unknown",
       [](Facts& f) { f.crash_loaded = Locked<bool>("/sys/kernel/kexec_crash_loaded"); },
       Verdict::kUnknown, "crash_kernel_loaded"},
      {"a failure weighs more than an unknown",
       [](Facts& f) { NotLoaded(f), f.cmdline = Locked<std::string>("/proc/cmdline"); },
       Verdict::kNotReady, "crash_kernel_loaded"},
      {"a preferred check fails", OopsContinues, Verdict::kDegraded, "panic_on_oops"},
      {"a configured check fails",
       [](Facts& f) { f.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf"); },
       Verdict::kDegraded, "config_present"},
      {"only the bus is silent",
       [](Facts& f) {
         f.units = Fact<std::vector<UnitState>>::Unreadable("bus", "no answer within 5 s");
       },
       Verdict::kReady, ""},
      {"a warning",
       [](Facts& f) { f.panic_timeout = Fact<std::int64_t>::Known(0, "/proc/sys/kernel/panic"); },
       Verdict::kDegraded, "panic_timeout"},
      {"nothing was looked at", [](Facts& f) { f = Facts{}; }, Verdict::kUnknown,
       "crashkernel_cmdline"},
  };
  for (const VerdictRow& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    const Readiness readiness = Evaluate(facts, Policy{});
    EXPECT_EQ(Name(readiness.verdict), Name(row.verdict)) << row.what << ": " << readiness.message;
    EXPECT_EQ(readiness.reason, row.reason) << row.what;
  }
}

TEST(Readiness, TheTwoHalves) {
  Facts facts = ReadyHost();
  facts.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf");
  Readiness readiness = Evaluate(facts, Policy{});
  EXPECT_EQ(readiness.armed, std::optional(true)) << "the loaded image does not need the file";
  EXPECT_EQ(readiness.configured, std::optional(false));

  facts = ReadyHost();
  facts.units = Fact<std::vector<UnitState>>::Unreadable("bus", "silent");
  readiness = Evaluate(facts, Policy{});
  EXPECT_EQ(readiness.configured, std::nullopt) << "not known is not true and not false";

  facts = ReadyHost();
  facts.crash_loaded = Locked<bool>("/sys/kernel/kexec_crash_loaded");
  EXPECT_EQ(Evaluate(facts, Policy{}).armed, std::nullopt);
  NotLoaded(facts);
  EXPECT_EQ(Evaluate(facts, Policy{}).armed, std::optional(false));
}

TEST(Readiness, PolicyChoosesTheWeight) {
  Facts facts = ReadyHost();
  OopsContinues(facts);
  Policy policy;
  policy.weights["panic_on_oops"] = Weight::kRequire;
  EXPECT_EQ(Evaluate(facts, policy).verdict, Verdict::kNotReady);
  policy.weights["panic_on_oops"] = Weight::kIgnore;
  EXPECT_EQ(Evaluate(facts, policy).verdict, Verdict::kReady);
  EXPECT_EQ(FindingOf(Evaluate(facts, policy), "panic_on_oops").status, Status::kFail)
      << "ignored is still shown";
}

// Losing any single fact may not turn anything into a pass, and never invents a failure that gates.
TEST(Readiness, NotKnowingIsNotFailing) {
  const std::vector<std::pair<std::string_view, std::function<void(Facts&)>>> losses{
      {"cmdline", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); }},
      {"crash_loaded", [](Facts& f) { f.crash_loaded = Locked<bool>("loaded"); }},
      {"iomem", [](Facts& f) { f.iomem = Locked<MemoryMap>("/proc/iomem"); }},
      {"crash_size and iomem",
       [](Facts& f) {
         f.crash_size = Locked<std::uint64_t>("size");
         f.iomem = Locked<MemoryMap>("/proc/iomem");
         f.crash_loaded = Locked<bool>("loaded");
       }},
      {"meminfo", [](Facts& f) { f.meminfo = Locked<Meminfo>("/proc/meminfo"); }},
      {"units", [](Facts& f) { f.units = Locked<std::vector<UnitState>>("bus"); }},
      {"config", [](Facts& f) { f.config = Locked<KdumpConfig>("/etc/kdump.conf"); }},
      {"target", [](Facts& f) { f.target = Locked<Target>("/etc/kdump.conf"); }},
      {"target_path", [](Facts& f) { f.target_path = Locked<PathFacts>("/var/crash"); }},
      {"target_space", [](Facts& f) { f.target_space = Locked<Space>("/var/crash"); }},
      {"initrd", [](Facts& f) { f.initrd = Locked<InitrdFile>("/boot"); }},
      {"dumps", [](Facts& f) { f.dumps = Locked<std::vector<Dump>>("/var/crash"); }},
      {"panic_on_oops", [](Facts& f) { f.panic_on_oops = Locked<std::int64_t>("sysctl"); }},
      {"kexec_load_disabled",
       [](Facts& f) { f.kexec_load_disabled = Locked<std::int64_t>("sysctl"); }},
  };
  for (const auto& [what, lose] : losses) {
    Facts facts = ReadyHost();
    lose(facts);
    const Readiness readiness = Evaluate(facts, Policy{});
    bool unknown = false;
    for (const Finding& finding : readiness.findings) {
      EXPECT_NE(finding.status, Status::kFail)
          << what << " / " << finding.id << ": " << finding.message;
      unknown = unknown || finding.status == Status::kUnknown;
    }
    // Another source tells it; for the dump's size that is the tenth of memory.
    const bool spare = what == "iomem" || what == "cmdline" || what == "meminfo";
    EXPECT_TRUE(unknown || spare) << what << ": nobody noticed";
  }
}

}  // namespace
}  // namespace kdumpd
