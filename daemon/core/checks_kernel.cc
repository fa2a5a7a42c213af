// SPDX-License-Identifier: Apache-2.0
// Checks of the reservation and of the loaded image.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/crashkernel.h"
#include "daemon/core/recommended_size.h"

namespace kdumpd {
namespace {

constexpr Remedy kAskForMemory{
    "kdumpctl reset-crashkernel --kernel=ALL, then reboot",
    "MachineConfig kernelArguments: [crashkernel=512M], or rpm-ostree kargs "
    "--append-if-missing=crashkernel=512M, then reboot",
    "set crashkernel= in /etc/default/grub.d/kdump-tools.cfg, update-grub, then reboot",
    "kdumptool commandline -u (or YaST kdump), then reboot"};
constexpr Remedy kRestart{"systemctl restart kdump; journalctl -b -u kdump", "",
                          "systemctl restart kdump-tools; journalctl -b -u kdump-tools",
                          "systemctl restart kdump; journalctl -b -u kdump"};

// The occurrences as the person wrote them.
Evidence CmdlineEvidence(const Facts& facts, const Crashkernel& crashkernel) {
  std::string shown;
  for (const CrashkernelArg& arg : crashkernel.args) {
    shown += Cat(shown.empty() ? "" : " ", "crashkernel=", arg.value);
  }
  return {facts.cmdline.source(), shown.empty() ? "(no crashkernel=)" : Printable(shown)};
}

Evidence RamEvidence(const Numbers& numbers) {
  return {numbers.ram_source,
          Cat(FormatBytes(numbers.ram_bytes.value_or(0)), numbers.ram_exact ? "" : " or more")};
}

// The first thing about a valid value that will surprise somebody; "" when there is none.
struct Surprise {
  std::string reason;
  std::string message;
};
Surprise SurpriseOf(const Crashkernel& crashkernel, std::uint64_t ram) {
  if (crashkernel.later_range_malformed) {
    return {"later_range_malformed",
            Cat("'", Printable(crashkernel.later_range_text),
                "' is malformed (expected START-[END]:SIZE): "
                "it works on this machine and reserves nothing on one with more memory")};
  }
  if (crashkernel.high_ignored) {
    return {"high_ignored",
            "an un-suffixed crashkernel= makes the kernel ignore the one with ,high"};
  }
  if (crashkernel.repeated) {
    return {"repeated", "crashkernel= stands there more than once; the kernel uses the last one"};
  }
  if (crashkernel.low_without_high) {
    return {"low_without_high", "crashkernel=SIZE,low has no effect without SIZE,high"};
  }
  if (crashkernel.last_range_bounded && ram + ram / 10 >= crashkernel.last_range_end.value_or(0)) {
    return {"last_range_ends",
            Cat("the last range ends at ", FormatBytes(crashkernel.last_range_end.value_or(0)),
                ": with a little more memory nothing is reserved")};
  }
  return {};
}

// On Debian and Ubuntu the script that loads the capture kernel also saves the dump in it, from the
// node's own root: /etc/init.d/kdump-tools. In SUSE's and the RHEL family's image are copies.
bool SavesNothing(const Facts& facts) {
  return facts.config.known() && facts.config->dialect == ConfigDialect::kKdumpTools &&
         !facts.config->enabled;
}

}  // namespace

// Source: kernel/crash_reserve.c; design rule: where the kernel reserved memory after all, its word
// counts.
Finding CrashkernelCmdline(const Facts& facts, const Numbers& numbers, const Policy&) {
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  const bool allow_auto = KnowsCrashkernelAuto(facts.kernel_release.ValueOr(""));
  const std::uint64_t ram = numbers.ram_bytes.value_or(0);
  const auto here = EvaluateCrashkernel(facts.cmdline.value(), ram, allow_auto);
  const Evidence evidence = CmdlineEvidence(facts, here);
  const std::string remedy = RemedyFor(facts, kAskForMemory);
  if (here.args.empty() && FadumpOn(facts)) {
    return NotApplicable("fadump",
                         "firmware-assisted dump reserves its memory without crashkernel=");
  }
  if (here.args.empty()) {
    return Found(Status::kFail, "missing", "the kernel was booted without crashkernel=", {evidence},
                 remedy);
  }
  if (!numbers.ram_bytes) {
    return Found(Status::kUnknown, "memory_size_unknown",
                 "the size of memory is not known, so crashkernel= cannot be evaluated",
                 {evidence});
  }
  const auto above = EvaluateCrashkernel(facts.cmdline.value(), numbers.ram_at_most, allow_auto);
  if (here.size_bytes != above.size_bytes) {
    return Found(
        Status::kUnknown, "ambiguous",
        Cat("crashkernel= gives ", FormatBytes(here.size_bytes), " or ",
            FormatBytes(above.size_bytes), ", depending on memory that cannot be counted here"),
        {evidence, RamEvidence(numbers)});
  }
  if (here.error != CrashkernelError::kNone) {
    const bool disagrees = numbers.reserved_bytes.value_or(0) > 0;
    const std::string at = here.error_at.empty() ? "" : Cat(" at '", Printable(here.error_at), "'");
    return Found(
        disagrees ? Status::kWarn : Status::kFail,
        disagrees ? std::string_view("kernel_disagrees") : ReasonCode(here.error),
        Cat(Sentence(here.error), at,
            disagrees ? ", and yet the kernel reserved memory" : ", so nothing is reserved"),
        {evidence, RamEvidence(numbers)}, remedy);
  }
  const Surprise surprise = SurpriseOf(here, ram);
  if (!surprise.reason.empty()) {
    return Found(Status::kWarn, surprise.reason, surprise.message, {evidence, RamEvidence(numbers)},
                 remedy);
  }
  return Found(Status::kPass, "valid", Cat("asks for ", FormatBytes(here.size_bytes)),
               {evidence, RamEvidence(numbers)});
}

// Sources: kernel/kexec_core.c crash_get_memory_size, Documentation/ABI/testing/sysfs-kernel-kexec.
Finding CrashReservation(const Facts& facts, const Numbers& numbers, const Policy&) {
  const std::string remedy = RemedyFor(facts, kAskForMemory);
  const auto judge = [&](std::uint64_t bytes, const std::string& source) {
    const Evidence evidence{source, Cat(bytes)};
    if (bytes > 0)
      return Found(Status::kPass, "reserved", Cat(FormatBytes(bytes), " reserved"), {evidence});
    return Found(Status::kFail, "nothing_reserved", "no memory is reserved for a capture kernel",
                 {evidence}, remedy);
  };
  if (FadumpOn(facts)) return judge(facts.fadump->reserved_bytes, facts.fadump.source());
  if (facts.crash_size.known()) return judge(facts.crash_size.value(), facts.crash_size.source());
  if (facts.crash_size.absent() && facts.sysfs.Is(true)) {
    return Found(Status::kFail, "kernel_unsupported",
                 Cat("this kernel has no ", facts.crash_size.source(),
                     ": it was built without CONFIG_CRASH_DUMP or CONFIG_KEXEC"),
                 {{facts.crash_size.source(), "(no such file)"}}, "boot a distribution kernel");
  }
  if (facts.iomem.known()) return judge(numbers.reserved_bytes.value_or(0), facts.iomem.source());
  if (facts.crash_loaded.Is(true)) {
    return Found(Status::kPass, "implied", "a capture kernel is loaded, so there is a reservation",
                 {{facts.crash_loaded.source(), "1"}});
  }
  return NotKnown(facts.crash_size);
}

// Writing a smaller number to crash_size gives memory back for good: kernel/kexec_core.c
// crash_shrink_memory.
Finding CrashReservationVsCmdline(const Facts& facts, const Numbers& numbers, const Policy&) {
  if (FadumpOn(facts))
    return NotApplicable("fadump", "firmware-assisted dump sizes its own memory");
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  const auto crashkernel =
      EvaluateCrashkernel(facts.cmdline.value(), numbers.ram_bytes.value_or(0),
                          KnowsCrashkernelAuto(facts.kernel_release.ValueOr("")));
  if (!numbers.ram_bytes && !crashkernel.args.empty()) {
    return Found(Status::kUnknown, "memory_size_unknown",
                 "the size of memory is not known, so crashkernel= cannot be evaluated",
                 {CmdlineEvidence(facts, crashkernel)});
  }
  if (!numbers.requested_bytes)
    return NotApplicable("nothing_requested", "no valid crashkernel= to compare with");
  if (!numbers.reserved_bytes) return NotKnown(facts.crash_size);
  if (*numbers.reserved_bytes == 0) return NotApplicable("nothing_reserved", "nothing is reserved");
  // Before the kernel added both up, crash_size showed only the main region: compare with that.
  const bool enough = *numbers.reserved_bytes >= crashkernel.size_bytes / 100 * 95;
  return Found(
      enough ? Status::kPass : Status::kWarn, enough ? "as_requested" : "shrunk",
      Cat(FormatBytes(*numbers.reserved_bytes), " reserved, ", FormatBytes(crashkernel.size_bytes),
          " requested"),
      {{ReservedSource(facts), Cat(*numbers.reserved_bytes)}, CmdlineEvidence(facts, crashkernel)},
      enough ? "" : "reboot: only a boot restores the reservation");
}

// Sources: kernel/kexec_core.c kexec_crash_loaded; arch/powerpc/kernel/fadump.c.
Finding CrashKernelLoaded(const Facts& facts, const Numbers&, const Policy&) {
  const std::string remedy = RemedyFor(facts, kRestart);
  if (FadumpOn(facts)) {
    const bool registered = facts.fadump->registered;
    return Found(registered ? Status::kPass : Status::kFail,
                 registered ? "registered" : "not_registered",
                 registered ? "firmware-assisted dump is registered"
                            : "firmware-assisted dump is not registered",
                 {{facts.fadump.source(), registered ? "registered=1" : "registered=0"}},
                 registered ? "" : remedy);
  }
  if (facts.crash_loaded.absent() && facts.sysfs.Is(true)) {
    return Found(Status::kFail, "kernel_unsupported",
                 Cat("this kernel has no ", facts.crash_loaded.source(),
                     ": it was built without CONFIG_KEXEC"),
                 {{facts.crash_loaded.source(), "(no such file)"}}, "boot a distribution kernel");
  }
  if (!facts.crash_loaded.known()) return NotKnown(facts.crash_loaded);
  if (facts.crash_loaded.value() && SavesNothing(facts)) {
    return Found(
        Status::kFail, "switched_off",
        Cat("a capture kernel is loaded, which would read ", facts.config.source(),
            " too, save nothing and stay there"),
        {{facts.crash_loaded.source(), "1"}, {facts.config.source(), "USE_KDUMP is not 1"}},
        "set USE_KDUMP=1 in /etc/default/kdump-tools");
  }
  if (facts.crash_loaded.value()) {
    return Found(Status::kPass, "loaded", "a capture kernel is loaded",
                 {{facts.crash_loaded.source(), "1"}});
  }
  return Found(Status::kFail, "not_loaded",
               "no capture kernel is loaded: a panic now leaves no dump",
               {{facts.crash_loaded.source(), "0"}}, remedy);
}

// A load frees the old image before it reads the new one (kernel/kexec_file.c), so a short 0 is
// normal.
Finding CrashLoadLost(const Facts& facts, const Numbers&, const Policy& policy) {
  if (!facts.history.was_loaded) {
    return NotApplicable("never_loaded", "no capture kernel was seen loaded in this boot");
  }
  if (facts.history.lost_since == 0) {
    return Found(Status::kPass, "held", "the capture kernel has stayed loaded", {});
  }
  const auto gone =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, facts.now - facts.history.lost_since));
  const bool lost = facts.now - facts.history.lost_since > policy.load_lost_grace_seconds;
  return Found(
      lost ? Status::kFail : Status::kWarn, lost ? "lost" : "reloading",
      Cat("a capture kernel was loaded in this boot and has been gone for ", FormatSeconds(gone)),
      {{facts.crash_loaded.source(), "0"}}, RemedyFor(facts, kRestart));
}

