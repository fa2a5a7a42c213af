// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;

Change Cmdline(std::string more) {
  return [more](Facts& f) { f.cmdline.value() += " " + more; };
}
Change Settings(std::string key, std::string value) {
  return [=](Facts& f) { f.load_settings.value().push_back({99, key, value}); };
}
Change Remove(std::string list) { return Settings("KDUMP_COMMANDLINE_REMOVE", std::move(list)); }
Change Append(std::string words) { return Settings("KDUMP_COMMANDLINE_APPEND", std::move(words)); }

void Distribute(Facts& f, Distribution distribution, ConfigDialect dialect, std::string_view path,
                std::string_view config) {
  f.distribution = distribution;
  f.load_settings = Fact<std::vector<ConfigSetting>>::Absent("/etc/sysconfig/kdump");
  f.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(dialect, config), std::string(path));
}
// `recorded`: the command line in /var/crash/kexec_cmd; "" for no such file.
Change Debian(std::string config, std::string recorded = "", std::string more = "") {
  return [=](Facts& f) {
    Distribute(f, Distribution::kDebian, ConfigDialect::kKdumpTools, "/etc/default/kdump-tools",
               "USE_KDUMP=1\n" + config);
    f.cmdline.value() += " " + more;
    if (recorded.empty()) return;
    f.load_command = Fact<std::string>::Known(
        "/sbin/kexec -p --command-line=\"" + recorded + "\" --initrd=/i /v",
        "/var/crash/kexec_cmd");
  };
}
Change Suse(std::string config, std::string more = "") {
  return [=](Facts& f) {
    Distribute(f, Distribution::kSuse, ConfigDialect::kSysconfig, "/etc/sysconfig/kdump", config);
    f.cmdline.value() += " " + more;
  };
}

