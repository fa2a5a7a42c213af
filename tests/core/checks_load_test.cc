// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr AddressRange kLow{0x67000000, 0x76ffffff};
constexpr AddressRange kHigh{32 * kGiB, 32 * kGiB + 512 * kMiB - 1};

void Regions(Facts& facts, std::vector<AddressRange> regions) {
  facts.iomem.value().crash_regions = std::move(regions);
}
void MaskIomem(Facts& facts, const std::string& arguments) {
  facts.iomem = Fact<MemoryMap>::Unreadable("/proc/iomem", "every range reads 0");
  facts.cmdline = Fact<std::string>::Known("ro " + arguments, "/proc/cmdline");
}
void Architecture(Facts& facts, const std::string& name) {
  facts.architecture = Fact<std::string>::Known(name, "uname -m");
}

TEST(ChecksLoad, CrashLowMemory) {
  const std::string_view check = "crash_low_memory";
  ExpectRows({
      {"all of it low", [](Facts&) {}, check, Status::kPass, "low_memory"},
      {"a low part", [](Facts& f) { Regions(f, {kLow, kHigh}); }, check, Status::kPass,
       "low_memory"},
      {"the last page below 4 GiB", [](Facts& f) { Regions(f, {{0xfffff000, 0xffffffff}}); }, check,
       Status::kPass, "low_memory"},
      {"the first page above", [](Facts& f) { Regions(f, {{4 * kGiB, 4 * kGiB + 4095}}); }, check,
       Status::kFail, "no_low_memory_reserved"},
      {"no low part", [](Facts& f) { Regions(f, {kHigh}); }, check, Status::kFail,
       "no_low_memory_reserved"},
      {"no low part, and a kernel without IOMMU",
       [](Facts& f) { Regions(f, {kHigh}), f.iommu = Fact<bool>::Absent("/sys/class/iommu"); },
       check, Status::kFail, "no_low_memory_reserved"},
      {"no low part, and an IOMMU",
       [](Facts& f) { Regions(f, {kHigh}), f.iommu = Fact<bool>::Known(true, "iommu"); }, check,
       Status::kWarn, "no_low_memory_reserved"},
      {"no low part, and perhaps an IOMMU",
       [](Facts& f) { Regions(f, {kHigh}), f.iommu = Locked<bool>("/sys/class/iommu"); }, check,
       Status::kWarn, "no_low_memory_reserved"},
      {"no low part on arm",
       [](Facts& f) {
         Architecture(f, "aarch64"), Regions(f, {kHigh});
         f.iomem.value().ram_begins = kGiB;
       },
       check, Status::kFail, "no_low_memory_reserved"},
      {"an arm machine without low memory",
       [](Facts& f) {
         Architecture(f, "aarch64"), Regions(f, {kHigh});
         f.iomem.value().ram_begins = 4 * kGiB;
       },
       check, Status::kNotApplicable, "no_low_memory"},
      {"no range shown", [](Facts& f) { Regions(f, {}); }, check, Status::kUnknown, "not_shown"},
      {"nothing reserved",
       [](Facts& f) { f.crash_size = Fact<std::uint64_t>::Known(0, "crash_size"), Regions(f, {}); },
       check, Status::kNotApplicable, "nothing_reserved"},
      {"another architecture", [](Facts& f) { Architecture(f, "s390x"), Regions(f, {kHigh}); },
       check, Status::kNotApplicable, "architecture"},
      {"an unknown architecture",
       [](Facts& f) { f.architecture = Locked<std::string>("/proc/sys/kernel/arch"); }, check,
       Status::kUnknown, "unreadable"},
      {"masked, a plain size", [](Facts& f) { MaskIomem(f, "crashkernel=256M"); }, check,
       Status::kPass, "low_by_rule"},
      {"masked, ranges", [](Facts& f) { MaskIomem(f, "crashkernel=4G-:256M"); }, check,
       Status::kPass, "low_by_rule"},
      {"masked, high", [](Facts& f) { MaskIomem(f, "crashkernel=256M,high"); }, check,
       Status::kUnknown, "unreadable"},
      {"masked, a plain size beside a low one",
       [](Facts& f) { MaskIomem(f, "crashkernel=256M crashkernel=0,low"); }, check,
       Status::kUnknown, "unreadable"},
      {"masked, fixed below 4 GiB", [](Facts& f) { MaskIomem(f, "crashkernel=256M@4095M"); }, check,
       Status::kPass, "low_by_rule"},
      {"masked, fixed above", [](Facts& f) { MaskIomem(f, "crashkernel=256M@4G"); }, check,
       Status::kUnknown, "unreadable"},
      {"masked, malformed", [](Facts& f) { MaskIomem(f, "crashkernel=256MB"); }, check,
       Status::kUnknown, "unreadable"},
      {"masked, and the command line cannot be read",
       [](Facts& f) {
         MaskIomem(f, "");
         f.cmdline = Locked<std::string>("/proc/cmdline");
       },
       check, Status::kUnknown, "unreadable"},
  });
}

void Trusts(Facts& facts, const std::string& lockdown, bool secure_boot) {
  facts.trust = Fact<Trust>::Known({lockdown, secure_boot}, "/sys/kernel/security/lockdown");
}
void Setting(Facts& facts, const std::string& key, const std::string& value) {
  facts.load_settings =
      Fact<std::vector<ConfigSetting>>::Known({{1, key, value}}, "/etc/sysconfig/kdump");
}
// lockdown=integrity on the command line of a machine without Secure Boot.
void Locked(Facts& facts, const std::string& arguments, bool loaded) {
  Trusts(facts, "integrity", false);
  Setting(facts, "KEXEC_ARGS", arguments);
  facts.crash_loaded = Fact<bool>::Known(loaded, "/sys/kernel/kexec_crash_loaded");
}
void Dialect(Facts& facts, Distribution distribution, ConfigDialect dialect,
             const std::string& text) {
  Locked(facts, "", false);
  facts.distribution = distribution;
  facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(dialect, text), "/etc/default/x");
  facts.load_settings = Fact<std::vector<ConfigSetting>>::Absent("/etc/sysconfig/kdump");
}

