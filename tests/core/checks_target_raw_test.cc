// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCheck = "target_raw_device";

// An unused partition that is large enough, then one more change.
std::function<void(Facts&)> Raw(const std::function<void(BlockDevice&)>& change = nullptr) {
  return [=](Facts& facts) {
    Target target;
    target.kind = TargetKind::kRaw;
    target.spec = "/dev/disk/by-id/wwn-1-part1";
    target.device_number = "8:1";
    facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
    facts.target_device = Fact<bool>::Known(true, target.spec);
    BlockDevice device;
    device.number = "8:1";
    device.udev = true;
    device.partition = true;
    device.table_type = "gpt";
    device.bytes = 500ULL << 30;
    device.stack = {{"sda1", "part"}, {"sda", "disk"}};
    if (change) change(device);
    facts.target_block = Fact<BlockDevice>::Known(device, "/sys/dev/block/8:1");
  };
}

TEST(ChecksTargetRaw, TargetRawDevice) {
  ExpectRows({
      {"not raw", [](Facts&) {}, kCheck, Status::kNotApplicable, "not_raw"},
      {"unused", Raw(), kCheck, Status::kPass, "unused"},
      {"a file system", Raw([](BlockDevice& d) { d.fs_type = "ext4"; }), kCheck, Status::kFail,
       "has_signature"},
      {"LVM", Raw([](BlockDevice& d) { d.fs_type = "LVM2_member"; }), kCheck, Status::kFail,
       "has_signature"},
      {"swap", Raw([](BlockDevice& d) { d.fs_type = "swap"; }), kCheck, Status::kFail,
       "has_signature"},
      {"several signatures", Raw([](BlockDevice& d) { d.fs_ambivalent = true; }), kCheck,
       Status::kFail, "has_signature"},
      {"a disk with partitions", Raw([](BlockDevice& d) { d.partition = false; }), kCheck,
       Status::kFail, "has_partitions"},
      {"part of an array", Raw([](BlockDevice& d) { d.holders = {"md0"}; }), kCheck, Status::kFail,
       "in_use"},
      {"mounted", [](Facts& f) { Raw()(f), f.mounts.value().front().device_number = "8:1"; },
       kCheck, Status::kFail, "mounted"},
      {"its neighbour is mounted",
       [](Facts& f) { Raw()(f), f.mounts.value().front().device_number = "8:11"; }, kCheck,
       Status::kPass, "unused"},
      {"udev does not know it", Raw([](BlockDevice& d) { d.udev = false; }), kCheck,
       Status::kUnknown, "no_udev_entry"},
      {"of no known size", Raw([](BlockDevice& d) { d.bytes = 0; }), kCheck, Status::kUnknown,
       "size_unknown"},
      {"small", Raw([](BlockDevice& d) { d.bytes = 1 << 20; }), kCheck, Status::kWarn, "too_small"},
      {"no such node",
       [](Facts& f) { Raw()(f), f.target_device = Fact<bool>::Known(false, "/dev/sdz"); }, kCheck,
       Status::kFail, "device_missing"},
      {"a file", [](Facts& f) { Raw()(f), f.target_block = Fact<BlockDevice>::Absent("/dev/x"); },
       kCheck, Status::kFail, "not_a_block_device"},
      {"unreadable",
       [](Facts& f) { Raw()(f), f.target_block = Locked<BlockDevice>("/run/udev/data/b8:1"); },
       kCheck, Status::kUnknown, "unreadable"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       kCheck, Status::kNotApplicable, "no_config"},
  });
}

// Both sides of the limit, which is the largest expected dump.
TEST(ChecksTargetRaw, ComparesTheSizeWithTheDump) {
  Facts facts = ReadyHost();
  Raw()(facts);
  const auto p95 = NumbersOf(facts).dump_p95_bytes;
  ASSERT_TRUE(p95.has_value());
  facts.target_block.value().bytes = *p95;
  EXPECT_EQ(FindingOf(Evaluate(facts, Policy{}), kCheck).reason, "unused");
  facts.target_block.value().bytes = *p95 - 1;
  EXPECT_EQ(FindingOf(Evaluate(facts, Policy{}), kCheck).reason, "too_small");
}

}  // namespace
}  // namespace kdumpd
