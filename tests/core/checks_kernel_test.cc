// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMiB = 1ULL << 20;

void Cmdline(Facts& facts, const std::string& text) {
  facts.cmdline = Fact<std::string>::Known("root=/dev/sda1 ro " + text, "/proc/cmdline");
}
void Reserved(Facts& facts, std::uint64_t bytes) {
  facts.crash_size = Fact<std::uint64_t>::Known(bytes, "/sys/kernel/kexec_crash_size");
}
void Ram(Facts& facts, std::uint64_t bytes) {
  facts.iomem = Fact<MemoryMap>::Known({bytes, {}}, "/proc/iomem");
}
void MaskIomem(Facts& facts) {
  facts.iomem = Fact<MemoryMap>::Unreadable("/proc/iomem", "every range reads 0");
}
void Fadump(Facts& facts, bool registered, std::uint64_t bytes) {
  facts.fadump = Fact<kdumpd::Fadump>::Known({true, registered, bytes}, "/sys/kernel/fadump");
  Cmdline(facts, "fadump=on");
}

void Settings(Facts& facts, ConfigDialect dialect, std::string_view text) {
  facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(dialect, text), "settings");
}

TEST(ChecksKernel, CrashkernelCmdline) {
  const std::string_view check = "crashkernel_cmdline";
  // The published trap: the last range has no '-'.
  const std::string trap = "crashkernel=1G-4G:192M,4G-64G:256M,64G:512M";
  ExpectRows({
      {"valid", [](Facts&) {}, check, Status::kPass, "valid"},
      {"none", [](Facts& f) { Cmdline(f, "quiet"); }, check, Status::kFail, "missing"},
      {"none, and fadump instead", [](Facts& f) { Fadump(f, true, kGiB); }, check,
       Status::kNotApplicable, "fadump"},
      {"the trap on 32 GiB", [&](Facts& f) { Cmdline(f, trap); }, check, Status::kWarn,
       "later_range_malformed"},
      {"the trap on 128 GiB",
       [&](Facts& f) { Cmdline(f, trap), Ram(f, 128 * kGiB), Reserved(f, 0); }, check,
       Status::kFail, "dash_expected"},
      {"the kernel reserved memory all the same",
       [&](Facts& f) { Cmdline(f, trap), Ram(f, 128 * kGiB), Reserved(f, 512 * kMiB); }, check,
       Status::kWarn, "kernel_disagrees"},
      {"auto on el9", [](Facts& f) { Cmdline(f, "crashkernel=auto"), Reserved(f, 0); }, check,
       Status::kFail, "auto"},
      {"auto on el8",
       [](Facts& f) {
         Cmdline(f, "crashkernel=auto");
         f.kernel_release = Fact<std::string>::Known("4.18.0-553.el8_10.x86_64", "osrelease");
       },
       check, Status::kPass, "valid"},
      {"un-suffixed beside ,high",
       [](Facts& f) { Cmdline(f, "crashkernel=512M crashkernel=1G,high"); }, check, Status::kWarn,
       "high_ignored"},
      {"twice", [](Facts& f) { Cmdline(f, "crashkernel=256M crashkernel=512M"); }, check,
       Status::kWarn, "repeated"},
      {",low alone", [](Facts& f) { Cmdline(f, "crashkernel=256M,low"), Reserved(f, 0); }, check,
       Status::kFail, "low_without_high"},
      {"no range for this machine",
       [](Facts& f) { Cmdline(f, "crashkernel=1G-4G:192M"), Reserved(f, 0); }, check, Status::kFail,
       "no_range_matches"},
      {"the last range ends soon", [](Facts& f) { Cmdline(f, "crashkernel=1G-33G:256M"); }, check,
       Status::kWarn, "last_range_ends"},
      {"the last range ends much later", [](Facts& f) { Cmdline(f, "crashkernel=1G-64G:256M"); },
       check, Status::kPass, "valid"},
      {"unreadable", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); }, check,
       Status::kUnknown, "unreadable"},
      {"memory cannot be counted exactly, and does not matter", MaskIomem, check, Status::kPass,
       "valid"},
      {"memory cannot be counted exactly, and is near a boundary",
       [](Facts& f) {
         MaskIomem(f);
         f.meminfo.value().total = 63 * kGiB;
       },
       check, Status::kUnknown, "ambiguous"},
      {"memory is not known at all",
       [](Facts& f) { MaskIomem(f), f.meminfo = Locked<Meminfo>("/proc/meminfo"); }, check,
       Status::kUnknown, "memory_size_unknown"},
  });
}

