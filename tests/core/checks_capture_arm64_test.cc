// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;

void Arm(Facts& f) { f.architecture.value() = "aarch64"; }
void Symbol(Facts& f, bool there) {
  Arm(f);
  f.text_symbol = Fact<bool>::Known(there, "/proc/kallsyms");
}
Change Kexec(std::string arguments, bool there) {
  return [=](Facts& f) {
    Symbol(f, there);
    f.load_settings.value().push_back({99, "KEXEC_ARGS", arguments});
  };
}
Change Distributed(Distribution distribution, ConfigDialect dialect, std::string config) {
  return [=](Facts& f) {
    Symbol(f, false);
    f.distribution = distribution;
    f.load_settings = Fact<std::vector<ConfigSetting>>::Absent("/etc/sysconfig/kdump");
    f.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(dialect, config), "/etc/default/kdump");
  };
}
Change Debian(std::string config) {
  return Distributed(Distribution::kDebian, ConfigDialect::kKdumpTools, std::move(config));
}
Change Suse(std::string config) {
  return Distributed(Distribution::kSuse, ConfigDialect::kSysconfig, std::move(config));
}
Change Recorded(std::string command) {
  return [=](Facts& f) {
    Debian("KDUMP_KEXEC_ARGS=\"-d\"")(f);
    f.load_command = Fact<std::string>::Known(command, "/var/crash/kexec_cmd");
  };
}
Change SecureBoot(const Change& rest) {
  return [rest](Facts& f) {
    rest(f);
    f.trust = Fact<Trust>::Known({"none", true}, "/sys/firmware/efi");
  };
}

