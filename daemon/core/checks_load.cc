// SPDX-License-Identifier: Apache-2.0
// Checks of memory below 4 GiB, and of the system call that loads the image.
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/checks.h"
#include "daemon/core/crashkernel.h"
#include "daemon/core/recommended_size.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t k4GiB = 4ULL << 30U;

// By /proc/iomem, which shows where the reservation lies.
Finding JudgeRegions(const Facts& facts) {
  const MemoryMap& memory = facts.iomem.value();
  std::string shown;
  for (const AddressRange& region : memory.crash_regions) {
    shown += Cat(shown.empty() ? "" : ", ", FormatBytes(region.Bytes()),
                 region.first < k4GiB ? " below 4 GiB" : " above 4 GiB");
  }
  const std::vector<Evidence> evidence{{facts.iomem.source(), shown}};
  if (memory.crash_regions.empty()) {
    return Found(Status::kUnknown, "not_shown",
                 Cat(facts.iomem.source(), " shows no Crash kernel range"),
                 {{facts.iomem.source(), "(no Crash kernel)"}});
  }
  const auto low = [](const AddressRange& region) { return region.first < k4GiB; };
  if (std::ranges::any_of(memory.crash_regions, low)) {
    return Found(Status::kPass, "low_memory", shown, evidence);
  }
  if (facts.architecture.Is("aarch64") && memory.ram_begins >= k4GiB) {
    return NotApplicable("no_low_memory", "this machine has no memory below 4 GiB");
  }
  // An IOMMU lets such devices reach any memory, if the capture kernel turns it on.
  const bool none = facts.iommu.absent() || facts.iommu.Is(false);
  return Found(none ? Status::kFail : Status::kWarn, "no_low_memory_reserved",
               Cat(shown, ", nothing below: devices that address 32 bits cannot work",
                   none ? "" : ", unless the IOMMU maps for them"),
               evidence, "remove crashkernel=0,low, or set crashkernel=256M,low, then reboot");
}

// Where iomem is masked. crashkernel=SIZE lies below 4 GiB or has its low part.
Finding JudgeLowByCmdline(const Facts& facts, const Numbers& numbers) {
  if (!facts.cmdline.known() || !numbers.reserved_bytes) return NotKnown(facts.iomem);
  const auto crashkernel =
      EvaluateCrashkernel(facts.cmdline.value(), numbers.ram_at_most,
                          KnowsCrashkernelAuto(facts.kernel_release.ValueOr("")));
  const bool suffixed = std::ranges::any_of(
      crashkernel.args, [](const CrashkernelArg& arg) { return !arg.suffix.empty(); });
  const bool plain = crashkernel.error == CrashkernelError::kNone && !suffixed &&
                     crashkernel.offset.value_or(0) < k4GiB;
  if (!plain) return NotKnown(facts.iomem);
  return Found(
      Status::kPass, "low_by_rule",
      "crashkernel=SIZE is reserved below 4 GiB, or with a part of it there",
      {{facts.cmdline.source(), Cat("crashkernel=", Printable(crashkernel.args.back().value))}});
}

// How a word of the load arguments chooses the system call: kexec(8).
enum class LoadCall { kAuto, kFile, kOld };
struct LoadOption {
  std::string_view word;
  LoadCall call;
};
constexpr auto kLoadOptions = std::to_array<LoadOption>({
    {"-s", LoadCall::kFile},
    {"--kexec-file-syscall", LoadCall::kFile},
    {"-c", LoadCall::kOld},
    {"--kexec-syscall", LoadCall::kOld},
    {"-a", LoadCall::kAuto},
    {"--kexec-syscall-auto", LoadCall::kAuto},
});
// The last one counts; kexec-tools since 2.0.21 tries the file call first without any.
LoadCall CallOf(std::string_view arguments) {
  LoadCall call = LoadCall::kAuto;
  for (const std::string_view word : Words(arguments)) {
    const auto known = std::ranges::find(kLoadOptions, word, &LoadOption::word);
    if (known != kLoadOptions.end()) call = known->call;
  }
  return call;
}

// Where a family keeps the arguments of kexec and the kernel to load.
struct LoadKeys {
  ConfigDialect dialect;
  std::string_view arguments;
  std::string_view kernel;  // "" where it is a path
};
constexpr std::array kLoadKeys{
    LoadKeys{ConfigDialect::kKdumpConf, "KEXEC_ARGS", "KDUMP_KERNELVER"},
    LoadKeys{ConfigDialect::kKdumpTools, "KDUMP_KEXEC_ARGS", ""},
    LoadKeys{ConfigDialect::kSysconfig, "KEXEC_OPTIONS", "KDUMP_KERNELVER"},
};