// Source: kernel/kexec_core.c kexec_load_permitted; Documentation/admin-guide/sysctl/kernel.rst.
Finding KexecLoadAllowed(const Facts& facts, const Numbers&, const Policy&) {
  const auto& disabled = facts.kexec_load_disabled;
  const auto& limit = facts.kexec_load_limit_panic;  // absent before Linux 6.3
  if (disabled.unreadable()) return NotKnown(disabled);
  if (limit.unreadable()) return NotKnown(limit);
  std::vector<Evidence> evidence;
  if (disabled.known()) evidence.push_back({disabled.source(), Cat(disabled.value())});
  if (limit.known()) evidence.push_back({limit.source(), Cat(limit.value())});
  const bool forbidden = disabled.known() && disabled.value() != 0;
  const bool used_up = limit.Is(0);
  if (!forbidden && !used_up) {
    return Found(Status::kPass, "allowed", "the kernel accepts loading a capture kernel", evidence);
  }
  const bool loaded = facts.crash_loaded.Is(true);
  return Found(loaded ? Status::kWarn : Status::kFail, forbidden ? "disabled" : "limit_reached",
               Cat(forbidden ? "kernel.kexec_load_disabled=1" : "kernel.kexec_load_limit_panic=0",
                   loaded ? " forbids any reload until the next boot"
                          : " forbids loading a capture kernel until the next boot"),
               evidence,
               "remove it from /etc/sysctl.d (hardening profiles set it) or apply it after the "
               "kdump service, "
               "then reboot");
}

}  // namespace kdumpd
