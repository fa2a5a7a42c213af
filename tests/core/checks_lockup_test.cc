// SPDX-License-Identifier: Apache-2.0
#include <initializer_list>
#include <utility>

#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;

Change With(std::initializer_list<std::pair<Knob, std::int64_t>> values) {
  return [values = std::vector(values)](Facts& facts) {
    for (const auto& [knob, value] : values) SetKnob(facts, knob, value);
  };
}
Change Without(Knob knob) {
  return [knob](Facts& facts) { DropKnob(facts, knob); };
}
Change LockedKnob(Knob knob) {
  return [knob](Facts& facts) { LockKnob(facts, knob); };
}
Change Both(Change first, Change second) {
  return [first = std::move(first), second = std::move(second)](Facts& facts) {
    first(facts);
    second(facts);
  };
}
Change PanicOnOopsIs(std::int64_t value) {
  return [value](Facts& facts) {
    facts.panic_on_oops = Fact<std::int64_t>::Known(value, "/proc/sys/kernel/panic_on_oops");
  };
}
Change Mounted(std::string_view fstype, std::string_view source) {
  return [fstype, source](Facts& facts) {
    SetKnob(facts, Knob::kHungTaskPanic, 1);
    Mount mount;
    mount.point = "/srv/data";
    mount.fstype = fstype;
    mount.source = source;
    facts.mounts.value().push_back(mount);
  };
}

// A problem says how it is repaired, in the words of this distribution.
std::string RemedyOf(std::string_view check, const Change& change, Distribution distribution) {
  Facts facts = ReadyHost();
  facts.distribution = distribution;
  change(facts);
  return FindingOf(Evaluate(facts, Policy{}), check).remedy;
}

