// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;

constexpr std::int64_t kBuilt = kTestNow - 86400;  // as ReadyHost() has it
constexpr std::int64_t kLoaded = kTestNow - 3600;

InputFile& FileOf(Facts& facts, InputRole role) {
  for (InputFile& file : facts.image_inputs.value()) {
    if (file.input.role == role) return file;
  }
  InputFile file;
  file.input = {"/some/file", role, false, false, {}};
  file.exists = true;
  file.regular = true;
  facts.image_inputs.value().push_back(file);
  return facts.image_inputs.value().back();
}
Change At(InputRole role, std::int64_t mtime) {
  return [=](Facts& f) { FileOf(f, role).mtime = mtime; };
}
Change All(std::vector<Change> changes) {
  return [=](Facts& f) {
    for (const Change& change : changes) change(f);
  };
}
Change Problem(InputRole role) {
  return [=](Facts& f) { FileOf(f, role).problem = "may hang"; };
}
void Starting(Facts& facts) {
  facts.units.value().front().active_state = "activating";
  facts.units.value().front().state_change_usec =
      static_cast<std::uint64_t>(kTestNow - 30) * 1'000'000;
}
Change Generated(InputRole role, std::int64_t mtime) {
  return [=](Facts& f) {
    FileOf(f, role).mtime = mtime;
    FileOf(f, role).generated = true;
  };
}

