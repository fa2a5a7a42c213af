// SPDX-License-Identifier: Apache-2.0
// The check of what the next boot will reserve.
#include <algorithm>
#include <utility>

#include "daemon/core/checks.h"
#include "daemon/core/cmdline.h"
#include "daemon/core/crashkernel.h"
#include "daemon/core/recommended_size.h"

namespace kdumpd {
namespace {

constexpr Remedy kKeepArgument{
    "grubby --update-kernel=ALL --args=crashkernel=... (or kdumpctl reset-crashkernel "
    "--kernel=ALL), on s390x then zipl",
    "MachineConfig kernelArguments, or rpm-ostree kargs --append-if-missing=crashkernel=...",
    "set crashkernel= in /etc/default/grub.d/kdump-tools.cfg, then update-grub",
    "kdumptool commandline -u (or YaST kdump)"};
constexpr Remedy kGenerate{"grub2-mkconfig -o /boot/grub2/grub.cfg", "", "update-grub",
                           "grub2-mkconfig -o /boot/grub2/grub.cfg"};

// The crashkernel= arguments as written, and fadump= where firmware knows it.
std::string ArgumentsOf(const Facts& facts, std::string_view cmdline) {
  std::string shown;
  for (const CrashkernelArg& arg : EvaluateCrashkernel(cmdline, 0).args) {
    shown += Cat(shown.empty() ? "" : " ", "crashkernel=", arg.value);
  }
  const auto fadump = CmdlineValue(cmdline, "fadump");
  if (facts.architecture.Is("ppc64le") && fadump) {
    shown += Cat(shown.empty() ? "" : " ", "fadump=", *fadump);
  }
  return shown;
}

std::string Shown(std::string_view arguments) {
  return arguments.empty() ? "(no crashkernel=)" : Printable(arguments);
}

// What a command line makes a machine with `ram` bytes reserve.
struct Effect {
  Crashkernel crashkernel;
  std::string fadump;
  [[nodiscard]] bool Arms() const {
    return crashkernel.error == CrashkernelError::kNone || !fadump.empty();
  }
};
Effect EffectOf(const Facts& facts, std::string_view cmdline, std::uint64_t ram) {
  const bool allow_auto = KnowsCrashkernelAuto(facts.kernel_release.ValueOr(""));
  Effect effect{EvaluateCrashkernel(cmdline, ram, allow_auto), {}};
  const std::string fadump = CmdlineValue(cmdline, "fadump").value_or("off");
  if (facts.architecture.Is("ppc64le") && fadump != "off") effect.fadump = fadump;
  return effect;
}

// Both are valid and reserve the same, at both ends of what the size of memory may be.
bool SameEffect(const Facts& facts, const Numbers& numbers) {
  if (!numbers.ram_bytes) return false;
  const auto same = [&](std::uint64_t ram) {
    const Effect a = EffectOf(facts, facts.cmdline.value(), ram);
    const Effect b = EffectOf(facts, facts.next_boot->cmdline, ram);
    const Crashkernel& x = a.crashkernel;
    const Crashkernel& y = b.crashkernel;
    return x.error == CrashkernelError::kNone && y.error == CrashkernelError::kNone &&
           x.size_bytes == y.size_bytes && x.low_bytes == y.low_bytes && x.offset == y.offset &&
           a.fadump == b.fadump;
  };
  return same(*numbers.ram_bytes) && same(numbers.ram_at_most);
}

// The next boot agrees with this one; what grub-mkconfig would write may not.
Finding JudgeConfigured(const Facts& facts, Finding agreed) {
  const NextBoot& next = facts.next_boot.value();
  const std::string configured = ArgumentsOf(facts, next.configured.value_or(next.cmdline));
  if (next.configured) agreed.evidence.push_back({next.configured_in, Shown(configured)});
  if (configured == ArgumentsOf(facts, next.cmdline)) return agreed;
  return Found(Status::kWarn, "not_generated",
               Cat(Printable(next.source), " asks for ", Shown(ArgumentsOf(facts, next.cmdline)),
                   ", and ", next.configured_in, " for ", Shown(configured),
                   ": that counts from the next kernel update on"),
               std::move(agreed.evidence),
               Cat("correct ", next.configured_in, ", then ", RemedyFor(facts, kGenerate)));
}

// The two differ as texts, and not in effect either.
Finding JudgeDifference(const Facts& facts, const Numbers& numbers, std::string_view now,
                        std::string_view then, std::vector<Evidence> evidence) {
  const Effect coming = EffectOf(facts, facts.next_boot->cmdline, numbers.ram_at_most);
  const bool invalid = !then.empty() && numbers.ram_bytes && !coming.Arms();
  const std::string keep = RemedyFor(facts, kKeepArgument);
  if (then.empty()) {
    return Found(Status::kWarn, "will_disarm",
                 Cat("the next boot has no crashkernel=, this one has ", Shown(now),
                     ": it will disarm the node"),
                 std::move(evidence), keep);
  }
  if (invalid) {
    return Found(Status::kWarn, "will_disarm",
                 Cat("the next boot has ", Shown(then),
                     ", and will reserve nothing: ", Sentence(coming.crashkernel.error)),
                 std::move(evidence), keep);
  }
  if (now.empty()) {
    return Found(Status::kWarn, "reboot_pending",
                 Cat("the next boot has ", Shown(then), ", this one has none"), std::move(evidence),
                 "reboot");
  }
  return Found(Status::kWarn, "differs",
               Cat("the next boot has ", Shown(then), ", this one ", Shown(now)),
               std::move(evidence), Cat("reboot, or restore what is running: ", keep));
}

}  // namespace

// Sources: Boot Loader Specification; grub2 blscfg; util/grub.d/10_linux.in; loader.conf(5).
Finding CrashkernelPending(const Facts& facts, const Numbers& numbers, const Policy&) {
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  if (!facts.next_boot.known()) return NotKnown(facts.next_boot);
  const NextBoot& next = facts.next_boot.value();
  const std::string now = ArgumentsOf(facts, facts.cmdline.value());
  const std::string then = ArgumentsOf(facts, next.cmdline);
  std::vector<Evidence> evidence{{facts.cmdline.source(), Shown(now)},
                                 {Printable(next.source), Shown(then)}};
  if (now.empty() && then.empty()) {
    return JudgeConfigured(facts,
                           NotApplicable("no_crashkernel",
                                         "neither this boot nor the next one has crashkernel=: see "
                                         "crashkernel_cmdline"));
  }
  if (now == then) {
    return JudgeConfigured(
        facts, Found(Status::kPass, "equal", Cat("the next boot has the same: ", Shown(then)),
                     std::move(evidence)));
  }
  if (SameEffect(facts, numbers)) {
    return JudgeConfigured(
        facts, Found(Status::kPass, "same_effect",
                     Cat("the next boot has ", Shown(then), ", which reserves the same here"),
                     std::move(evidence)));
  }
  return JudgeDifference(facts, numbers, now, then, std::move(evidence));
}

}  // namespace kdumpd