TEST(ChecksLockup, OopsLimit) {
  const std::string_view check = "oops_limit";
  const Change one = With({{Knob::kOopsCount, 1}});
  ExpectRows({
      {"no oops", [](Facts&) {}, check, Status::kPass, "none"},
      {"no oops, and none would panic", PanicOnOopsIs(0), check, Status::kPass, "none"},
      {"one, and the next panics", one, check, Status::kPass, "next_panics"},
      {"one, and it runs on", Both(one, PanicOnOopsIs(0)), check, Status::kWarn, "survived"},
      {"the limit cannot be read", Both(Both(one, PanicOnOopsIs(0)), LockedKnob(Knob::kOopsLimit)),
       check, Status::kWarn, "survived"},
      {"one, and panic_on_oops is not known",
       Both(one, [](Facts& f) { f.panic_on_oops = Locked<std::int64_t>("sysctl"); }), check,
       Status::kUnknown, "unreadable"},
      {"a kernel that does not count", Without(Knob::kOopsCount), check, Status::kNotApplicable,
       "not_built_in"},
      {"unreadable", LockedKnob(Knob::kOopsCount), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, SoftlockupPanic) {
  const std::string_view check = "softlockup_panic";
  ExpectRows({
      {"1", [](Facts&) {}, check, Status::kPass, "panics"},
      {"after 2", With({{Knob::kSoftlockupPanic, 2}}), check, Status::kPass, "panics"},
      {"0", With({{Knob::kSoftlockupPanic, 0}}), check, Status::kWarn, "continues"},
      {"no watchdog", With({{Knob::kWatchdog, 0}}), check, Status::kWarn, "ineffective"},
      {"no threshold", With({{Knob::kWatchdogThreshold, 0}}), check, Status::kWarn, "ineffective"},
      {"the shortest threshold", With({{Knob::kWatchdogThreshold, 1}}), check, Status::kPass,
       "panics"},
      {"the NMI watchdog is another", With({{Knob::kNmiWatchdog, 0}}), check, Status::kPass,
       "panics"},
      {"the watchdog is not known", LockedKnob(Knob::kWatchdog), check, Status::kUnknown,
       "unreadable"},
      {"0 is enough to know",
       Both(With({{Knob::kSoftlockupPanic, 0}}), LockedKnob(Knob::kWatchdog)), check, Status::kWarn,
       "continues"},
      {"one need is off, another not known",
       Both(With({{Knob::kWatchdogThreshold, 0}}), LockedKnob(Knob::kWatchdog)), check,
       Status::kWarn, "ineffective"},
      {"no detector", Without(Knob::kSoftlockupPanic), check, Status::kNotApplicable,
       "not_built_in"},
      {"unreadable", LockedKnob(Knob::kSoftlockupPanic), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, HardlockupPanic) {
  const std::string_view check = "hardlockup_panic";
  ExpectRows({
      {"1", [](Facts&) {}, check, Status::kPass, "panics"},
      {"0", With({{Knob::kHardlockupPanic, 0}}), check, Status::kWarn, "continues"},
      {"no NMI watchdog", With({{Knob::kNmiWatchdog, 0}}), check, Status::kWarn, "ineffective"},
      {"no watchdog at all", With({{Knob::kWatchdog, 0}}), check, Status::kWarn, "ineffective"},
      {"no threshold", With({{Knob::kWatchdogThreshold, 0}}), check, Status::kWarn, "ineffective"},
      {"a need that this kernel has not", Without(Knob::kNmiWatchdog), check, Status::kPass,
       "panics"},
      {"the NMI watchdog is not known", LockedKnob(Knob::kNmiWatchdog), check, Status::kUnknown,
       "unreadable"},
      {"no detector", Without(Knob::kHardlockupPanic), check, Status::kNotApplicable,
       "not_built_in"},
      {"unreadable", LockedKnob(Knob::kHardlockupPanic), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, HungTaskPanic) {
  const std::string_view check = "hung_task_panic";
  const Change on = With({{Knob::kHungTaskPanic, 1}});
  ExpectRows({
      {"0", [](Facts&) {}, check, Status::kPass, "continues"},
      {"1", on, check, Status::kPass, "panics"},
      {"0 without a timeout", With({{Knob::kHungTaskTimeout, 0}}), check, Status::kPass,
       "continues"},
      {"1 without a timeout", With({{Knob::kHungTaskPanic, 1}, {Knob::kHungTaskTimeout, 0}}), check,
       Status::kWarn, "ineffective"},
      {"a count without a timeout", With({{Knob::kHungTaskPanic, 5}, {Knob::kHungTaskTimeout, 0}}),
       check, Status::kWarn, "ineffective"},
      {"the shortest timeout", With({{Knob::kHungTaskPanic, 1}, {Knob::kHungTaskTimeout, 1}}),
       check, Status::kPass, "panics"},
      {"1 beside nfs", Mounted("nfs4", "server:/export"), check, Status::kWarn, "network_storage"},
      {"1 beside ceph", Mounted("ceph", "mon:/"), check, Status::kWarn, "network_storage"},
      {"1 beside a Ceph image", Mounted("xfs", "/dev/rbd0"), check, Status::kWarn,
       "network_storage"},
      {"1 beside autofs", Mounted("autofs", "systemd-1"), check, Status::kPass, "panics"},
      {"1 beside a local fuse", Mounted("fuse.lxcfs", "lxcfs"), check, Status::kPass, "panics"},
      {"1 beside the server's own side of nfs", Mounted("nfsd", "nfsd"), check, Status::kPass,
       "panics"},
      {"0 beside nfs", Both(Mounted("nfs", "server:/export"), With({{Knob::kHungTaskPanic, 0}})),
       check, Status::kPass, "continues"},
      {"1, mounts not known",
       Both(on, [](Facts& f) { f.mounts = Locked<std::vector<Mount>>("/proc/1/mountinfo"); }),
       check, Status::kUnknown, "unreadable"},
      {"0, mounts not known",
       [](Facts& f) { f.mounts = Locked<std::vector<Mount>>("/proc/1/mountinfo"); }, check,
       Status::kPass, "continues"},
      {"1, timeout not known", Both(on, LockedKnob(Knob::kHungTaskTimeout)), check,
       Status::kUnknown, "unreadable"},
      {"no detector", Without(Knob::kHungTaskPanic), check, Status::kNotApplicable, "not_built_in"},
      {"unreadable", LockedKnob(Knob::kHungTaskPanic), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, RcuStallPanic) {
  const std::string_view check = "rcu_stall_panic";
  ExpectRows({
      {"1", [](Facts&) {}, check, Status::kPass, "panics"},
      {"after 3", With({{Knob::kMaxRcuStallToPanic, 3}}), check, Status::kPass, "panics"},
      {"0", With({{Knob::kPanicOnRcuStall, 0}}), check, Status::kWarn, "continues"},
      {"a kernel without it", Without(Knob::kPanicOnRcuStall), check, Status::kNotApplicable,
       "not_built_in"},
      {"unreadable", LockedKnob(Knob::kPanicOnRcuStall), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, PanicOnWarn) {
  const std::string_view check = "panic_on_warn";
  ExpectRows({
      {"0", [](Facts&) {}, check, Status::kPass, "continues"},
      {"1", With({{Knob::kPanicOnWarn, 1}}), check, Status::kWarn, "panics"},
      {"a limit", With({{Knob::kWarnLimit, 1}}), check, Status::kWarn, "limited"},
      {"warnings without a limit", With({{Knob::kWarnCount, 7}}), check, Status::kPass,
       "continues"},
      {"a kernel without a limit", Without(Knob::kWarnLimit), check, Status::kPass, "continues"},
      {"the limit is not known", LockedKnob(Knob::kWarnLimit), check, Status::kUnknown,
       "unreadable"},
      {"absent", Without(Knob::kPanicOnWarn), check, Status::kUnknown, "absent"},
      {"unreadable", LockedKnob(Knob::kPanicOnWarn), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, PanicOnOom) {
  const std::string_view check = "panic_on_oom";
  const Change kubelet = [](Facts& f) { f.kubernetes = true; };
  ExpectRows({
      {"0", [](Facts&) {}, check, Status::kPass, "kills"},
      {"1", With({{Knob::kPanicOnOom, 1}}), check, Status::kWarn, "panics"},
      {"2", With({{Knob::kPanicOnOom, 2}}), check, Status::kWarn, "any_container"},
      {"0 below a kubelet", kubelet, check, Status::kPass, "kills"},
      {"1 below a kubelet", Both(kubelet, With({{Knob::kPanicOnOom, 1}})), check, Status::kWarn,
       "panics"},
      {"2 below a kubelet", Both(kubelet, With({{Knob::kPanicOnOom, 2}})), check, Status::kFail,
       "any_container"},
      {"absent", Without(Knob::kPanicOnOom), check, Status::kUnknown, "absent"},
      {"unreadable", LockedKnob(Knob::kPanicOnOom), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, KernelTainted) {
  const std::string_view check = "kernel_tainted";
  const auto tainted = [](std::int64_t bits) { return With({{Knob::kTainted, bits}}); };
  ExpectRows({
      {"0", [](Facts&) {}, check, Status::kPass, "clean"},
      {"modules of other makers", tainted(4096 | 8192 | 1), check, Status::kPass, "tainted"},
      {"an oops", tainted(128), check, Status::kWarn, "fault"},
      {"not yet an oops", tainted(64), check, Status::kPass, "tainted"},
      {"a soft lockup", tainted(16384), check, Status::kWarn, "fault"},
      {"a machine check", tainted(16), check, Status::kWarn, "fault"},
      {"a bad page", tainted(32), check, Status::kWarn, "fault"},
      {"a warning", tainted(512), check, Status::kWarn, "fault"},
      {"a bit of the distribution", tainted(1LL << 31), check, Status::kPass, "tainted"},
      {"absent", Without(Knob::kTainted), check, Status::kUnknown, "absent"},
      {"unreadable", LockedKnob(Knob::kTainted), check, Status::kUnknown, "unreadable"},
  });
}

// What a pass rests on is missed when it is gone.
TEST(ChecksLockup, APassNamesEachSettingItRestsOn) {
  const Readiness readiness = Evaluate(ReadyHost(), Policy{});
  const Finding& lockup = FindingOf(readiness, "hardlockup_panic");
  ASSERT_EQ(lockup.status, Status::kPass);
  ASSERT_EQ(lockup.evidence.size(), 4u);
  EXPECT_EQ(lockup.evidence[2].source, "/proc/sys/kernel/nmi_watchdog");
  const Finding& warn = FindingOf(readiness, "panic_on_warn");
  ASSERT_EQ(warn.evidence.size(), 2u);
  EXPECT_EQ(warn.evidence[1].source, "/proc/sys/kernel/warn_limit");
}

TEST(ChecksLockup, KernelTaintedNamesEachBit) {
  Facts facts = ReadyHost();
  SetKnob(facts, Knob::kTainted, 128 | 4096);
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, "kernel_tainted");
  EXPECT_EQ(finding.message, "this kernel has seen a kernel oops");
  ASSERT_EQ(finding.evidence.size(), 3u);
  EXPECT_EQ(finding.evidence[1].value, "D: a kernel oops");
  EXPECT_EQ(finding.evidence[2].source, "bit 12");
}

TEST(ChecksLockup, KptrRestrict) {
  const std::string_view check = "kptr_restrict";
  ExpectRows({
      {"0", With({{Knob::kKptrRestrict, 0}}), check, Status::kPass, "readable"},
      {"1", [](Facts&) {}, check, Status::kPass, "readable"},
      {"2", With({{Knob::kKptrRestrict, 2}}), check, Status::kWarn, "hidden"},
      {"absent", Without(Knob::kKptrRestrict), check, Status::kUnknown, "absent"},
      {"unreadable", LockedKnob(Knob::kKptrRestrict), check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksLockup, EveryProblemHasItsRemedy) {
  struct Row {
    std::string_view check;
    Change change;
    std::string_view setting;
  };
  const std::vector<Row> rows{
      {"oops_limit", Both(With({{Knob::kOopsCount, 1}}), PanicOnOopsIs(0)),
       "kernel.panic_on_oops=1"},
      {"softlockup_panic", With({{Knob::kSoftlockupPanic, 0}}), "kernel.softlockup_panic=1"},
      {"softlockup_panic", With({{Knob::kWatchdogThreshold, 0}}), "kernel.watchdog_thresh=10"},
      {"hardlockup_panic", With({{Knob::kNmiWatchdog, 0}}), "kernel.nmi_watchdog=1"},
      {"hung_task_panic", With({{Knob::kHungTaskPanic, 1}, {Knob::kHungTaskTimeout, 0}}),
       "kernel.hung_task_timeout_secs=120"},
      {"hung_task_panic", Mounted("nfs", "server:/export"), "kernel.hung_task_panic=0"},
      {"rcu_stall_panic", With({{Knob::kPanicOnRcuStall, 0}}), "kernel.panic_on_rcu_stall=1"},
      {"panic_on_warn", With({{Knob::kPanicOnWarn, 1}}), "kernel.panic_on_warn=0"},
      {"panic_on_warn", With({{Knob::kWarnLimit, 5}}), "kernel.warn_limit=0"},
      {"panic_on_oom", With({{Knob::kPanicOnOom, 2}}), "vm.panic_on_oom=0"},
      {"kptr_restrict", With({{Knob::kKptrRestrict, 2}}), "kernel.kptr_restrict=1"},
  };
  for (const Row& row : rows) {
    const std::string rhel = RemedyOf(row.check, row.change, Distribution::kRhel);
    EXPECT_TRUE(rhel.starts_with(Cat("sysctl -w ", row.setting))) << row.check << ": " << rhel;
    const std::string coreos = RemedyOf(row.check, row.change, Distribution::kCoreos);
    EXPECT_NE(coreos.find(row.setting), coreos.npos) << row.check << ": " << coreos;
    EXPECT_NE(coreos.find("MachineConfig"), coreos.npos) << row.check << ": " << coreos;
  }
  EXPECT_NE(RemedyOf("kernel_tainted", With({{Knob::kTainted, 128}}), Distribution::kRhel), "");
}

TEST(ChecksLockup, HostileMountsArePrintable) {
  Facts facts = ReadyHost();
  Mounted("nfs", "server:/\x1b[31m\n")(facts);
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, "hung_task_panic");
  EXPECT_EQ(finding.evidence.back().value.find_first_of("\x1b\n"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