TEST(ChecksKernel, CrashReservation) {
  const std::string_view check = "crash_reservation";
  ExpectRows({
      {"reserved", [](Facts&) {}, check, Status::kPass, "reserved"},
      {"nothing", [](Facts& f) { Reserved(f, 0); }, check, Status::kFail, "nothing_reserved"},
      {"busy, and iomem tells",
       [](Facts& f) { f.crash_size = Fact<std::uint64_t>::Unreadable("size", "busy"); }, check,
       Status::kPass, "reserved"},
      {"busy, and iomem shows none",
       [](Facts& f) {
         f.crash_size = Fact<std::uint64_t>::Unreadable("size", "busy");
         Ram(f, 32 * kGiB);
       },
       check, Status::kFail, "nothing_reserved"},
      {"masked, and a loaded image implies it",
       [](Facts& f) { MaskIomem(f), f.crash_size = Locked<std::uint64_t>("size"); }, check,
       Status::kPass, "implied"},
      {"masked, and nothing implies it",
       [](Facts& f) {
         MaskIomem(f);
         f.crash_size = Locked<std::uint64_t>("size");
         f.crash_loaded = Fact<bool>::Known(false, "loaded");
       },
       check, Status::kUnknown, "unreadable"},
      {"a kernel without kexec",
       [](Facts& f) { f.crash_size = Fact<std::uint64_t>::Absent("size"); }, check, Status::kFail,
       "kernel_unsupported"},
      {"no file, and sysfs cannot be read either",
       [](Facts& f) {
         MaskIomem(f);
         f.crash_size = Fact<std::uint64_t>::Absent("size");
         f.sysfs = Locked<bool>("/sys/kernel");
         f.crash_loaded = Locked<bool>("loaded");
       },
       check, Status::kUnknown, "absent"},
      {"fadump", [](Facts& f) { Fadump(f, true, kGiB); }, check, Status::kPass, "reserved"},
      {"fadump without memory", [](Facts& f) { Fadump(f, true, 0); }, check, Status::kFail,
       "nothing_reserved"},
  });
}

TEST(ChecksKernel, CrashReservationVsCmdline) {
  const std::string_view check = "crash_reservation_vs_cmdline";
  ExpectRows({
      {"as asked", [](Facts&) {}, check, Status::kPass, "as_requested"},
      {"a little less", [](Facts& f) { Reserved(f, 244 * kMiB); }, check, Status::kPass,
       "as_requested"},
      {"shrunk", [](Facts& f) { Reserved(f, 128 * kMiB); }, check, Status::kWarn, "shrunk"},
      {"only the high region is shown",
       [](Facts& f) { Cmdline(f, "crashkernel=1G,high crashkernel=256M,low"), Reserved(f, kGiB); },
       check, Status::kPass, "as_requested"},
      {"nothing asked", [](Facts& f) { Cmdline(f, ""); }, check, Status::kNotApplicable,
       "nothing_requested"},
      {"what was asked cannot be read",
       [](Facts& f) { f.cmdline = Fact<std::string>::Unreadable("/proc/cmdline", "EACCES"); },
       check, Status::kUnknown, "unreadable"},
      {"memory cannot be counted",
       [](Facts& f) {
         MaskIomem(f);
         f.meminfo = Fact<Meminfo>::Unreadable("/proc/meminfo", "EACCES");
       },
       check, Status::kUnknown, "memory_size_unknown"},
      {"nothing reserved", [](Facts& f) { Reserved(f, 0); }, check, Status::kNotApplicable,
       "nothing_reserved"},
      {"fadump", [](Facts& f) { Fadump(f, true, kGiB); }, check, Status::kNotApplicable, "fadump"},
  });
}

// kexec_crash_size says EBUSY while a load is under way; the number is then that of iomem.
TEST(ChecksKernel, TheReservationIsNamedByWhereItWasRead) {
  Facts facts = ReadyHost();
  facts.crash_size = Fact<std::uint64_t>::Unreadable("/sys/kernel/kexec_crash_size", "EBUSY");
  const Readiness readiness = Evaluate(facts, Policy{});
  for (const std::string_view check : {"crash_reservation_vs_cmdline", "crash_reservation_size"}) {
    const Finding& finding = FindingOf(readiness, check);
    EXPECT_EQ(finding.status, Status::kPass) << check;
    EXPECT_EQ(finding.evidence.front().source, "/proc/iomem") << check;
  }
}

