// SPDX-License-Identifier: Apache-2.0
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

using Change = std::function<void(Facts&)>;

Change OnFs(std::string_view fstype, Distribution distribution = Distribution::kRhel) {
  return [=](Facts& facts) {
    facts.distribution = distribution;
    facts.target.value().fstype = fstype;
    facts.target.value().mount->fstype = fstype;
  };
}
Change OnLayer(std::string_view kind, Distribution distribution = Distribution::kRhel) {
  return [=](Facts& facts) {
    facts.distribution = distribution;
    facts.target_block.value().stack = {
        {"dm-0", "lvm"}, {"dm-1", std::string(kind)}, {"sda", "disk"}};
  };
}
Change OnFedora(std::string_view version) {
  return [=](Facts& facts) {
    OnFs("btrfs")(facts);
    facts.os.value().id = "fedora";
    facts.os.value().version_id = version;
  };
}
// An explicit target, as configured.
Change Named(std::string_view spec, TargetKind kind = TargetKind::kDevice) {
  return [=](Facts& facts) {
    facts.target.value().kind = kind;
    facts.target.value().spec = spec;
  };
}
Change Sent(TargetKind kind) {
  return [=](Facts& facts) {
    Target target;
    target.kind = kind;
    target.spec = "kdump@backup";
    facts.target = Fact<Target>::Known(target, "/etc/kdump.conf");
    facts.target_block = Fact<BlockDevice>::Absent("kdump@backup");
  };
}

constexpr auto kPass = Status::kPass;
constexpr auto kWarn = Status::kWarn;
constexpr auto kFail = Status::kFail;

TEST(ChecksTargetKind, TargetSupportedByFileSystem) {
  const std::string_view check = "target_supported";
  constexpr auto kDebian = Distribution::kDebian;
  constexpr auto kSuse = Distribution::kSuse;
  ExpectRows({
      {"xfs on LVM", [](Facts&) {}, check, kPass, "supported"},
      {"ext4", OnFs("ext4"), check, kPass, "supported"},
      {"ext5", OnFs("ext5"), check, kWarn, "filesystem"},
      {"btrfs", OnFs("btrfs"), check, kWarn, "filesystem"},
      {"btrfs on Fedora 42", OnFedora("42"), check, kWarn, "filesystem"},
      {"btrfs on Fedora 43", OnFedora("43"), check, kPass, "supported"},
      {"btrfs on SUSE", OnFs("btrfs", kSuse), check, kPass, "supported"},
      {"btrfs on Debian", OnFs("btrfs", kDebian), check, kPass, "supported"},
      {"an overlay", OnFs("overlay"), check, kFail, "filesystem"},
      {"an overlay on SUSE", OnFs("overlay", kSuse), check, kFail, "filesystem"},
      {"an overlay on Debian", OnFs("overlay", kDebian), check, kPass, "supported"},
      {"zfs", OnFs("zfs"), check, kFail, "filesystem"},
      {"zfs on Debian", OnFs("zfs", kDebian), check, kPass, "supported"},
      {"tmpfs", OnFs("tmpfs"), check, kFail, "filesystem"},
      {"tmpfs on Debian", OnFs("tmpfs", kDebian), check, kFail, "filesystem"},
      {"squashfs", OnFs("squashfs"), check, kFail, "filesystem"},
      {"fuse", OnFs("fuse.sshfs"), check, kFail, "filesystem"},
      {"fusectl is not fuse", OnFs("fusectl"), check, kWarn, "filesystem"},
      {"jfs", OnFs("jfs", kSuse), check, kWarn, "filesystem"},
      {"jfs on Debian", OnFs("jfs", kDebian), check, kPass, "supported"},
      {"a path on NFS", OnFs("nfs4"), check, kPass, "network"},
      {"ssh", Sent(TargetKind::kSsh), check, kPass, "network"},
      {"NFS", Sent(TargetKind::kNfs), check, kPass, "network"},
      {"a raw partition has no file system",
       [](Facts& f) { OnFs("zfs")(f), f.target.value().kind = TargetKind::kRaw; }, check, kPass,
       "supported"},
      {"not resolved", [](Facts& f) { f.target.value().problem = "no mount"; }, check,
       Status::kNotApplicable, "unresolved"},
      {"nothing configured", [](Facts& f) { f.target = Fact<Target>::Absent("/etc/kdump.conf"); },
       check, Status::kNotApplicable, "no_config"},
      {"unreadable", [](Facts& f) { f.target = Locked<Target>("/etc/kdump.conf"); }, check,
       Status::kUnknown, "unreadable"},
  });
}

