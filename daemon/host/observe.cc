// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe.h"

#include <utility>

#include "daemon/core/cmdline.h"
#include "daemon/core/text.h"
#include "daemon/host/dump_scanner.h"
#include "daemon/host/kdump_test_status.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

// os-release(5): the second is what the distribution ships.
void ObserveDistribution(const HostRoot& root, Facts& facts) {
  for (const std::string_view path : {"/etc/os-release", "/usr/lib/os-release"}) {
    facts.os = Parsed<OsRelease>(
        Fact<std::string>::From(root.Read(path), std::string(path)),
        [](std::string_view text) { return Result<OsRelease>(ParseOsRelease(text)); });
    if (!facts.os.absent()) break;
  }
  if (facts.os.known()) facts.distribution = DistributionOf(facts.os.value());
  const bool argument =
      facts.cmdline.known() && CmdlineValue(facts.cmdline.value(), "ostree").has_value();
  facts.ostree = argument || root.Stat("/run/ostree-booted").has_value();
}

// Without a distribution a file that is not there may have another name.
constexpr const char* kWhoseRules =
    "not there, and without /etc/os-release its name is only a guess";

void ObserveConfig(const HostRoot& root, Facts& facts) {
  const Profile& profile = ProfileOf(facts.distribution);
  facts.config = Parsed<KdumpConfig>(
      Fact<std::string>::From(root.Read(profile.config_path), std::string(profile.config_path)),
      [&](std::string_view text) {
        return Result<KdumpConfig>(ParseKdumpConfig(profile.dialect, text));
      });
  if (facts.config.absent() && !facts.os.known()) {
    facts.config = Fact<KdumpConfig>::Unreadable(std::string(profile.config_path), kWhoseRules);
  }
  // An /etc with nothing in it is not the node's.
  const KernelFiles etc(root, "/etc");
  if (facts.config.absent() && !etc.Listed().known()) {
    facts.config = etc.NotThere<KdumpConfig>(profile.config_path);
  }
}

// Where dumps appear on this node. Absent: they never do.
Fact<std::string> CrashDirectory(const ObserveInput& input, const Facts& facts) {
  using Directory = Fact<std::string>;
  if (!input.crash_directory.empty()) return Directory::Known(input.crash_directory, "");
  if (facts.target.absent()) {  // nothing is configured now; something may have been
    return Directory::Known(std::string(ProfileOf(facts.distribution).default_path), "");
  }
  if (!facts.target.known()) return Directory::Like(facts.target);
  const Target& target = facts.target.value();
  // The next start of the service copies a raw dump there (kdumpctl save_raw).
  if (target.kind == TargetKind::kRaw) return Directory::Known(facts.config->path, "");
  if (!target.live_path.empty()) return Directory::Known(target.live_path, "");
  std::string where = Cat(Name(target.kind), " ", Printable(target.spec));
  if (IsRemote(target.kind)) return Directory::Absent(std::move(where));
  return Directory::Unreadable(
      std::move(where), target.problem.empty() ? "the target is not mounted here" : target.problem);
}

void ObserveDumps(const HostRoot& root, const ObserveInput& input, Facts& facts) {
  using Dumps = Fact<std::vector<Dump>>;
  const Fact<std::string> directory = CrashDirectory(input, facts);
  if (!directory.known()) {
    facts.dumps = Dumps::Like(directory);
    return;
  }
  std::string why = Blind(facts);
  if (why.empty()) why = MayNotAnswer(MountOf(facts.mounts.value(), directory.value()));
  if (!why.empty()) {
    facts.dumps = Dumps::Unreadable(directory.value(), why);
    return;
  }
  DumpScanner once;
  DumpScanner& scanner = input.dump_scanner != nullptr ? *input.dump_scanner : once;
  const bool before = input.before != nullptr && input.before->dumps.known();
  auto list = scanner.Look(root, directory.value(), {input.now, input.settle_seconds},
                           input.dump_budget, before ? &input.before->dumps.value() : nullptr);
  if (!list) {
    facts.dumps = Dumps::From(std::unexpected(std::move(list).error()), directory.value());
    return;
  }
  facts.dumps_clipped = list->clipped;
  facts.dumps_partial = list->partial;
  facts.dumps = Dumps::Known(std::move(list->dumps), directory.value());
}

}  // namespace

Facts Observe(HostRoot& root, const ObserveInput& input) {
  Facts facts;
  facts.now = input.now;
  facts.units = input.units;
  ObserveKernel(root, input, facts);
  ObserveMounts(root, facts);  // before anything outside /proc and /sys is touched
  ObserveDistribution(root, facts);
  ObserveMachine(root, facts, input.before);
  ObserveConfig(root, facts);
  ObserveTarget(root, facts);
  ObserveTargetDetails(root, facts);
  ObserveNextBoot(root, facts);
  ObserveSysctlFiles(root, facts);
  ObserveCapture(root, input, facts);
  ObserveInitrd(root, facts);
  ObserveImageInputs(root, facts);
  facts.kdump_test = ReadKdumpTest(root, Blind(facts));
  ObserveDumps(root, input, facts);
  return facts;
}

}  // namespace kdumpd