Fact<std::vector<ConfigSetting>> LoadSettings(const Facts& facts) {
  if (ProfileOf(facts.distribution).dialect == ConfigDialect::kKdumpConf) {
    return facts.load_settings;
  }
  using Settings = Fact<std::vector<ConfigSetting>>;
  if (!facts.config.known()) return Settings::Like(facts.config);
  return Settings::Known(facts.config->settings, facts.config.source());
}

std::string LastOf(const std::vector<ConfigSetting>& settings, std::string_view key) {
  std::string value;
  for (const ConfigSetting& setting : settings) {
    if (!key.empty() && setting.key == key) value = setting.value;
  }
  return value;
}

Finding JudgeLoad(const Facts& facts, const LoadKeys& keys, const std::string& source,
                  const std::vector<ConfigSetting>& settings) {
  const Trust& trust = facts.trust.value();
  const std::string arguments = LastOf(settings, keys.arguments);
  const std::string kernel = LastOf(settings, keys.kernel);
  std::vector<Evidence> evidence{
      {facts.trust.source(), Cat("lockdown ", Printable(trust.lockdown))},
      {source, Cat(keys.arguments, "=\"", Printable(arguments), '"')}};
  // kdumpctl adds -s itself where the firmware enforces signatures.
  const bool added = trust.secure_boot && keys.dialect == ConfigDialect::kKdumpConf;
  if (CallOf(arguments) == LoadCall::kOld && !added) {
    const bool loaded = facts.crash_loaded.Is(true);
    return Found(loaded ? Status::kWarn : Status::kFail, "old_system_call",
                 Cat(keys.arguments, " has -c: a kernel under lockdown refuses kexec_load",
                     loaded ? ", and what is loaded now cannot be loaded again" : ""),
                 std::move(evidence),
                 Cat("put -s in the place of -c in ", source, ", then ",
                     ProfileOf(facts.distribution).restart_command));
  }
  if (!kernel.empty() && facts.kernel_release.known() && kernel != facts.kernel_release.value()) {
    evidence.push_back({source, Cat(keys.kernel, '=', Printable(kernel))});
    return Found(Status::kWarn, "other_kernel",
                 Cat("the kernel to load, ", Printable(kernel),
                     ", is not the running one: under lockdown it must carry a trusted signature"),
                 std::move(evidence),
                 Cat("remove ", keys.kernel, " from ", source, ", or enroll its key (mokutil)"));
  }
  return Found(Status::kPass, "file_system_call",
               "the kernel is locked down, and the image is loaded by kexec_file_load",
               std::move(evidence));
}

}  // namespace

// Sources: kernel/crash_reserve.c reserve_crashkernel_generic: a reservation above 4 GiB is given
// up when its low part cannot be had, so it lacks one only where SIZE,low says 0, or the place was
// fixed, or somebody shrank it.
Finding CrashLowMemory(const Facts& facts, const Numbers& numbers, const Policy&) {
  if (!facts.architecture.known()) return NotKnown(facts.architecture);
  const std::string& architecture = facts.architecture.value();
  if (architecture != "x86_64" && architecture != "aarch64") {
    return NotApplicable("architecture",
                         "only x86_64 and aarch64 reserve memory above 4 GiB apart from low one");
  }
  if (numbers.reserved_bytes == 0U) return NotApplicable("nothing_reserved", "nothing is reserved");
  return facts.iomem.known() ? JudgeRegions(facts) : JudgeLowByCmdline(facts, numbers);
}

// Sources: kernel/kexec.c kexec_load_check, kexec(8), kdumpctl load_kdump.
Finding LockdownSignature(const Facts& facts, const Numbers&, const Policy&) {
  if (FadumpOn(facts)) {
    return NotApplicable("fadump", "firmware-assisted dump loads no image through kexec");
  }
  if (facts.trust.absent()) return NotApplicable("no_lockdown", "this kernel knows no lockdown");
  if (!facts.trust.known()) return NotKnown(facts.trust);
  const std::string& lockdown = facts.trust->lockdown;
  if (lockdown.empty() || lockdown == "none") {
    return Found(Status::kPass, "not_locked", "the kernel is not locked down: it takes any image",
                 {{facts.trust.source(), lockdown.empty() ? "(no lockdown)" : "lockdown none"}});
  }
  const auto settings = LoadSettings(facts);
  if (settings.unreadable()) return NotKnown(settings);
  const ConfigDialect dialect = ProfileOf(facts.distribution).dialect;
  const auto keys = std::ranges::find(kLoadKeys, dialect, &LoadKeys::dialect);
  return JudgeLoad(facts, *keys, settings.source(), settings.value());
}

}  // namespace kdumpd
