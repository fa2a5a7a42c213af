// SPDX-License-Identifier: Apache-2.0
// The check of a raw partition, by udev's database: the device itself is never opened.
#include "daemon/core/checks_target.h"

namespace kdumpd {
namespace {

constexpr std::string_view kRemedy = "name an unused partition in /etc/kdump.conf";

// What stands on the device, or uses it; "" for nothing.
struct Contents {
  std::string_view reason;
  std::string text;
};
Contents ContentsOf(const Facts& facts, const BlockDevice& device) {
  if (facts.mounts.known()) {
    for (const Mount& mount : facts.mounts.value()) {
      if (mount.device_number != device.number) continue;
      return {"mounted", Cat("is mounted at ", Printable(mount.point, 128))};
    }
  }
  if (!device.holders.empty()) {
    return {"in_use", Cat("is part of ", Printable(device.holders.front(), 64))};
  }
  if (!device.fs_type.empty()) {
    return {"has_signature", Cat("holds ", Printable(device.fs_type, 64))};
  }
  if (device.fs_ambivalent) return {"has_signature", "holds several signatures at once"};
  if (!device.partition && !device.table_type.empty()) {
    return {"has_partitions",
            Cat("holds a partition table (", Printable(device.table_type, 32), ")")};
  }
  return {};
}

Finding JudgeRaw(const Facts& facts, const Numbers& numbers, const BlockDevice& device) {
  const std::string udev = Cat("/run/udev/data/b", device.number);
  const std::vector<Evidence> evidence{
      TargetLine(facts),
      {udev, Cat("ID_FS_TYPE=", Printable(device.fs_type, 64),
                 " ID_FS_USAGE=", Printable(device.fs_usage, 64))}};
  const std::string name = Printable(facts.target->spec, 128);
  const Contents contents = ContentsOf(facts, device);
  if (!contents.text.empty()) {
    return Found(Status::kFail, contents.reason,
                 Cat(name, ' ', contents.text, ": a dump overwrites it"), evidence,
                 std::string(kRemedy));
  }
  if (!device.udev) {
    return Found(Status::kUnknown, "no_udev_entry",
                 Cat("udev's database does not know ", name, ", so what it holds is not known"),
                 {{udev, "(no such file)"}});
  }
  if (device.bytes == 0 || !numbers.dump_p95_bytes) {
    return Found(Status::kUnknown, "size_unknown",
                 Cat(name, " holds nothing; whether a dump fits is not known"), evidence);
  }
  if (device.bytes < *numbers.dump_p95_bytes) {
    return Found(Status::kWarn, "too_small",
                 Cat(name, " has ", FormatBytes(device.bytes), "; a dump may take ",
                     FormatBytes(*numbers.dump_p95_bytes)),
                 evidence, "name a larger partition, or filter more (makedumpfile -d 31)");
  }
  return Found(Status::kPass, "unused",
               Cat(name, " holds nothing and has ", FormatBytes(device.bytes)), evidence);
}

}  // namespace

// Source: kdump-utils kdumpctl save_raw (it only warns), mkdumprd.
Finding TargetRawDevice(const Facts& facts, const Numbers& numbers, const Policy&) {
  if (!facts.target.known()) return TargetNotKnown(facts);
  const Target& target = facts.target.value();
  if (target.kind != TargetKind::kRaw) {
    return NotApplicable("not_raw", "the target is no raw partition");
  }
  const std::string name = Printable(target.spec, 128);
  if (facts.target_device.Is(false)) {
    return Found(Status::kFail, "device_missing", Cat("the device ", name, " does not exist"),
                 {TargetLine(facts)}, std::string(kRemedy));
  }
  if (facts.target_block.unreadable()) return NotKnown(facts.target_block);
  if (facts.target_block.absent()) {
    return Found(Status::kFail, "not_a_block_device", Cat(name, " is no block device"),
                 {TargetLine(facts)}, std::string(kRemedy));
  }
  return JudgeRaw(facts, numbers, facts.target_block.value());
}

}  // namespace kdumpd