TEST(ChecksCapture, CaptureCmdlineOfKdumpctl) {
  const std::string_view check = "capture_cmdline";
  const std::string base = "hugepages hugepagesz slub_debug";
  ExpectRows({
      {"vendor's settings", [](Facts&) {}, check, Status::kPass, "fits"},
      {"nobody says whose rules hold",
       [](Facts& f) { f.os = Fact<OsRelease>::Absent("/usr/lib/os-release"); }, check,
       Status::kUnknown, "absent"},
      {"CoreOS, its Ignition words removed",
       [](Facts& f) {
         f.distribution = Distribution::kCoreos;
         Cmdline("ignition.firstboot ignition.platform.id=metal ostree=/ostree/boot.1/x")(f);
       },
       check, Status::kPass, "fits"},
      {"CoreOS with the list of an old MachineConfig, at its first boot",
       [](Facts& f) {
         f.distribution = Distribution::kCoreos;
         Cmdline("ignition.firstboot")(f);
         Remove("hugepages hugepagesz slub_debug quiet log_buf_len swiotlb")(f);
       },
       check, Status::kFail, "ignition_kept"},
      {"the same list at a later boot",
       Remove("hugepages hugepagesz slub_debug quiet log_buf_len swiotlb"), check, Status::kPass,
       "fits"},
      {"hugepages, removed", Cmdline("hugepagesz=1G hugepages=64"), check, Status::kPass, "fits"},
      {"hugepages, kept",
       [](Facts& f) {
         Cmdline("hugepages=64")(f);
         Remove("hugepagesz slub_debug")(f);
       },
       check, Status::kFail, "hugepages_kept"},
      {"a list without hugepages, and none on the line", Remove("hugepagesz slub_debug"), check,
       Status::kWarn, "remove_list_short"},
      {"an empty list", Remove(""), check, Status::kWarn, "remove_list_short"},
      {"the shortest list of a vendor", Remove(base), check, Status::kPass, "fits"},
      {"a short list does not matter for a line of one's own",
       [](Facts& f) {
         Remove("")(f);
         Settings("KDUMP_COMMANDLINE", "ro")(f);
       },
       check, Status::kPass, "fits"},
      {"hugetlb_cma switched off by the appended words", Cmdline("hugetlb_cma=2G"), check,
       Status::kPass, "fits"},
      {"hugetlb_cma kept",
       [base](Facts& f) {
         Cmdline("hugetlb_cma=2G")(f);
         Remove(base)(f);
         Append("nr_cpus=1 reset_devices mce=off")(f);
       },
       check, Status::kWarn, "hugetlb_cma_kept"},
      {"nothing appended", Append(""), check, Status::kWarn, "cpus_not_limited"},
      {"no reset_devices", Append("nr_cpus=1 mce=off"), check, Status::kWarn, "no_reset_devices"},
      {"mce=0", Append("nr_cpus=1 reset_devices mce=0"), check, Status::kWarn, "mce_not_off"},
      {"crashkernel= appended", Append("nr_cpus=1 reset_devices crashkernel=64M"), check,
       Status::kFail, "crashkernel_kept"},
      {"rd.earlykdump", Cmdline("rd.earlykdump"), check, Status::kPass, "fits"},
      {"rd.break", Cmdline("rd.break"), check, Status::kFail, "stops_in_shell"},
      {"mem=", Cmdline("mem=32G"), check, Status::kWarn, "memory_limited"},
      {"too long", Cmdline("x=" + std::string(2000, 'y')), check, Status::kFail, "too_long"},
      {"long, but removed", Cmdline("log_buf_len=" + std::string(2000, '1')), check, Status::kPass,
       "fits"},
      {"a value only a shell knows", Append("$KDUMP_COMMANDLINE_APPEND nr_cpus=1"), check,
       Status::kUnknown, "shell_expansion"},
      {"a shell's value that makes no line", Settings("KDUMP_KERNELVER", "$(uname -r)"), check,
       Status::kPass, "fits"},
      {"no settings",
       [](Facts& f) {
         f.load_settings = Fact<std::vector<ConfigSetting>>::Absent("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "absent"},
      {"settings locked",
       [](Facts& f) {
         f.load_settings = Locked<std::vector<ConfigSetting>>("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "unreadable"},
      {"command line locked", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); },
       check, Status::kUnknown, "unreadable"},
      {"fadump",
       [](Facts& f) { f.fadump = Fact<Fadump>::Known({true, true, 0}, "/sys/kernel/fadump"); },
       check, Status::kNotApplicable, "fadump"},
  });
}

TEST(ChecksCapture, CaptureCmdlineOfOthers) {
  const std::string_view check = "capture_cmdline";
  const std::string good = "ro reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1";
  ExpectRows({
      {"Debian's defaults", Debian(""), check, Status::kPass, "fits"},
      {"Debian, hugepages removed", Debian("", "", "hugepages=8"), check, Status::kPass, "fits"},
      {"Debian, break= inherited", Debian("", "", "break=init"), check, Status::kFail,
       "stops_in_shell"},
      {"Debian, its own line keeps what it says", Debian("KDUMP_CMDLINE=\"ro crashkernel=1G\""),
       check, Status::kFail, "crashkernel_kept"},
      {"Debian, another unit",
       Debian("KDUMP_CMDLINE_APPEND=\"nr_cpus=1 reset_devices systemd.unit=rescue.target\""), check,
       Status::kFail, "unit_replaced"},
      {"Debian, no unit", Debian("KDUMP_CMDLINE_APPEND=\"nr_cpus=1 reset_devices\""), check,
       Status::kWarn, "unit_missing"},
      {"Debian, what is loaded counts", Debian("KDUMP_CMDLINE_APPEND=x", good), check,
       Status::kPass, "fits"},
      {"Debian, what is loaded is bad", Debian("", good + " hugepages=4"), check, Status::kFail,
       "hugepages_kept"},
      {"Debian, what was loaded does not count",
       [good](Facts& f) {
         Debian("", good + " hugepages=4")(f);
         f.crash_loaded = Fact<bool>::Known(false, "/sys/kernel/kexec_crash_loaded");
       },
       check, Status::kPass, "fits"},
      {"Debian, the record needs no configuration",
       [good](Facts& f) {
         Debian("", good)(f);
         f.config = Locked<KdumpConfig>("/etc/default/kdump-tools");
       },
       check, Status::kPass, "fits"},
      {"Debian, neither record nor configuration",
       [](Facts& f) {
         Debian("")(f);
         f.config = Locked<KdumpConfig>("/etc/default/kdump-tools");
       },
       check, Status::kUnknown, "unreadable"},
      {"SUSE's defaults", Suse("KDUMP_CPUS=\"\"\n"), check, Status::kPass, "fits"},
      {"SUSE, mem= removed", Suse("", "mem=32G"), check, Status::kPass, "fits"},
      {"SUSE, its own line without processors", Suse("KDUMP_COMMANDLINE=\"ro reset_devices\""),
       check, Status::kWarn, "cpus_not_limited"},
      {"SUSE, its own line with crashkernel=",
       Suse("KDUMP_COMMANDLINE=\"ro reset_devices nr_cpus=1 crashkernel=1G\""), check,
       Status::kFail, "crashkernel_kept"},
      {"SUSE without its configuration",
       [](Facts& f) {
         Suse("")(f);
         f.config = Fact<KdumpConfig>::Absent("/etc/sysconfig/kdump");
       },
       check, Status::kUnknown, "absent"},
  });
}

TEST(ChecksCapture, ShowsTheLineWithoutItsSecrets) {
  Facts facts = ReadyHost();
  facts.cmdline.value() += " rd.iscsi.password=hush mem=4G";
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, "capture_cmdline");
  EXPECT_EQ(finding.reason, "memory_limited");
  ASSERT_EQ(finding.evidence.size(), 2U);
  EXPECT_EQ(finding.evidence[0].value, "mem=4G");
  EXPECT_TRUE(finding.evidence[1].value.contains("nr_cpus=1")) << finding.evidence[1].value;
  EXPECT_TRUE(finding.evidence[1].value.contains("rd.iscsi.password=***"));
  EXPECT_FALSE(finding.evidence[1].value.contains("hush"));
  EXPECT_TRUE(finding.remedy.contains("/etc/sysconfig/kdump"));
}

}  // namespace
}  // namespace kdumpd
