// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kHour = 3600;
constexpr auto kNotifiers = Knob::kPostNotifiers;

void SetCmdline(Facts& facts, std::string text) {
  facts.cmdline = Fact<std::string>::Known(std::move(text), "/proc/cmdline");
}
void SetConsoles(Facts& facts, std::vector<Console> consoles) {
  facts.consoles = Fact<std::vector<Console>>::Known(std::move(consoles), "/proc/consoles");
}

TEST(ChecksEvidence, SerialConsole) {
  const std::string_view check = "serial_console";
  ExpectRows({
      {"serial and preferred", [](Facts&) {}, check, Status::kPass, "there"},
      {"screen only", [](Facts& f) { SetConsoles(f, {{"tty0", true, true}}); }, check,
       Status::kWarn, "none"},
      {"network only", [](Facts& f) { SetConsoles(f, {{"netcon0", true, false}}); }, check,
       Status::kWarn, "none"},
      {"serial, off", [](Facts& f) { SetConsoles(f, {{"ttyS0", false, false}}); }, check,
       Status::kWarn, "none"},
      {"no console at all", [](Facts& f) { SetConsoles(f, {}); }, check, Status::kWarn, "none"},
      {"the screen is preferred",
       [](Facts& f) { SetConsoles(f, {{"ttyS0", true, false}, {"tty0", true, true}}); }, check,
       Status::kWarn, "not_preferred"},
      {"none is preferred", [](Facts& f) { SetConsoles(f, {{"ttyS0", true, false}}); }, check,
       Status::kPass, "there"},
      {"115200", [](Facts& f) { SetCmdline(f, "console=ttyS0,115200n8"); }, check, Status::kPass,
       "there"},
      {"115199", [](Facts& f) { SetCmdline(f, "console=ttyS0,115199"); }, check, Status::kWarn,
       "slow"},
      {"9600", [](Facts& f) { SetCmdline(f, "console=ttyS0,9600"); }, check, Status::kWarn, "slow"},
      {"no speed is 9600", [](Facts& f) { SetCmdline(f, "console=ttyS0"); }, check, Status::kWarn,
       "slow"},
      {"the last one counts",
       [](Facts& f) { SetCmdline(f, "console=ttyS0,9600 console=ttyS0,115200"); }, check,
       Status::kPass, "there"},
      {"a hypervisor's console has no speed",
       [](Facts& f) { SetConsoles(f, {{"hvc0", true, true}}), SetCmdline(f, "console=hvc0"); },
       check, Status::kPass, "there"},
      {"a port that is not there",
       [](Facts& f) { SetCmdline(f, "console=ttyS0,115200 console=ttyS1,115200"); }, check,
       Status::kWarn, "absent_port"},
      {"the screen is no port", [](Facts& f) { SetCmdline(f, "console=tty7"); }, check,
       Status::kPass, "there"},
      {"consoles locked",
       [](Facts& f) { f.consoles = Locked<std::vector<Console>>("/proc/consoles"); }, check,
       Status::kUnknown, "unreadable"},
      {"command line locked", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); },
       check, Status::kUnknown, "unreadable"},
  });
}

void Record(Facts& facts, std::string kind, std::int64_t age, bool archived = false) {
  facts.pstore.value().push_back(
      {archived ? "/var/lib/systemd/pstore/1/dmesg.txt" : "/sys/fs/pstore/dmesg-efi-1",
       std::move(kind), kTestNow - age, archived});
}
void AddDump(Facts& facts, std::int64_t age) {
  Dump dump;
  dump.crash_time = kTestNow - age;
  facts.dumps.value().push_back(dump);
}
void BuildImage(Facts& facts, std::int64_t age) { facts.initrd.value().mtime = kTestNow - age; }