TEST(ChecksKernel, CrashKernelLoaded) {
  const std::string_view check = "crash_kernel_loaded";
  ExpectRows({
      {"loaded", [](Facts&) {}, check, Status::kPass, "loaded"},
      {"not loaded", [](Facts& f) { f.crash_loaded = Fact<bool>::Known(false, "loaded"); }, check,
       Status::kFail, "not_loaded"},
      {"a kernel without kexec", [](Facts& f) { f.crash_loaded = Fact<bool>::Absent("loaded"); },
       check, Status::kFail, "kernel_unsupported"},
      {"no file, and sysfs cannot be read either",
       [](Facts& f) {
         f.crash_loaded = Fact<bool>::Absent("loaded");
         f.sysfs = Locked<bool>("/sys/kernel");
       },
       check, Status::kUnknown, "absent"},
      {"unreadable", [](Facts& f) { f.crash_loaded = Locked<bool>("loaded"); }, check,
       Status::kUnknown, "unreadable"},
      {"fadump registered", [](Facts& f) { Fadump(f, true, kGiB); }, check, Status::kPass,
       "registered"},
      {"fadump not registered", [](Facts& f) { Fadump(f, false, kGiB); }, check, Status::kFail,
       "not_registered"},
      {"loaded, and Debian's capture kernel finds USE_KDUMP=0",
       [](Facts& f) { Settings(f, ConfigDialect::kKdumpTools, "USE_KDUMP=0\n"); }, check,
       Status::kFail, "switched_off"},
      {"loaded, and it finds USE_KDUMP=1",
       [](Facts& f) { Settings(f, ConfigDialect::kKdumpTools, "USE_KDUMP=1\n"); }, check,
       Status::kPass, "loaded"},
      {"loaded, and SUSE's has a copy from before",
       [](Facts& f) { Settings(f, ConfigDialect::kSysconfig, "KDUMP_DUMPFORMAT=none\n"); }, check,
       Status::kPass, "loaded"},
  });
}

TEST(ChecksKernel, CrashLoadLost) {
  const std::string_view check = "crash_load_lost";
  const auto gone = [](std::int64_t seconds) {
    return [seconds](Facts& f) { f.history = {true, kTestNow - seconds, 0}; };
  };
  ExpectRows({
      {"held", [](Facts&) {}, check, Status::kPass, "held"},
      {"never there", [](Facts& f) { f.history = {}; }, check, Status::kNotApplicable,
       "never_loaded"},
      {"a reload", gone(15), check, Status::kWarn, "reloading"},
      {"longer than a reload takes", gone(16), check, Status::kFail, "lost"},
  });
}

TEST(ChecksKernel, KexecLoadAllowed) {
  const std::string_view check = "kexec_load_allowed";
  const auto disable = [](Facts& f) {
    f.kexec_load_disabled = Fact<std::int64_t>::Known(1, "kexec_load_disabled");
  };
  const auto use_up = [](Facts& f) {
    f.kexec_load_limit_panic = Fact<std::int64_t>::Known(0, "kexec_load_limit_panic");
  };
  const auto unload = [](Facts& f) { f.crash_loaded = Fact<bool>::Known(false, "loaded"); };
  ExpectRows({
      {"allowed", [](Facts&) {}, check, Status::kPass, "allowed"},
      {"loads left", [](Facts& f) { f.kexec_load_limit_panic.value() = 2; }, check, Status::kPass,
       "allowed"},
      {"no limit before Linux 6.3",
       [](Facts& f) { f.kexec_load_limit_panic = Fact<std::int64_t>::Absent("limit"); }, check,
       Status::kPass, "allowed"},
      {"disabled after the load", disable, check, Status::kWarn, "disabled"},
      {"disabled before the load", [=](Facts& f) { disable(f), unload(f); }, check, Status::kFail,
       "disabled"},
      {"used up after the load", use_up, check, Status::kWarn, "limit_reached"},
      {"used up before the load", [=](Facts& f) { use_up(f), unload(f); }, check, Status::kFail,
       "limit_reached"},
      {"unreadable", [](Facts& f) { f.kexec_load_disabled = Locked<std::int64_t>("sysctl"); },
       check, Status::kUnknown, "unreadable"},
  });
}

}  // namespace
}  // namespace kdumpd
