// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCheck = "hook_scripts";
using Change = std::function<void(Facts&)>;

InputFile Hook(std::string_view path, std::string_view key, bool required = true) {
  InputFile file;
  file.input = {std::string(path), InputRole::kHook, required, required, std::string(key)};
  file.exists = true;
  file.regular = true;
  file.mode = 0755;
  file.mtime = kTestNow - 30LL * 86400;
  file.interpreter = "/bin/sh";
  return file;
}
InputFile Entry(std::string_view path) {
  InputFile file = Hook(path, "");
  file.input.role = InputRole::kHookEntry;
  file.input.required = false;
  return file;
}

Change With(InputFile file, const std::function<void(InputFile&)>& change) {
  change(file);
  return [file](Facts& f) { f.image_inputs.value().push_back(file); };
}
Change Configured(const std::function<void(InputFile&)>& change) {
  return With(Hook("/opt/pre", "kdump_pre"), change);
}
Change Program(const std::function<void(InputFile&)>& change) {
  return With(Hook("/opt/lftp", "extra_bins"), change);
}
Change InDirectory(const std::function<void(InputFile&)>& change) {
  return With(Entry("/etc/kdump/pre.d/10-net"), change);
}
Change Directories(bool pre, bool post, bool required = true) {
  return [=](Facts& f) {
    for (InputFile& file : f.image_inputs.value()) {
      if (file.input.role != InputRole::kHookDirectory) continue;
      file.input.required = required;
      file.exists = file.input.path.ends_with("pre.d") ? pre : post;
    }
  };
}
// SUSE, with a script and the programs that go into the image.
Change Suse(std::string text, const std::function<void(InputFile&)>& change = [](InputFile&) {}) {
  return [=](Facts& f) {
    f.distribution = Distribution::kSuse;
    f.config = Fact<KdumpConfig>::Known(ParseKdumpConfig(ConfigDialect::kSysconfig, text),
                                        "/etc/sysconfig/kdump");
    InputFile file = Hook("/opt/pre", "KDUMP_PRESCRIPT", false);
    change(file);
    f.image_inputs = Fact<std::vector<InputFile>>::Known({file}, "/etc/sysconfig/kdump");
  };
}

void Missing(InputFile& file) { file.exists = false; }
void Plain(InputFile& file) { file.mode = 0644; }
void NoInterpreter(InputFile& file) { file.interpreter_missing = true; }
void Hidden(InputFile& file) { file.problem = "Permission denied"; }
void Same(InputFile&) {}

TEST(ChecksHooks, WhatTheConfigurationNames) {
  ExpectRows({
      {"nothing configured, empty directories", [](Facts&) {}, kCheck, Status::kNotApplicable,
       "no_hooks"},
      {"a good script", Configured(Same), kCheck, Status::kPass, "runnable"},
      {"executable for one is enough", Configured([](InputFile& f) { f.mode = 0100; }), kCheck,
       Status::kPass, "runnable"},
      {"missing", Configured(Missing), kCheck, Status::kFail, "missing"},
      {"not executable", Configured(Plain), kCheck, Status::kFail, "not_executable"},
      {"a program is missing", Program(Missing), kCheck, Status::kFail, "missing"},
      {"a program is not executable", Program(Plain), kCheck, Status::kFail, "not_executable"},
      {"a directory", Configured([](InputFile& f) { f.regular = false; }), kCheck, Status::kWarn,
       "not_a_file"},
      {"kdump_pre cannot run", Configured(NoInterpreter), kCheck, Status::kFail,
       "interpreter_missing"},
      {"another cannot run", Program(NoInterpreter), kCheck, Status::kWarn, "interpreter_missing"},
      {"nothing is rebuilt, so nothing aborts", Configured([](InputFile& f) {
         f.input.required = false;
         f.exists = false;
       }),
       kCheck, Status::kWarn, "missing"},
      {"unreadable", Configured(Hidden), kCheck, Status::kUnknown, "unreadable"},
      {"a failure is told before a warning",
       [](Facts& f) {
         Program(NoInterpreter)(f);
         Configured(Missing)(f);
       },
       kCheck, Status::kFail, "missing"},
      {"a warning is told before what is not known",
       [](Facts& f) {
         Configured(Hidden)(f);
         Program(NoInterpreter)(f);
       },
       kCheck, Status::kWarn, "interpreter_missing"},
  });
}