TEST(ChecksLoad, LockdownSignature) {
  const std::string_view check = "lockdown_signature";
  ExpectRows({
      {"not locked", [](Facts&) {}, check, Status::kPass, "not_locked"},
      {"not locked, and the old call",
       [](Facts& f) { Locked(f, "-c", false), Trusts(f, "none", false); }, check, Status::kPass,
       "not_locked"},
      {"locked", [](Facts& f) { Locked(f, "-s", false); }, check, Status::kPass,
       "file_system_call"},
      {"confidentiality",
       [](Facts& f) { Locked(f, "-c", false), Trusts(f, "confidentiality", false); }, check,
       Status::kFail, "old_system_call"},
      {"kexec chooses", [](Facts& f) { Locked(f, "", false); }, check, Status::kPass,
       "file_system_call"},
      {"the old call", [](Facts& f) { Locked(f, "-c", false); }, check, Status::kFail,
       "old_system_call"},
      {"the old call, and an image from before", [](Facts& f) { Locked(f, "-c", true); }, check,
       Status::kWarn, "old_system_call"},
      {"the long name", [](Facts& f) { Locked(f, "-d --kexec-syscall", false); }, check,
       Status::kFail, "old_system_call"},
      {"almost the long name", [](Facts& f) { Locked(f, "--kexec-syscall-auto", false); }, check,
       Status::kPass, "file_system_call"},
      {"the last one counts", [](Facts& f) { Locked(f, "-c -s", false); }, check, Status::kPass,
       "file_system_call"},
      {"the last one counts, the other way", [](Facts& f) { Locked(f, "-s -c", false); }, check,
       Status::kFail, "old_system_call"},
      {"Secure Boot: kdumpctl adds -s",
       [](Facts& f) { Locked(f, "-c", false), Trusts(f, "integrity", true); }, check, Status::kPass,
       "file_system_call"},
      {"another kernel",
       [](Facts& f) {
         Locked(f, "", false), Setting(f, "KDUMP_KERNELVER", "5.14.0-70.el9.x86_64");
       },
       check, Status::kWarn, "other_kernel"},
      {"the running kernel by name",
       [](Facts& f) {
         Locked(f, "", false), Setting(f, "KDUMP_KERNELVER", "5.14.0-427.el9.x86_64");
       },
       check, Status::kPass, "file_system_call"},
      {"no kernel named", [](Facts& f) { Locked(f, "", false), Setting(f, "KDUMP_KERNELVER", ""); },
       check, Status::kPass, "file_system_call"},
      {"no settings at all",
       [](Facts& f) {
         Locked(f, "", false);
         f.load_settings = Fact<std::vector<ConfigSetting>>::Absent("/etc/sysconfig/kdump");
       },
       check, Status::kPass, "file_system_call"},
      {"the settings cannot be read",
       [](Facts& f) {
         Locked(f, "", false);
         f.load_settings = kdumpd::Locked<std::vector<ConfigSetting>>("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "unreadable"},
      {"Debian, the old call",
       [](Facts& f) {
         Dialect(f, Distribution::kDebian, ConfigDialect::kKdumpTools, "KDUMP_KEXEC_ARGS=\"-c\"\n");
       },
       check, Status::kFail, "old_system_call"},
      {"Debian, the old call under Secure Boot: nobody adds -s",
       [](Facts& f) {
         Dialect(f, Distribution::kUbuntu, ConfigDialect::kKdumpTools, "KDUMP_KEXEC_ARGS=\"-c\"\n");
         Trusts(f, "integrity", true);
       },
       check, Status::kFail, "old_system_call"},
      {"Debian's default",
       [](Facts& f) {
         Dialect(f, Distribution::kDebian, ConfigDialect::kKdumpTools, "USE_KDUMP=1\n");
       },
       check, Status::kPass, "file_system_call"},
      {"SUSE, the old call",
       [](Facts& f) {
         Dialect(f, Distribution::kSuse, ConfigDialect::kSysconfig, "KEXEC_OPTIONS=\"-c\"\n");
       },
       check, Status::kFail, "old_system_call"},
      {"SUSE's default",
       [](Facts& f) {
         Dialect(f, Distribution::kSuse, ConfigDialect::kSysconfig, "KEXEC_OPTIONS=\"\"\n");
       },
       check, Status::kPass, "file_system_call"},
      {"SUSE's configuration cannot be read",
       [](Facts& f) {
         Dialect(f, Distribution::kSuse, ConfigDialect::kSysconfig, "");
         f.config = kdumpd::Locked<KdumpConfig>("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "unreadable"},
      {"a kernel without lockdown",
       [](Facts& f) { f.trust = Fact<Trust>::Absent("/sys/kernel/security/lockdown"); }, check,
       Status::kNotApplicable, "no_lockdown"},
      {"lockdown cannot be read", [](Facts& f) { f.trust = kdumpd::Locked<Trust>("lockdown"); },
       check, Status::kUnknown, "unreadable"},
      {"fadump",
       [](Facts& f) {
         Locked(f, "-c", false);
         f.fadump = Fact<Fadump>::Known({true, true, kGiB}, "/sys/kernel/fadump");
       },
       check, Status::kNotApplicable, "fadump"},
  });
}

}  // namespace
}  // namespace kdumpd