TEST(ChecksEvidence, PstoreRecords) {
  const std::string_view check = "pstore_records";
  ExpectRows({
      {"empty", [](Facts&) {}, check, Status::kPass, "none"},
      {"a panic while armed", [](Facts& f) { Record(f, "Panic", kHour); }, check, Status::kFail,
       "not_captured"},
      {"the archive counts too", [](Facts& f) { Record(f, "Panic", kHour, true); }, check,
       Status::kFail, "not_captured"},
      {"an oops is no missed capture", [](Facts& f) { Record(f, "Oops", kHour); }, check,
       Status::kPass, "no_news"},
      {"neither is a reboot", [](Facts& f) { Record(f, "Restart", kHour); }, check, Status::kPass,
       "no_news"},
      {"no first line", [](Facts& f) { Record(f, "", kHour); }, check, Status::kPass, "no_news"},
      {"an oops beside a panic", [](Facts& f) { Record(f, "Oops", 1), Record(f, "Panic", kHour); },
       check, Status::kFail, "not_captured"},
      {"29 days", [](Facts& f) { BuildImage(f, 60 * kDay), Record(f, "Panic", 30 * kDay - 1); },
       check, Status::kFail, "not_captured"},
      {"30 days", [](Facts& f) { BuildImage(f, 60 * kDay), Record(f, "Panic", 30 * kDay); }, check,
       Status::kPass, "no_news"},
      {"ancient archives", [](Facts& f) { Record(f, "Panic", 400 * kDay, true); }, check,
       Status::kPass, "no_news"},
      {"a time of 0", [](Facts& f) { Record(f, "Panic", kTestNow); }, check, Status::kPass,
       "no_news"},
      {"a clock in another zone", [](Facts& f) { Record(f, "Panic", -14 * kHour); }, check,
       Status::kFail, "not_captured"},
      {"the far future", [](Facts& f) { Record(f, "Panic", -kDay); }, check, Status::kPass,
       "no_news"},
      {"with its dump",
       [](Facts& f) { Record(f, "Panic", kDay / 2), AddDump(f, kDay / 2 + kHour); }, check,
       Status::kPass, "no_news"},
      {"with another dump",
       [](Facts& f) { Record(f, "Panic", kDay / 2), AddDump(f, kDay / 2 + kHour + 1); }, check,
       Status::kFail, "not_captured"},
      {"an image built since",
       [](Facts& f) { BuildImage(f, kHour), Record(f, "Panic", 2 * kHour); }, check, Status::kWarn,
       "perhaps_unarmed"},
      {"not armed now",
       [](Facts& f) {
         f.crash_loaded = Fact<bool>::Known(false, "/sys/kernel/kexec_crash_loaded");
         Record(f, "Panic", kHour);
       },
       check, Status::kWarn, "perhaps_unarmed"},
      {"notifiers first", [](Facts& f) { SetKnob(f, kNotifiers, 1), Record(f, "Panic", kHour); },
       check, Status::kPass, "before_kexec"},
      {"notifiers locked", [](Facts& f) { LockKnob(f, kNotifiers), Record(f, "Panic", kHour); },
       check, Status::kUnknown, "unreadable"},
      {"notifiers locked, no panic", [](Facts& f) { LockKnob(f, kNotifiers); }, check,
       Status::kPass, "none"},
      {"its dump may be still to come",
       [](Facts& f) { Record(f, "Panic", 86400), f.dumps_partial = true; }, check, Status::kUnknown,
       "scan_unfinished"},
      {"a scan that goes on, and no record", [](Facts& f) { f.dumps_partial = true; }, check,
       Status::kPass, "none"},
      {"no pstore",
       [](Facts& f) { f.pstore = Fact<std::vector<PstoreRecord>>::Absent("/sys/fs/pstore"); },
       check, Status::kNotApplicable, "no_pstore"},
      {"locked", [](Facts& f) { f.pstore = Locked<std::vector<PstoreRecord>>("/sys/fs/pstore"); },
       check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksEvidence, PstoreShowsAFewRecordsNewestFirst) {
  Facts facts = ReadyHost();
  for (int part = 1; part <= 40; ++part) Record(facts, "Panic", kHour + 60 * part);
  const Readiness readiness = Evaluate(facts, {});
  const Finding& finding = FindingOf(readiness, "pstore_records");
  ASSERT_EQ(finding.evidence.size(), 3U);
  EXPECT_EQ(finding.evidence.front().value, "Panic, 61 min ago");
  EXPECT_FALSE(finding.remedy.empty());
}

TEST(ChecksEvidence, WatchdogBootstatus) {
  const std::string_view check = "watchdog_bootstatus";
  using Watchdogs = Fact<std::vector<Watchdog>>;
  const auto set = [](std::int64_t bits) {
    return [bits](Facts& f) { f.watchdogs.value().front().bootstatus = bits; };
  };
  ExpectRows({
      {"0", set(0), check, Status::kPass, "no_reset"},
      {"card reset", set(0x20), check, Status::kWarn, "reset_by_watchdog"},
      {"card reset and more", set(0x8021), check, Status::kWarn, "reset_by_watchdog"},
      {"over heat, power", set(0x11), check, Status::kPass, "no_reset"},
      {"neighbour bits", set(0x50), check, Status::kPass, "no_reset"},
      {"the second one",
       [](Facts& f) {
         f.watchdogs.value().push_back({.name = "watchdog1",
                                        .identity = "x",
                                        .state = "inactive",
                                        .timeout_seconds = 60,
                                        .bootstatus = 0x20,
                                        .pretimeout_governor = ""});
       },
       check, Status::kWarn, "reset_by_watchdog"},
      {"none", [](Facts& f) { f.watchdogs = Watchdogs::Known({}, "/sys/class/watchdog"); }, check,
       Status::kNotApplicable, "no_watchdog"},
      {"no class", [](Facts& f) { f.watchdogs = Watchdogs::Absent("/sys/class/watchdog"); }, check,
       Status::kNotApplicable, "no_watchdog"},
      {"locked",
       [](Facts& f) { f.watchdogs = Locked<std::vector<Watchdog>>("/sys/class/watchdog"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

void Label(Facts& facts, std::string label) {
  facts.selinux_label = Fact<std::string>::Known(std::move(label), "/var/crash");
}

TEST(ChecksEvidence, SelinuxDumpPath) {
  const std::string_view check = "selinux_dump_path";
  ExpectRows({
      {"kdump_crash_t", [](Facts&) {}, check, Status::kPass, "labelled"},
      {"with categories", [](Facts& f) { Label(f, "system_u:object_r:kdump_crash_t:s0:c1,c2"); },
       check, Status::kPass, "labelled"},
      {"unlabeled_t", [](Facts& f) { Label(f, "system_u:object_r:unlabeled_t:s0"); }, check,
       Status::kWarn, "unlabeled"},
      {"no label", [](Facts& f) { Label(f, ""); }, check, Status::kWarn, "unlabeled"},
      {"no type in it", [](Facts& f) { Label(f, "unlabeled"); }, check, Status::kWarn, "unlabeled"},
      {"another type", [](Facts& f) { Label(f, "system_u:object_r:var_t:s0"); }, check,
       Status::kWarn, "other_label"},
      {"another type at another place",
       [](Facts& f) {
         Label(f, "system_u:object_r:var_t:s0");
         f.target.value().live_path = "/data/crash";
       },
       check, Status::kPass, "labelled"},
      {"another type, another policy",
       [](Facts& f) {
         Label(f, "system_u:object_r:var_t:s0");
         f.distribution = Distribution::kSuse;
       },
       check, Status::kPass, "labelled"},
      {"no SELinux",
       [](Facts& f) { f.selinux_label = Fact<std::string>::Absent("/sys/fs/selinux"); }, check,
       Status::kNotApplicable, "no_selinux"},
      {"remote", [](Facts& f) { f.target.value().kind = TargetKind::kNfs; }, check,
       Status::kNotApplicable, "elsewhere"},
      {"not mounted", [](Facts& f) { f.target.value().live_path.clear(); }, check,
       Status::kNotApplicable, "elsewhere"},
      {"no directory yet",
       [](Facts& f) {
         f.target_path = Fact<PathFacts>::Known({}, "/var/crash");
         f.selinux_label = Locked<std::string>("/var/crash");
       },
       check, Status::kNotApplicable, "elsewhere"},
      {"no target", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); }, check,
       Status::kNotApplicable, "elsewhere"},
      {"locked", [](Facts& f) { f.selinux_label = Locked<std::string>("/var/crash"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

}  // namespace
}  // namespace kdumpd
