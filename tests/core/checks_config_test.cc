// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

std::function<void(Facts&)> Conf(const std::string& text) {
  return [text](Facts& facts) {
    facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(ConfigDialect::kKdumpConf, text),
                                            "/etc/kdump.conf");
  };
}
std::function<void(Facts&)> Debian(const std::string& text) {
  return [text](Facts& facts) {
    facts.distribution = Distribution::kDebian;
    facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(ConfigDialect::kKdumpTools, text),
                                            "/etc/default/kdump-tools");
  };
}
std::function<void(Facts&)> Suse(const std::string& text) {
  return [text](Facts& facts) {
    facts.distribution = Distribution::kSuse;
    facts.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(ConfigDialect::kSysconfig, text),
                                            "/etc/sysconfig/kdump");
  };
}
void NoConfig(Facts& facts) { facts.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf"); }

TEST(ChecksConfig, ConfigPresent) {
  const std::string_view check = "config_present";
  ExpectRows({
      {"present", [](Facts&) {}, check, Status::kPass, "present"},
      {"missing", NoConfig, check, Status::kFail, "missing"},
      {"unreadable", [](Facts& f) { f.config = Locked<KdumpConfig>("/etc/kdump.conf"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksConfig, ConfigSyntax) {
  const std::string_view check = "config_syntax";
  ExpectRows({
      {"accepted", [](Facts&) {}, check, Status::kPass, "accepted"},
      {"empty", Conf(""), check, Status::kPass, "accepted"},
      {"unknown option", Conf("pathe /var/crash\n"), check, Status::kFail, "unknown_option"},
      {"the same twice", Conf("default reboot\nfailure_action reboot\n"), check, Status::kFail,
       "duplicate_option"},
      {"an obsolete spelling", Conf("default reboot\n"), check, Status::kWarn, "obsolete_option"},
      {"missing", NoConfig, check, Status::kNotApplicable, "no_config"},
  });
}

TEST(ChecksConfig, ConfigSyntaxNamesEachLine) {
  Facts facts = ReadyHost();
  Conf("path /var/crash\n\npathe /x\nssh nobody\n")(facts);
  const Finding finding = FindingOf(Evaluate(facts, Policy{}), "config_syntax");
  EXPECT_EQ(finding.message.substr(0, 18), "/etc/kdump.conf:3:") << finding.message;
  ASSERT_EQ(finding.evidence.size(), 2u);
  EXPECT_EQ(finding.evidence[1].source, "/etc/kdump.conf:4");
  EXPECT_NE(finding.remedy.find("systemctl restart kdump"), std::string::npos);
}

TEST(ChecksConfig, CoreCollector) {
  const std::string_view check = "core_collector";
  ExpectRows({
      {"the default", Conf(""), check, Status::kPass, "accepted"},
      {"ssh without -F",
       Conf("ssh kdump@backup.example.com\ncore_collector makedumpfile -l -d 31\n"), check,
       Status::kFail, "flatten_missing"},
      {"a full path", Conf("core_collector /usr/sbin/makedumpfile -l -d 31\n"), check,
       Status::kWarn, "collector_path"},
      {"missing", NoConfig, check, Status::kNotApplicable, "no_config"},
      {"Debian's default", Debian("USE_KDUMP=1\n"), check, Status::kPass, "accepted"},
  });
}

TEST(ChecksConfig, FailureAction) {
  const std::string_view check = "failure_action";
  ExpectRows({
      {"default", Conf(""), check, Status::kPass, "returns"},
      {"reboot", Conf("failure_action reboot\n"), check, Status::kPass, "returns"},
      {"shell", Conf("failure_action shell\n"), check, Status::kWarn, "shell"},
      {"shell where nobody sits",
       [](Facts& f) { Conf("failure_action shell\n")(f), f.distribution = Distribution::kCoreos; },
       check, Status::kFail, "shell"},
      {"halt", Conf("failure_action halt\n"), check, Status::kWarn, "halt"},
      {"poweroff by the old name", Conf("default poweroff\n"), check, Status::kWarn, "poweroff"},
      {"dump_to_rootfs", Conf("failure_action dump_to_rootfs\n"), check, Status::kPass, "returns"},
      {"dump_to_rootfs on OSTree",
       [](Facts& f) { Conf("failure_action dump_to_rootfs\n")(f), f.ostree = true; }, check,
       Status::kWarn, "dump_to_rootfs_ostree"},
      {"SUSE stops in a shell", Suse("KDUMP_CONTINUE_ON_ERROR=\"false\"\n"), check, Status::kWarn,
       "shell"},
      {"missing", NoConfig, check, Status::kNotApplicable, "no_config"},
  });
}

TEST(ChecksConfig, FinalAction) {
  const std::string_view check = "final_action";
  ExpectRows({
      {"default", Conf(""), check, Status::kPass, "reboots"},
      {"poweroff", Conf("final_action poweroff\n"), check, Status::kWarn, "stays_down"},
      {"Debian has no choice", Debian("USE_KDUMP=1\n"), check, Status::kNotApplicable,
       "always_reboots"},
  });
}

TEST(ChecksConfig, InitrdPresent) {
  const std::string_view check = "initrd_present";
  const auto gone = [](Facts& f) { f.initrd = Fact<InitrdFile>::Absent("/boot"); };
  ExpectRows({
      {"present", [](Facts&) {}, check, Status::kPass, "present"},
      {"gone while loaded",
       [=](Facts& f) {
         gone(f);
         f.initrd_looked_at = {"/boot/initramfs-1kdump.img"};
       },
       check, Status::kWarn, "missing_but_loaded"},
      {"missing",
       [=](Facts& f) {
         gone(f);
         f.initrd_looked_at = {"/boot/initramfs-1kdump.img"};
         f.crash_loaded = Fact<bool>::Known(false, "loaded");
       },
       check, Status::kFail, "missing"},
      {"the first start builds it",
       [=](Facts& f) {
         gone(f);
         f.initrd_looked_at = {"/boot/initramfs-1kdump.img"};
         f.crash_loaded = Fact<bool>::Known(false, "loaded");
         f.units.value().front().active_state = "activating";
         f.units.value().front().state_change_usec = (kTestNow - 30) * 1'000'000ULL;
       },
       check, Status::kWarn, "being_built"},
      {"empty", [](Facts& f) { f.initrd.value().bytes = 0; }, check, Status::kFail, "empty"},
      {"not an initrd", [](Facts& f) { f.initrd.value().magic = ""; }, check, Status::kFail,
       "not_an_initrd"},
      {"unreadable", [](Facts& f) { f.initrd = Locked<InitrdFile>("/boot"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

}  // namespace
}  // namespace kdumpd
