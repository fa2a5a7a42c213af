// SPDX-License-Identifier: Apache-2.0
// Checks of which troubles of a running kernel become a panic, and which must not.
#include <algorithm>
#include <array>
#include <span>

#include "daemon/core/checks.h"
#include "daemon/core/taint.h"

namespace kdumpd {
namespace {

using KnobFact = Fact<std::int64_t>;

Evidence Shown(const KnobFact& fact) {
  if (fact.known()) return {fact.source(), Cat(fact.value())};
  return {fact.source(), fact.absent() ? "(no such file)" : "(unreadable)"};
}

// For a knob that only some kernels have.
Finding NoValue(const KnobFact& fact) {
  if (!fact.absent()) return NotKnown(fact);
  return NotApplicable("not_built_in", Cat("this kernel has no ", fact.source()));
}

// "kernel.panic_on_warn" of /proc/sys/kernel/panic_on_warn.
std::string SysctlName(Knob knob) {
  std::string name(PathOf(knob).substr(std::string_view("/proc/sys/").size()));
  std::ranges::replace(name, '/', '.');
  return name;
}

std::string SetSysctl(const Facts& facts, std::string_view setting) {
  const std::string by_hand =
      Cat("sysctl -w ", setting, ", and the same in /etc/sysctl.d/kdump.conf");
  const std::string by_config =
      Cat("write ", setting, " to /etc/sysctl.d/kdump.conf with a MachineConfig or Ignition");
  return RemedyFor(facts, {by_hand, by_config, {}, {}});
}

std::string Set(const Facts& facts, Knob knob, std::int64_t value) {
  return SetSysctl(facts, Cat(SysctlName(knob), "=", value));
}

// A detector that panics when its setting is not 0, and runs only while none of the others is 0.
struct Detector {
  Knob panic;
  struct Need {
    Knob knob;
    std::int64_t usual;  // the kernel's default
  };
  std::span<const Need> needs;
  std::string_view trouble;  // "a CPU that is stuck in the kernel"
};

using Needs = Detector::Need;
// kernel/watchdog.c lockup_detector_update_enable, watchdog_thresh.
constexpr std::array kSoftlockupNeeds{Needs{Knob::kWatchdog, 1},
                                      Needs{Knob::kWatchdogThreshold, 10}};
constexpr std::array kHardlockupNeeds{Needs{Knob::kWatchdog, 1}, Needs{Knob::kNmiWatchdog, 1},
                                      Needs{Knob::kWatchdogThreshold, 10}};
// kernel/hung_task.c hung_timeout_jiffies.
constexpr std::array kHungTaskNeeds{Needs{Knob::kHungTaskTimeout, 120}};

constexpr Detector kSoftlockup{Knob::kSoftlockupPanic, kSoftlockupNeeds,
                               "a CPU that is stuck in the kernel"};
constexpr Detector kHardlockup{Knob::kHardlockupPanic, kHardlockupNeeds,
                               "a CPU that is stuck with interrupts off"};
constexpr Detector kHungTask{Knob::kHungTaskPanic, kHungTaskNeeds, "a hung task"};

// Of a detector that shall panic.
Finding JudgeDetector(const Facts& facts, const Detector& detector) {
  const KnobFact& panic = facts.At(detector.panic);
  for (const auto& need : detector.needs) {
    const KnobFact& fact = facts.At(need.knob);
    if (!fact.Is(0)) continue;
    return Found(Status::kWarn, "ineffective",
                 Cat(SysctlName(detector.panic), " is ", panic.value(), ", but nothing looks for ",
                     detector.trouble, " while ", SysctlName(need.knob), " is 0"),
                 {Shown(panic), Shown(fact)}, Set(facts, need.knob, need.usual));
  }
  for (const auto& need : detector.needs) {
    if (facts.At(need.knob).unreadable()) return NotKnown(facts.At(need.knob));
  }
  std::vector<Evidence> evidence{Shown(panic)};
  for (const auto& need : detector.needs) evidence.push_back(Shown(facts.At(need.knob)));
  return Found(Status::kPass, "panics", Cat(detector.trouble, " becomes a panic"),
               std::move(evidence));
}

Finding JudgeLockup(const Facts& facts, const Detector& detector) {
  const KnobFact& panic = facts.At(detector.panic);
  if (!panic.known()) return NoValue(panic);
  if (panic.value() != 0) return JudgeDetector(facts, detector);
  return Found(Status::kWarn, "continues", Cat(detector.trouble, " leaves a message and no dump"),
               {Shown(panic)}, Set(facts, detector.panic, 1));
}

// File systems whose server may be slow, so that its clients hang without being broken. The rest of
// what MayHang() names is local (fuse) or waits for nobody (autofs).
bool OnNetwork(const Mount& mount) {
  constexpr std::array<std::string_view, 17> kTypes{
      "9p",         "afs",       "beegfs",         "ceph",
      "cifs",       "fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs",
      "fuse.sshfs", "gfs2",      "glusterfs",      "gpfs",
      "lustre",     "nfs",       "nfs4",           "ocfs2",
      "smb3"};
  return std::ranges::find(kTypes, mount.fstype) != kTypes.end() ||
         mount.source.starts_with("/dev/rbd");  // a Ceph image
}

}  // namespace

// Source: kernel/exit.c make_task_dead counts what it survives, since v6.2.
Finding OopsLimit(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& count = facts.At(Knob::kOopsCount);
  if (!count.known()) return NoValue(count);
  if (count.value() == 0) {
    return Found(Status::kPass, "none", "no oops since this kernel booted", {Shown(count)});
  }
  if (!facts.panic_on_oops.known()) return NotKnown(facts.panic_on_oops);
  const std::vector<Evidence> evidence{Shown(count), Shown(facts.At(Knob::kOopsLimit)),
                                       Shown(facts.panic_on_oops)};
  if (facts.panic_on_oops.value() != 0) {
    return Found(Status::kPass, "next_panics",
                 Cat("this kernel survived ", count.value(), " oops; the next one becomes a panic"),
                 evidence);
  }
  return Found(
      Status::kWarn, "survived",
      Cat("this kernel survived ", count.value(), " oops and runs on, each of them without a dump"),
      evidence, SetSysctl(facts, "kernel.panic_on_oops=1"));
}

Finding SoftlockupPanic(const Facts& facts, const Numbers&, const Policy&) {
  return JudgeLockup(facts, kSoftlockup);
}

Finding HardlockupPanic(const Facts& facts, const Numbers&, const Policy&) {
  return JudgeLockup(facts, kHardlockup);
}

// Source: kernel/hung_task.c check_hung_task; since v6.19 the setting is how many tasks must hang.
Finding HungTaskPanic(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& panic = facts.At(Knob::kHungTaskPanic);
  if (!panic.known()) return NoValue(panic);
  if (panic.value() == 0) {
    return Found(Status::kPass, "continues", "a hung task is reported and panics nothing",
                 {Shown(panic)});
  }
  Finding finding = JudgeDetector(facts, kHungTask);
  if (finding.status != Status::kPass) return finding;
  if (!facts.mounts.known()) return NotKnown(facts.mounts);
  const auto& mounts = facts.mounts.value();
  const auto found = std::ranges::find_if(mounts, OnNetwork);
  if (found == mounts.end()) return finding;
  return Found(Status::kWarn, "network_storage",
               Cat("a slow server behind ", Printable(found->point),
                   " hangs tasks, and this node panics although it is sound"),
               {Shown(panic),
                {facts.mounts.source(), Cat(Printable(found->point), " ", Printable(found->fstype),
                                            " ", Printable(found->source))}},
               Set(facts, Knob::kHungTaskPanic, 0));
}

// Source: kernel/rcu/tree_stall.h panic_on_rcu_stall.
Finding RcuStallPanic(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& panic = facts.At(Knob::kPanicOnRcuStall);
  if (!panic.known()) return NoValue(panic);
  if (panic.value() == 0) {
    return Found(Status::kWarn, "continues", "a stall of RCU leaves a message and no dump",
                 {Shown(panic)}, Set(facts, Knob::kPanicOnRcuStall, 1));
  }
  const KnobFact& stalls = facts.At(Knob::kMaxRcuStallToPanic);
  const std::int64_t wanted = std::max<std::int64_t>(stalls.ValueOr(1), 1);
  return Found(Status::kPass, "panics",
               wanted == 1 ? "a stall of RCU becomes a panic"
                           : Cat("stall ", wanted, " of RCU becomes a panic"),
               {Shown(panic), Shown(stalls)});
}

// Source: kernel/panic.c check_panic_on_warn; warn_limit since v6.2.
Finding PanicOnWarn(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& panic = facts.At(Knob::kPanicOnWarn);
  if (!panic.known()) return NotKnown(panic);
  if (panic.value() != 0) {
    return Found(Status::kWarn, "panics", "any WARN of the kernel crashes this node",
                 {Shown(panic)}, Set(facts, Knob::kPanicOnWarn, 0));
  }
  const KnobFact& limit = facts.At(Knob::kWarnLimit);
  if (limit.unreadable()) return NotKnown(limit);
  if (limit.known() && limit.value() != 0) {
    return Found(Status::kWarn, "limited",
                 Cat("WARN number ", limit.value(), " of this boot crashes this node"),
                 {Shown(limit), Shown(facts.At(Knob::kWarnCount))},
                 Set(facts, Knob::kWarnLimit, 0));
  }
  return Found(Status::kPass, "continues", "a WARN is reported and panics nothing",
               {Shown(panic), Shown(limit)});
}

// Source: mm/oom_kill.c check_panic_on_oom: 1 spares a container's own limit, 2 does not; the
// kubelet's protectKernelDefaults expects 0.
Finding PanicOnOom(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& panic = facts.At(Knob::kPanicOnOom);
  if (!panic.known()) return NotKnown(panic);
  if (panic.value() == 0) {
    return Found(Status::kPass, "kills", "out of memory kills a task and panics nothing",
                 {Shown(panic)});
  }
  const std::string remedy = Set(facts, Knob::kPanicOnOom, 0);
  if (panic.value() == 1) {
    return Found(Status::kWarn, "panics", "a node that is out of memory crashes", {Shown(panic)},
                 remedy);
  }
  return Found(facts.kubernetes ? Status::kFail : Status::kWarn, "any_container",
               facts.kubernetes
                   ? "any pod that reaches its memory limit crashes this node"
                   : "any control group that reaches its memory limit crashes this node",
               {Shown(panic)}, remedy);
}

// Source: Documentation/admin-guide/tainted-kernels.rst.
Finding KernelTainted(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& tainted = facts.At(Knob::kTainted);
  if (!tainted.known()) return NotKnown(tainted);
  if (tainted.value() == 0) {
    return Found(Status::kPass, "clean", "the kernel is not tainted", {Shown(tainted)});
  }
  std::vector<Evidence> evidence{Shown(tainted)};
  std::string faults;
  for (const Taint& taint : TaintsOf(tainted.value())) {
    evidence.push_back({Cat("bit ", taint.bit), Cat(taint.letter, ": ", taint.meaning)});
    if (taint.fault) faults += Cat(faults.empty() ? "" : ", ", taint.meaning);
  }
  if (faults.empty()) {
    return Found(Status::kPass, "tainted", "tainted, and by no fault", std::move(evidence));
  }
  return Found(Status::kWarn, "fault", Cat("this kernel has seen ", faults), std::move(evidence),
               "look for it in journalctl -k; only a boot clears it");
}

// Source: Documentation/admin-guide/sysctl/kernel.rst; kexec-kdump-howto asks for at most 1.
Finding KptrRestrict(const Facts& facts, const Numbers&, const Policy&) {
  const KnobFact& hiding = facts.At(Knob::kKptrRestrict);
  if (!hiding.known()) return NotKnown(hiding);
  if (hiding.value() < 2) {
    return Found(Status::kPass, "readable", "root reads kernel addresses", {Shown(hiding)});
  }
  return Found(Status::kWarn, "hidden",
               "kernel addresses are hidden even from root: makedumpfile --mem-usage cannot work",
               {Shown(hiding)}, Set(facts, Knob::kKptrRestrict, 1));
}

}  // namespace kdumpd