TEST(ChecksImage, InitrdStale) {
  const std::string_view check = "initrd_stale";
  using enum InputRole;
  ExpectRows({
      {"nothing is newer", [](Facts&) {}, check, Status::kPass, "up_to_date"},
      {"the same second", At(kConfig, kBuilt), check, Status::kPass, "up_to_date"},
      {"a second later", At(kConfig, kBuilt + 1), check, Status::kWarn, "rebuild_at_start"},
      {"fstab", At(kFstab, kBuilt + 1), check, Status::kWarn, "rebuild_at_start"},
      {"a hook directory", At(kHookDirectory, kBuilt + 1), check, Status::kWarn,
       "rebuild_at_start"},
      {"an update of the collector, not named, is not noticed", At(kProgram, kBuilt + 1), check,
       Status::kWarn, "rebuild_by_hand"},
      {"a profile", At(kNetwork, kBuilt + 1), check, Status::kWarn, "rebuild_by_hand"},
      {"an old profile", At(kNetwork, kBuilt), check, Status::kPass, "up_to_date"},
      {"a generated file", Generated(kNetwork, kBuilt + 1), check, Status::kPass, "up_to_date"},
      {"known_hosts", At(kSsh, kBuilt + 1), check, Status::kWarn, "rebuild_by_hand"},
      {"the key", At(kSshKey, kBuilt + 1), check, Status::kFail, "ssh_key_newer"},
      {"an old key", At(kSshKey, kBuilt), check, Status::kPass, "up_to_date"},
      {"a start copies what is not tracked, too",
       All({At(kNetwork, kBuilt + 9), At(kConfig, kBuilt + 1)}), check, Status::kWarn,
       "rebuild_at_start"},
      {"settings of the load are in no image", At(kLoadSettings, kBuilt + 1), check, Status::kPass,
       "up_to_date"},
      {"the directory of profiles says nothing", At(kNetworkDirectory, kBuilt + 1), check,
       Status::kPass, "up_to_date"},
      {"a hook that is ignored",
       [](Facts& f) {
         InputFile& file = FileOf(f, kHookEntry);
         file.mtime = kBuilt + 1;
         file.mode = 0644;
       },
       check, Status::kPass, "up_to_date"},
      {"a hook that is not",
       [](Facts& f) {
         InputFile& file = FileOf(f, kHookEntry);
         file.mtime = kBuilt + 1;
         file.mode = 0744;
         file.input.tracked = true;
       },
       check, Status::kWarn, "rebuild_at_start"},
      {"a file that is gone",
       [](Facts& f) {
         FileOf(f, kSshKey).mtime = kBuilt + 1;
         FileOf(f, kSshKey).exists = false;
       },
       check, Status::kPass, "up_to_date"},
      {"OSTree's time", All({At(kProgram, 1), At(kKernel, 0)}), check, Status::kPass, "up_to_date"},
      {"this moment", At(kConfig, kTestNow), check, Status::kWarn, "rebuild_at_start"},
      {"a clock a minute ahead", At(kConfig, kTestNow + 60), check, Status::kWarn,
       "rebuild_at_start"},
      {"a file from the future", At(kConfig, kTestNow + 61), check, Status::kWarn,
       "input_in_future"},
      {"an image of a clock a minute ahead",
       [](Facts& f) { f.initrd.value().mtime = kTestNow + 60; }, check, Status::kPass,
       "up_to_date"},
      {"an image from the future", [](Facts& f) { f.initrd.value().mtime = kTestNow + 61; }, check,
       Status::kUnknown, "image_in_future"},
      {"the service is rebuilding", All({At(kConfig, kBuilt + 1), Starting}), check, Status::kPass,
       "being_rebuilt"},
      {"it rebuilds for the key as well",
       All({At(kConfig, kBuilt + 1), At(kSshKey, kBuilt + 1), Starting}), check, Status::kPass,
       "being_rebuilt"},
      {"it does not rebuild for the key alone", All({At(kSshKey, kBuilt + 1), Starting}), check,
       Status::kFail, "ssh_key_newer"},
      {"an input that may hang", Problem(kFstab), check, Status::kUnknown, "input_unreadable"},
      {"what is known counts first", All({Problem(kFstab), At(kConfig, kBuilt + 1)}), check,
       Status::kWarn, "rebuild_at_start"},
      {"no image", [](Facts& f) { f.initrd = Fact<InitrdFile>::Absent("/boot/i"); }, check,
       Status::kNotApplicable, "no_initrd"},
      {"a locked image", [](Facts& f) { f.initrd = Locked<InitrdFile>("/boot/i"); }, check,
       Status::kUnknown, "unreadable"},
      {"no configuration",
       [](Facts& f) { f.image_inputs = Fact<std::vector<InputFile>>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
      {"no mount table",
       [](Facts& f) { f.image_inputs = Locked<std::vector<InputFile>>("/proc/1/mountinfo"); },
       check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksImage, SaysWhatIsNewerAndByHowMuch) {
  Facts facts = ReadyHost();
  FileOf(facts, InputRole::kConfig).mtime = kBuilt + 7200;
  FileOf(facts, InputRole::kFstab).mtime = kBuilt + 60;
  const Readiness readiness = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(readiness, "initrd_stale");
  EXPECT_TRUE(finding.message.starts_with("/etc/kdump.conf and 1 more changed"));
  ASSERT_EQ(finding.evidence.size(), 2U);
  EXPECT_EQ(finding.evidence[0].value,
            Cat("changed ", FormatSeconds(7200), " after the image was built"));
  EXPECT_EQ(finding.remedy, "systemctl restart kdump");
}

// Each distribution has its own way to rebuild.
TEST(ChecksImage, NamesTheToolThatRebuilds) {
  const std::pair<Distribution, std::string_view> rows[] = {
      {Distribution::kRhel, "kdumpctl rebuild"},
      {Distribution::kCoreos, "kdumpctl rebuild"},
      {Distribution::kDebian, "/etc/kernel/postinst.d/kdump-tools"},
      {Distribution::kUbuntu, "/etc/kernel/postinst.d/kdump-tools"},
      {Distribution::kSuse, "mkdumprd -f"},
  };
  for (const auto& [distribution, tool] : rows) {
    Facts facts = ReadyHost();
    facts.distribution = distribution;
    FileOf(facts, InputRole::kSshKey).mtime = kBuilt + 1;
    const Readiness readiness = Evaluate(facts, Policy{});
    EXPECT_TRUE(FindingOf(readiness, "initrd_stale").remedy.starts_with(tool)) << tool;
  }
}

Change History(std::int64_t armed_since) {
  return [=](Facts& f) { f.history.armed_since = armed_since; };
}
void NoUnit(Facts& facts) { facts.units = Locked<std::vector<UnitState>>("bus"); }
void ImageOf(Facts& facts, std::int64_t mtime) { facts.initrd.value().mtime = mtime; }

TEST(ChecksImage, LoadedConfigDrift) {
  const std::string_view check = "loaded_config_drift";
  using enum InputRole;
  ExpectRows({
      {"loaded since", [](Facts&) {}, check, Status::kPass, "loaded_after"},
      {"the configuration changed since", At(kConfig, kLoaded + 1), check, Status::kWarn,
       "changed_since_load"},
      {"in the same second", At(kConfig, kLoaded), check, Status::kPass, "loaded_after"},
      {"the settings of the load changed since", At(kLoadSettings, kLoaded + 1), check,
       Status::kWarn, "changed_since_load"},
      {"what is no configuration", All({At(kFstab, kLoaded + 1), At(kSshKey, kLoaded + 1)}), check,
       Status::kPass, "loaded_after"},
      {"the image was built since", [](Facts& f) { ImageOf(f, kLoaded + 1); }, check, Status::kWarn,
       "changed_since_load"},
      {"built by the start that loaded it", [](Facts& f) { ImageOf(f, kLoaded); }, check,
       Status::kPass, "loaded_after"},
      {"no image on disk", [](Facts& f) { f.initrd = Fact<InitrdFile>::Absent("/boot/i"); }, check,
       Status::kPass, "loaded_after"},
      {"first seen loaded after the change", All({At(kConfig, kLoaded + 1), History(kLoaded + 1)}),
       check, Status::kWarn, "changed_since_start"},
      {"changed after that, too", All({At(kConfig, kLoaded + 2), History(kLoaded + 1)}), check,
       Status::kWarn, "changed_since_load"},
      {"no bus, loaded since", NoUnit, check, Status::kPass, "loaded_after_likely"},
      {"no bus, changed since", All({NoUnit, At(kConfig, kLoaded + 1)}), check, Status::kWarn,
       "changed_since_load"},
      {"loaded by hand, the unit is off",
       [](Facts& f) { f.units.value().front().active_state = "inactive"; }, check, Status::kPass,
       "loaded_after_likely"},
      {"a unit without a time", [](Facts& f) { f.units.value().front().active_enter_usec = 0; },
       check, Status::kPass, "loaded_after_likely"},
      {"no bus, never seen", All({NoUnit, History(0)}), check, Status::kUnknown,
       "load_time_unknown"},
      {"no bus, the first look", All({NoUnit, History(kTestNow)}), check, Status::kUnknown,
       "load_time_unknown"},
      {"no bus, the second look", All({NoUnit, History(kTestNow - 1)}), check, Status::kPass,
       "loaded_after_likely"},
      {"nothing loaded",
       [](Facts& f) { f.crash_loaded = Fact<bool>::Known(false, f.crash_loaded.source()); }, check,
       Status::kNotApplicable, "nothing_loaded"},
      {"a kernel without kexec",
       [](Facts& f) { f.crash_loaded = Fact<bool>::Absent(f.crash_loaded.source()); }, check,
       Status::kNotApplicable, "nothing_loaded"},
      {"not known whether loaded",
       [](Facts& f) { f.crash_loaded = Locked<bool>("/sys/kernel/kexec_crash_loaded"); }, check,
       Status::kUnknown, "unreadable"},
      {"a start under way", All({At(kConfig, kLoaded + 1), Starting}), check,
       Status::kNotApplicable, "load_under_way"},
      {"a reload under way",
       All({At(kConfig, kLoaded + 1),
            [](Facts& f) { f.units.value().front().active_state = "reloading"; }}),
       check, Status::kNotApplicable, "load_under_way"},
      {"fadump", [](Facts& f) { f.fadump = Fact<Fadump>::Known({true, true, 1 << 20}, "f"); },
       check, Status::kNotApplicable, "fadump"},
      {"fadump in firmware only",
       [](Facts& f) { f.fadump = Fact<Fadump>::Known({false, false, 0}, "f"); }, check,
       Status::kPass, "loaded_after"},
      {"a file from the future", At(kConfig, kTestNow + 61), check, Status::kUnknown,
       "time_in_future"},
      {"a clock a minute ahead", At(kConfig, kTestNow + 60), check, Status::kWarn,
       "changed_since_load"},
      {"a configuration that may hang", Problem(kConfig), check, Status::kUnknown,
       "input_unreadable"},
      {"a hook that may hang", Problem(kHook), check, Status::kPass, "loaded_after"},
      {"a locked image", [](Facts& f) { f.initrd = Locked<InitrdFile>("/boot/i"); }, check,
       Status::kUnknown, "unreadable"},
      {"no configuration",
       [](Facts& f) { f.image_inputs = Fact<std::vector<InputFile>>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
      {"no mount table",
       [](Facts& f) { f.image_inputs = Locked<std::vector<InputFile>>("/proc/1/mountinfo"); },
       check, Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksImage, SaysHowTheLoadIsDated) {
  Facts facts = ReadyHost();
  const Readiness by_unit = Evaluate(facts, Policy{});
  EXPECT_EQ(FindingOf(by_unit, "loaded_config_drift").evidence[0].source, "kdump.service");
  NoUnit(facts);
  const Readiness by_look = Evaluate(facts, Policy{});
  const Finding& finding = FindingOf(by_look, "loaded_config_drift");
  EXPECT_TRUE(finding.message.contains("first look that found an image loaded"));
}

}  // namespace
}  // namespace kdumpd