TEST(ChecksCaptureArm64, ElfcorehdrSymbols) {
  const std::string_view check = "elfcorehdr_symbols";
  ExpectRows({
      {"not aarch64", [](Facts&) {}, check, Status::kNotApplicable, "other_architecture"},
      {"the vendor's -s, no symbol", Kexec("-s", false), check, Status::kPass, "file_load"},
      {"-s, and kallsyms locked",
       [](Facts& f) {
         Arm(f);
         f.text_symbol = Locked<bool>("/proc/kallsyms");
       },
       check, Status::kPass, "file_load"},
      {"no -s, no symbol", Kexec("", false), check, Status::kFail, "symbol_missing"},
      {"no -s, the symbol is there", Kexec("", true), check, Status::kPass, "symbol_there"},
      {"-c after -s", Kexec("-s -c", false), check, Status::kFail, "symbol_missing"},
      {"-a", Kexec("-a", false), check, Status::kWarn, "symbol_missing_for_fallback"},
      {"-a, the symbol is there", Kexec("-a", true), check, Status::kPass, "symbol_there"},
      {"kdumpctl adds -s under Secure Boot", SecureBoot(Kexec("", false)), check, Status::kPass,
       "file_load"},
      {"an explicit -c comes after it", SecureBoot(Kexec("-c", false)), check, Status::kFail,
       "symbol_missing"},
      {"Debian's default", Debian(""), check, Status::kFail, "symbol_missing"},
      {"Debian with -s", Debian("KDUMP_KEXEC_ARGS=\"-s\""), check, Status::kPass, "file_load"},
      {"Debian under Secure Boot", SecureBoot(Debian("")), check, Status::kPass, "file_load"},
      {"Debian, as loaded", Recorded("/sbin/kexec -p -s --command-line=\"ro\" /v"), check,
       Status::kPass, "file_load"},
      {"Debian, a -s in the command line is none",
       Recorded("/sbin/kexec -p --command-line=\"ro -s x\" /v"), check, Status::kFail,
       "symbol_missing"},
      {"SUSE ends with -a", Suse("KEXEC_OPTIONS=\"-c\""), check, Status::kWarn,
       "symbol_missing_for_fallback"},
      {"kallsyms locked",
       [](Facts& f) {
         Kexec("", false)(f);
         f.text_symbol = Locked<bool>("/proc/kallsyms");
       },
       check, Status::kUnknown, "unreadable"},
      {"no kallsyms",
       [](Facts& f) {
         Kexec("", false)(f);
         f.text_symbol = Fact<bool>::Absent("/proc/kallsyms");
       },
       check, Status::kUnknown, "absent"},
      {"settings locked, no symbol",
       [](Facts& f) {
         Symbol(f, false);
         f.load_settings = Locked<std::vector<ConfigSetting>>("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "unreadable"},
      {"settings locked, the symbol is there",
       [](Facts& f) {
         Symbol(f, true);
         f.load_settings = Locked<std::vector<ConfigSetting>>("/etc/sysconfig/kdump");
       },
       check, Status::kPass, "symbol_there"},
      {"architecture not known", [](Facts& f) { f.architecture = Locked<std::string>("uname"); },
       check, Status::kUnknown, "unreadable"},
  });
}

Change Layout(int page_bytes, int va_bits, std::string version) {
  return [=](Facts& f) {
    Arm(f);
    f.layout = Fact<KernelLayout>::Known({page_bytes, va_bits}, "/boot/config-6.12");
    f.makedumpfile.value().version = version;
  };
}
Change Collector(std::string command) {
  return [=](Facts& f) {
    Layout(4096, 52, "1.7.6")(f);
    f.config.value().collector = command;
  };
}

// The table of dumps that were made and read: layout by version.
TEST(ChecksCaptureArm64, CollectorSupportsKernel) {
  const std::string_view check = "collector_supports_kernel";
  ExpectRows({
      {"not aarch64", [](Facts&) {}, check, Status::kNotApplicable, "other_architecture"},
      {"4K 48", Layout(4096, 48, "1.7.2"), check, Status::kPass, "common_layout"},
      {"4K 52, Debian 12", Layout(4096, 52, "1.7.2"), check, Status::kFail, "layout_unreadable"},
      {"4K 52, Debian 13", Layout(4096, 52, "1.7.6"), check, Status::kFail, "layout_unreadable"},
      {"4K 52, the last that fails", Layout(4096, 52, "1.7.8"), check, Status::kFail,
       "layout_unreadable"},
      {"4K 52, long ago", Layout(4096, 52, "1.6"), check, Status::kFail, "layout_unreadable"},
      {"4K 52, made after 1.7.8", Layout(4096, 52, "1.7.8++"), check, Status::kPass,
       "readable_without_lpa2"},
      {"4K 52, made after 1.7.7", Layout(4096, 52, "1.7.7++"), check, Status::kFail,
       "layout_unreadable"},
      {"4K 52, the first that reads it", Layout(4096, 52, "1.7.9"), check, Status::kPass,
       "readable_without_lpa2"},
      {"4K 52, two digits are a larger number", Layout(4096, 52, "1.7.10"), check, Status::kPass,
       "readable_without_lpa2"},
      {"4K 52, later", Layout(4096, 52, "2.0"), check, Status::kPass, "readable_without_lpa2"},
      {"16K 47", Layout(16384, 47, "1.7.2"), check, Status::kPass, "common_layout"},
      {"16K 52", Layout(16384, 52, "1.7.6"), check, Status::kFail, "layout_unreadable"},
      {"16K 52, 1.7.9", Layout(16384, 52, "1.7.9"), check, Status::kPass, "readable_without_lpa2"},
      {"64K 48", Layout(65536, 48, "1.7.9"), check, Status::kPass, "common_layout"},
      {"64K 52", Layout(65536, 52, "1.7.2"), check, Status::kPass, "readable"},
      {"64K 52, 1.7.8", Layout(65536, 52, "1.7.8"), check, Status::kPass, "readable"},
      {"64K 52, 1.7.9", Layout(65536, 52, "1.7.9"), check, Status::kWarn, "depends_on_processor"},
      {"64K 52, not tried", Layout(65536, 52, "1.7.1"), check, Status::kPass, "not_tried"},
      {"no version", Layout(4096, 52, ""), check, Status::kUnknown, "version_not_found"},
      {"half a version", Layout(4096, 52, "1."), check, Status::kUnknown, "version_not_found"},
      {"no version needed", Layout(4096, 48, ""), check, Status::kPass, "common_layout"},
      {"no page size", Layout(0, 52, "1.7.6"), check, Status::kUnknown, "layout_not_said"},
      {"no address bits", Layout(4096, 0, "1.7.6"), check, Status::kUnknown, "layout_not_said"},
      {"another collector", Collector("cp"), check, Status::kNotApplicable, "other_collector"},
      {"a name that only ends so", Collector("xmakedumpfile -d 31"), check, Status::kNotApplicable,
       "other_collector"},
      {"by its path", Collector("/usr/sbin/makedumpfile -l -d 31"), check, Status::kFail,
       "layout_unreadable"},
      {"no makedumpfile",
       [](Facts& f) {
         Layout(4096, 52, "1.7.6")(f);
         f.makedumpfile = Fact<Program>::Absent("/usr/sbin/makedumpfile");
       },
       check, Status::kUnknown, "absent"},
      {"makedumpfile locked",
       [](Facts& f) {
         Layout(4096, 52, "1.7.6")(f);
         f.makedumpfile = Locked<Program>("/usr/sbin/makedumpfile");
       },
       check, Status::kUnknown, "unreadable"},
      {"no kernel configuration",
       [](Facts& f) {
         Arm(f);
         f.layout = Fact<KernelLayout>::Absent("/boot/config-6.12");
       },
       check, Status::kUnknown, "absent"},
      {"configuration locked",
       [](Facts& f) {
         Layout(4096, 52, "1.7.6")(f);
         f.config = Locked<KdumpConfig>("/etc/kdump.conf");
       },
       check, Status::kUnknown, "unreadable"},
      {"architecture not known", [](Facts& f) { f.architecture = Locked<std::string>("uname"); },
       check, Status::kUnknown, "unreadable"},
  });
}

}  // namespace
}  // namespace kdumpd
