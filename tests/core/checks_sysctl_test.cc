// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCheck = "sysctl_persistence";
using Files = Fact<std::vector<SysctlSetting>>;

void SetFile(Facts& facts, std::string key, std::string value) {
  facts.sysctl_files =
      Files::Known({{std::move(key), std::move(value), "/etc/sysctl.d/a.conf"}}, "/etc/sysctl.d");
}
void AddArguments(Facts& facts, std::string_view text) {
  facts.cmdline = Fact<std::string>::Known(Cat("quiet ", text), "/proc/cmdline");
}
void NoFiles(Facts& facts) { facts.sysctl_files = Files::Absent("/etc/sysctl.d"); }
void LockFiles(Facts& facts) {
  facts.sysctl_files = Locked<std::vector<SysctlSetting>>("/etc/sysctl.d");
}

TEST(ChecksSysctl, ComparesFilesWithTheKernel) {
  ExpectRows({
      {"the same", [](Facts&) {}, kCheck, Status::kPass, "persistent"},
      {"another value", [](Facts& f) { SetFile(f, "kernel.panic", "0"); }, kCheck, Status::kWarn,
       "drift"},
      {"oops", [](Facts& f) { SetFile(f, "kernel.panic_on_oops", "0"); }, kCheck, Status::kWarn,
       "drift"},
      {"out of memory", [](Facts& f) { SetFile(f, "vm.panic_on_oom", "1"); }, kCheck, Status::kWarn,
       "drift"},
      {"hexadecimal", [](Facts& f) { SetFile(f, "kernel.panic", "0xa"); }, kCheck, Status::kPass,
       "persistent"},
      {"hexadecimal, another value", [](Facts& f) { SetFile(f, "kernel.panic", "0xb"); }, kCheck,
       Status::kWarn, "drift"},
      {"negative", [](Facts& f) { SetFile(f, "kernel.panic", "-1"); }, kCheck, Status::kWarn,
       "drift"},
      {"what the kernel refuses", [](Facts& f) { SetFile(f, "kernel.panic", "ten"); }, kCheck,
       Status::kPass, "nothing_set"},
      {"not judged here", [](Facts& f) { SetFile(f, "kernel.nmi_watchdog", "0"); }, kCheck,
       Status::kPass, "nothing_set"},
      {"the kernel has no such knob",
       [](Facts& f) {
         SetFile(f, "kernel.hung_task_panic", "1");
         DropKnob(f, Knob::kHungTaskPanic);
       },
       kCheck, Status::kPass, "nothing_set"},
      {"the knob is locked",
       [](Facts& f) {
         SetFile(f, "kernel.hung_task_panic", "1");
         LockKnob(f, Knob::kHungTaskPanic);
       },
       kCheck, Status::kUnknown, "unreadable"},
      {"files locked", LockFiles, kCheck, Status::kUnknown, "unreadable"},
      {"no files", NoFiles, kCheck, Status::kNotApplicable, "no_files"},
      {"command line locked", [](Facts& f) { f.cmdline = Locked<std::string>("/proc/cmdline"); },
       kCheck, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksSysctl, LeavesToolsTheValueTheySetThemselves) {
  const auto oops = [](Distribution distribution) {
    return [distribution](Facts& f) {
      SetFile(f, "kernel.panic_on_oops", "0");
      f.distribution = distribution;
    };
  };
  const auto kubelet = [](std::string key, std::string value) {
    return [key, value](Facts& f) {
      SetFile(f, key, value);
      f.kubernetes = true;
    };
  };
  ExpectRows({
      {"Debian", oops(Distribution::kDebian), kCheck, Status::kPass, "persistent"},
      {"Ubuntu", oops(Distribution::kUbuntu), kCheck, Status::kPass, "persistent"},
      {"SUSE", oops(Distribution::kSuse), kCheck, Status::kPass, "persistent"},
      {"RHEL", oops(Distribution::kRhel), kCheck, Status::kWarn, "drift"},
      {"Debian without an image",
       [=](Facts& f) {
         oops(Distribution::kDebian)(f);
         f.crash_loaded = Fact<bool>::Known(false, "/sys/kernel/kexec_crash_loaded");
       },
       kCheck, Status::kWarn, "drift"},
      {"Debian, another value than the tool sets",
       [=](Facts& f) {
         oops(Distribution::kDebian)(f);
         SetFile(f, "kernel.panic_on_oops", "1");
         f.panic_on_oops = Fact<std::int64_t>::Known(0, "/proc/sys/kernel/panic_on_oops");
       },
       kCheck, Status::kWarn, "drift"},
      {"kubelet, timeout", kubelet("kernel.panic", "0"), kCheck, Status::kPass, "persistent"},
      {"kubelet, oops", kubelet("kernel.panic_on_oops", "0"), kCheck, Status::kPass, "persistent"},
      {"kubelet, memory", kubelet("vm.panic_on_oom", "1"), kCheck, Status::kPass, "persistent"},
      {"kubelet, nothing of its own", kubelet("kernel.panic_on_warn", "1"), kCheck, Status::kWarn,
       "drift"},
  });
}

TEST(ChecksSysctl, FindsWhatForbidsTheNextLoad) {
  ExpectRows({
      {"disabled", [](Facts& f) { SetFile(f, "kernel.kexec_load_disabled", "1"); }, kCheck,
       Status::kFail, "forbids_load"},
      {"not disabled", [](Facts& f) { SetFile(f, "kernel.kexec_load_disabled", "0"); }, kCheck,
       Status::kPass, "persistent"},
      {"no loads", [](Facts& f) { SetFile(f, "kernel.kexec_load_limit_panic", "0"); }, kCheck,
       Status::kFail, "forbids_load"},
      {"one load", [](Facts& f) { SetFile(f, "kernel.kexec_load_limit_panic", "1"); }, kCheck,
       Status::kPass, "nothing_set"},
      {"on the command line",
       [](Facts& f) { AddArguments(f, "sysctl.kernel.kexec_load_disabled=1"); }, kCheck,
       Status::kFail, "forbids_load"},
      {"the files come later",
       [](Facts& f) {
         AddArguments(f, "sysctl.kernel.kexec_load_disabled=1");
         SetFile(f, "kernel.kexec_load_disabled", "0");
       },
       kCheck, Status::kPass, "persistent"},
      {"which are locked",
       [](Facts& f) {
         AddArguments(f, "sysctl.kernel.kexec_load_disabled=1");
         LockFiles(f);
       },
       kCheck, Status::kUnknown, "unreadable"},
      {"firmware-assisted dump loads nothing",
       [](Facts& f) {
         SetFile(f, "kernel.kexec_load_disabled", "1");
         f.kexec_load_disabled = Fact<std::int64_t>::Known(1, "x");
         f.fadump = Fact<Fadump>::Known({true, true, 1}, "/sys/kernel/fadump");
       },
       kCheck, Status::kPass, "persistent"},
  });
}

TEST(ChecksSysctl, ReadsTheCommandLineAsTheKernelDoes) {
  ExpectRows({
      {"bare", [](Facts& f) { AddArguments(f, "kernel.panic=1"); }, kCheck, Status::kWarn,
       "no_effect"},
      {"bare, of vm", [](Facts& f) { AddArguments(f, "vm.panic_on_oom=1"); }, kCheck, Status::kWarn,
       "no_effect"},
      {"bare, files locked", [](Facts& f) { AddArguments(f, "vm.panic_on_oom=1"), LockFiles(f); },
       kCheck, Status::kWarn, "no_effect"},
      {"udev's", [](Facts& f) { AddArguments(f, "net.ifnames=0"); }, kCheck, Status::kPass,
       "persistent"},
      {"no value", [](Facts& f) { AddArguments(f, "kernel.panic"); }, kCheck, Status::kPass,
       "persistent"},
      {"prefixed, the same value",
       [](Facts& f) { NoFiles(f), AddArguments(f, "sysctl.kernel.panic=10"); }, kCheck,
       Status::kPass, "persistent"},
      {"prefixed, another value",
       [](Facts& f) { NoFiles(f), AddArguments(f, "sysctl.kernel.panic=1"); }, kCheck,
       Status::kWarn, "drift"},
      {"with slashes", [](Facts& f) { NoFiles(f), AddArguments(f, "sysctl/kernel/panic=1"); },
       kCheck, Status::kWarn, "drift"},
      {"the last one counts",
       [](Facts& f) {
         NoFiles(f);
         AddArguments(f, "sysctl.kernel.panic=1 sysctl.kernel.panic=10");
       },
       kCheck, Status::kPass, "persistent"},
      {"a file comes later", [](Facts& f) { AddArguments(f, "sysctl.kernel.panic=1"); }, kCheck,
       Status::kPass, "persistent"},
      {"near miss", [](Facts& f) { NoFiles(f), AddArguments(f, "sysctlx.kernel.panic=1"); }, kCheck,
       Status::kNotApplicable, "no_files"},
  });
}

TEST(ChecksSysctl, NamesTheFileAndBothValues) {
  Facts facts = ReadyHost();
  SetFile(facts, "kernel.panic", "0");
  const Readiness readiness = Evaluate(facts, {});
  const Finding& finding = FindingOf(readiness, kCheck);
  EXPECT_EQ(finding.message, "kernel.panic is 10 now and 0 after the next boot");
  ASSERT_EQ(finding.evidence.size(), 2U);
  EXPECT_EQ(finding.evidence[0].value, "10");
  EXPECT_EQ(finding.evidence[1].source, "/etc/sysctl.d/a.conf");
  EXPECT_NE(finding.remedy.find("/etc/sysctl.d/a.conf"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