TEST(ChecksTargetKind, TargetSupportedByStorage) {
  const std::string_view check = "target_supported";
  ExpectRows({
      {"LUKS", OnLayer("crypt"), check, kWarn, "encrypted"},
      {"LUKS on Debian", OnLayer("crypt", Distribution::kDebian), check, kWarn, "encrypted"},
      {"LUKS with a key handed over",
       [](Facts& f) { OnLayer("crypt")(f), f.target_block.value().capture_keys = 1; }, check, kPass,
       "supported"},
      {"a RAID of the firmware", OnLayer("bios-raid"), check, kWarn, "bios_raid"},
      {"md", OnLayer("raid"), check, kPass, "supported"},
      {"multipath", OnLayer("mpath"), check, kPass, "supported"},
      {"a thin pool", OnLayer("thin-pool"), check, kPass, "supported"},
      {"a loop device", OnLayer("loop"), check, kFail, "loop_device"},
      {"a loop device on Debian", OnLayer("loop", Distribution::kDebian), check, kPass,
       "supported"},
      {"memory", OnLayer("ram"), check, kFail, "volatile"},
      {"USB", [](Facts& f) { f.target_block.value().usb = true; }, check, kWarn, "usb"},
      {"the storage cannot be looked at",
       [](Facts& f) { f.target_block = Locked<BlockDevice>("/sys/dev/block/253:0"); }, check,
       Status::kUnknown, "unreadable"},
      {"no block device",
       [](Facts& f) {
         f.target.value().device_number = "0:33";
         f.target_block = Fact<BlockDevice>::Absent("pool");
       },
       check, kPass, "supported"},
      {"a device that sysfs does not list",
       [](Facts& f) { f.target_block = Fact<BlockDevice>::Absent("/sys/dev/block/253:0"); }, check,
       Status::kUnknown, "absent"},
  });
}

TEST(ChecksTargetKind, TargetPersistentName) {
  const std::string_view check = "target_persistent_name";
  std::vector<CheckRow> rows{
      {"a path", [](Facts&) {}, check, Status::kNotApplicable, "implicit"},
      {"ssh", Sent(TargetKind::kSsh), check, Status::kNotApplicable, "network"},
      {"raw", Named("/dev/sdb1", TargetKind::kRaw), check, kWarn, "kernel_name"},
      {"raw by id", Named("/dev/disk/by-id/wwn-1-part1", TargetKind::kRaw), check, kPass,
       "persistent"},
      {"--mount", Named("/dev/nvme0n1p2", TargetKind::kMount), check, kWarn, "kernel_name"},
      {"unreadable", [](Facts& f) { f.target = Locked<Target>("/etc/kdump.conf"); }, check,
       Status::kUnknown, "unreadable"},
  };
  for (const char* name :
       {"/dev/sda", "/dev/sda1", "/dev/sdaa12", "/dev/hda1", "/dev/vda", "/dev/xvda2",
        "/dev/nvme0n1", "/dev/nvme10n1p3", "/dev/dm-3", "/dev/md127", "/dev/md127p1",
        "/dev/mmcblk0p1", "/dev/dasda1", "/dev/pmem0", "/dev/block/8:1", "/dev/disk/by-diskseq/12",
        "\"/dev/sda1\""}) {
    rows.push_back({name, Named(name), check, kWarn, "kernel_name"});
  }
  for (const char* name :
       {"UUID=1f", "LABEL=sda1", "PARTUUID=2f", "PARTLABEL=crash", "/dev/disk/by-path/pci-1",
        "/dev/disk/by-uuid/1f", "/dev/mapper/vg-sda1", "/dev/sda/lv", "/dev/vg/sda1",
        "/dev/md/crash", "/dev/sd", "/dev/sda1x", "/dev/dm-", "/dev/nvme", "/dev/crash"}) {
    rows.push_back({name, Named(name), check, kPass, "persistent"});
  }
  ExpectRows(rows);
}

TEST(ChecksTargetKind, SaysTheNameToUse) {
  Facts facts = ReadyHost();
  Named("/dev/sda1")(facts);
  const Readiness readiness = Evaluate(facts, Policy{});
  EXPECT_EQ(FindingOf(readiness, "target_persistent_name").remedy,
            "name it /dev/disk/by-uuid/8c3cbd7b-3f5a-4d6b-9d54-4b8e6d7b3f3a in /etc/kdump.conf");
}

}  // namespace
}  // namespace kdumpd
