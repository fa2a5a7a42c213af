// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/drill.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

Drills PassedOn(const Facts& facts) {
  DrillRecord pass;
  pass.result = DrillResult::kPassed;
  pass.intent.fingerprint = FingerprintOf(facts);
  return {.pending = {}, .last = pass, .last_pass = pass};
}

InputFile& Configuration(Facts& facts) { return facts.image_inputs.value().front(); }

void SetTest(Facts& facts, KdumpTestMark::Status status, std::int64_t written_at) {
  facts.kdump_test = Fact<KdumpTestMark>::Known({status, written_at - 60, written_at}, "status");
}

struct Row {
  std::string_view what;
  std::function<void(Facts&)> change;
  std::string_view due;
};

// One change to a node where a drill has passed.
TEST(DrillDue, WhatVoidsAPass) {
  const std::vector<Row> rows{
      {"nothing", [](Facts&) {}, ""},
      {"time", [](Facts& f) { f.now += 86'400; }, ""},
      {"another kernel", [](Facts& f) { f.kernel_release.value() += "1"; }, "changed"},
      {"another initramfs", [](Facts& f) { f.initrd.value().path += "1"; }, "changed"},
      {"of another size", [](Facts& f) { ++f.initrd.value().bytes; }, "changed"},
      {"built again", [](Facts& f) { ++f.initrd.value().mtime; }, "changed"},
      {"a setting", [](Facts& f) { f.config.value().settings[0].value += "2"; }, "changed"},
      {"one more",
       [](Facts& f) { f.config.value().settings.push_back({3, "final_action", "poweroff"}); },
       "changed"},
      {"a comment above it", [](Facts& f) { ++f.config.value().settings[0].line; }, ""},
      {"the reservation", [](Facts& f) { f.iomem.value().crash_regions[0].last += 4096; },
       "changed"},
      {"how the size was read", [](Facts& f) { f.crash_size = {}; }, ""},
      {"the memory map is masked", [](Facts& f) { f.iomem = {}; }, ""},
      {"the initramfs cannot be looked at", [](Facts& f) { f.initrd = {}; }, "unknown"},
      {"nor the configuration", [](Facts& f) { f.config = {}; }, "unknown"},
      {"nor the kernel", [](Facts& f) { f.kernel_release = {}; }, "unknown"},
  };
  const Drills passed = PassedOn(ReadyHost());
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    EXPECT_EQ(DrillDue(passed, facts), row.due) << row.what;
  }
}

TEST(DrillDue, NeverPassed) {
  EXPECT_EQ(DrillDue({}, ReadyHost()), "never");
  EXPECT_EQ(DrillDue({}, Facts{}), "never");
  Drills failed = PassedOn(ReadyHost());
  failed.last_pass.reset();
  EXPECT_EQ(DrillDue(failed, ReadyHost()), "never");
  Drills blind = PassedOn(Facts{});
  EXPECT_EQ(DrillDue(blind, ReadyHost()), "unknown") << "what it proved is not known";
}

TEST(DrillDue, ATestOfKdumpctlIsAPass) {
  using enum KdumpTestMark::Status;
  const std::vector<Row> rows{
      {"success", [](Facts& f) { SetTest(f, kSuccess, kTestNow); }, ""},
      {"pending", [](Facts& f) { SetTest(f, kPending, kTestNow); }, "never"},
      {"fail", [](Facts& f) { SetTest(f, kFail, kTestNow); }, "never"},
      {"manual", [](Facts& f) { SetTest(f, kManual, kTestNow); }, "never"},
      {"at the very time of the initramfs", [](Facts& f) { SetTest(f, kSuccess, f.initrd->mtime); },
       ""},
      {"the initramfs is newer", [](Facts& f) { SetTest(f, kSuccess, f.initrd->mtime - 1); },
       "never"},
      {"the configuration is newer",
       [](Facts& f) {
         SetTest(f, kSuccess, kTestNow);
         Configuration(f).mtime = kTestNow + 1;
       },
       "never"},
      {"another input is newer",
       [](Facts& f) {
         SetTest(f, kSuccess, kTestNow);
         f.image_inputs.value()[1].mtime = kTestNow + 1;
       },
       ""},
      {"nothing contradicts",
       [](Facts& f) { SetTest(f, kSuccess, kTestNow), f.initrd = {}, f.image_inputs = {}; }, ""},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    EXPECT_EQ(DrillDue({}, facts), row.due) << row.what;
  }
  Facts changed = ReadyHost();
  ++changed.initrd.value().bytes;
  SetTest(changed, kSuccess, kTestNow);
  EXPECT_EQ(DrillDue(PassedOn(ReadyHost()), changed), "");
}

TEST(Fingerprint, TellsSettingsApart) {
  const auto with = [](std::vector<ConfigSetting> settings) {
    Facts facts = ReadyHost();
    facts.config.value().settings = std::move(settings);
    return FingerprintOf(facts);
  };
  const std::set<std::string> all{with({}),
                                  with({{1, "a", "b"}}),
                                  with({{1, "ab", ""}}),
                                  with({{1, "", "ab"}}),
                                  with({{1, "a", ""}, {2, "b", ""}}),
                                  with({{1, "a", "b"}, {2, "a", "b"}})};
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(FingerprintOf(ReadyHost()).size(), 16U);
  EXPECT_EQ(FingerprintOf(Facts{}), "");
}

TEST(Fingerprint, OfAFadumpNode) {
  Facts facts = ReadyHost();
  facts.fadump = Fact<Fadump>::Known({true, true, 1 << 30}, "fadump");
  const std::string before = FingerprintOf(facts);
  facts.iomem.value().crash_regions.clear();
  EXPECT_EQ(FingerprintOf(facts), before);
  facts.fadump.value().reserved_bytes = 2 << 20;
  EXPECT_NE(FingerprintOf(facts), before);
}

TEST(DrillId, HasOneShape) {
  EXPECT_TRUE(IsDrillId("0123456789abcdef"));
  for (const char* other : {"", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF",
                            "0123456789abcdeg", "../../etc/passwd"}) {
    EXPECT_FALSE(IsDrillId(other)) << other;
  }
}

}  // namespace
}  // namespace kdumpd