TEST(ChecksHooks, Directories) {
  ExpectRows({
      {"a good script", InDirectory(Same), kCheck, Status::kPass, "runnable"},
      {"not executable", InDirectory(Plain), kCheck, Status::kWarn, "ignored"},
      {"a link to nowhere", InDirectory(Missing), kCheck, Status::kWarn, "ignored"},
      {"a directory in the directory", InDirectory([](InputFile& f) {
         f.regular = false;
         f.mode = 0755;
       }),
       kCheck, Status::kPass, "runnable"},
      {"cannot run", InDirectory(NoInterpreter), kCheck, Status::kWarn, "interpreter_missing"},
      {"one of the two is gone", Directories(true, false), kCheck, Status::kFail,
       "directory_missing"},
      {"neither is there: an older release", Directories(false, false), kCheck,
       Status::kNotApplicable, "no_hooks"},
      {"gone, and nothing is rebuilt", Directories(true, false, false), kCheck,
       Status::kNotApplicable, "no_hooks"},
      {"cannot be listed",
       [](Facts& f) {
         for (InputFile& file : f.image_inputs.value()) {
           if (file.input.role == InputRole::kHookDirectory) Hidden(file);
         }
       },
       kCheck, Status::kUnknown, "unreadable"},
      {"what is no hook may be plain",
       [](Facts& f) {
         for (InputFile& file : f.image_inputs.value()) file.mode = 0600;
       },
       kCheck, Status::kNotApplicable, "no_hooks"},
  });
}

TEST(ChecksHooks, Suse) {
  const std::string script = "KDUMP_PRESCRIPT=/opt/pre\n";
  ExpectRows({
      {"named twice, as it must be",
       Suse(script + "KDUMP_REQUIRED_PROGRAMS=\"/bin/ip /opt/pre\"\n"), kCheck, Status::kPass,
       "runnable"},
      {"not among the programs", Suse(script), kCheck, Status::kWarn, "not_in_image"},
      {"a longer name is another program", Suse(script + "KDUMP_REQUIRED_PROGRAMS=/opt/pre2\n"),
       kCheck, Status::kWarn, "not_in_image"},
      {"fence_kdump_send is copied by itself",
       Suse(script, [](InputFile& f) { f.input.path = "/usr/lib/fence-agents/fence_kdump_send"; }),
       kCheck, Status::kPass, "runnable"},
      {"missing: dracut complains, the start goes on", Suse(script, Missing), kCheck, Status::kWarn,
       "missing"},
      {"not executable", Suse(script, Plain), kCheck, Status::kWarn, "not_executable"},
      {"cannot run", Suse(script, NoInterpreter), kCheck, Status::kWarn, "interpreter_missing"},
  });
}

TEST(ChecksHooks, WhatCannotBeLookedAt) {
  ExpectRows({
      {"no configuration",
       [](Facts& f) { f.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf"); }, kCheck,
       Status::kNotApplicable, "no_config"},
      {"a locked configuration",
       [](Facts& f) { f.config = Locked<KdumpConfig>("/etc/kdump.conf"); }, kCheck,
       Status::kUnknown, "unreadable"},
      {"no mount table",
       [](Facts& f) { f.image_inputs = Locked<std::vector<InputFile>>("/proc/1/mountinfo"); },
       kCheck, Status::kUnknown, "unreadable"},
      {"Debian has none",
       [](Facts& f) {
         f.distribution = Distribution::kDebian;
         f.image_inputs.value().clear();
       },
       kCheck, Status::kNotApplicable, "no_hooks"},
  });
}

TEST(ChecksHooks, SaysHowToRepair) {
  Facts facts = ReadyHost();
  facts.image_inputs.value().push_back(Hook("/opt/a\nb", "kdump_pre"));
  facts.image_inputs.value().back().mode = 0640;
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, kCheck);
  EXPECT_EQ(finding.remedy, "chmod +x /opt/a\\x0ab");
  ASSERT_EQ(finding.evidence.size(), 1U);
  EXPECT_EQ(finding.evidence[0].value, "mode 0640, #!/bin/sh, any exit but 0 cancels the dump");
}

TEST(ChecksHooks, ShowsTheWorstFirstAndNotTooMany) {
  Facts facts = ReadyHost();
  for (int i = 0; i < 100; ++i) {
    facts.image_inputs.value().push_back(Entry(Cat("/etc/kdump/pre.d/", i)));
    facts.image_inputs.value().back().mode = 0644;
  }
  facts.image_inputs.value().push_back(Hook("/opt/pre", "kdump_pre"));
  facts.image_inputs.value().back().exists = false;
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, kCheck);
  EXPECT_EQ(finding.evidence.front().source, "/opt/pre");
  EXPECT_LE(finding.evidence.size(), 11U);
}

}  // namespace
}  // namespace kdumpd
