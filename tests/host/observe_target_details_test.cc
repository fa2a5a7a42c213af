// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

// A path on LVM on LUKS on a partition of a USB disk.
constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo:
  20 1 253:1 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
proc/sys/kernel/osrelease: 5.14.0
etc/os-release: ID=rhel
etc/kdump.conf: path /var/crash
dev/sda1:
sys/kernel/kexec_crash_loaded: 1
sys/dev/block/253:1 -> ../../devices/virtual/block/dm-1
sys/dev/block/8:1 -> ../../devices/pci0/usb2/block/sda/sda1
sys/devices/virtual/block/dm-1/dm/uuid: LVM-abc
sys/devices/virtual/block/dm-1/dm/name: rhel-root
sys/devices/virtual/block/dm-1/size: 2048
sys/devices/virtual/block/dm-1/slaves/dm-0 -> ../../dm-0
sys/devices/virtual/block/dm-1/holders/
sys/devices/virtual/block/dm-0/dm/uuid: CRYPT-LUKS2-def
sys/devices/virtual/block/dm-0/slaves/sda1 -> ../../../../pci0/usb2/block/sda/sda1
sys/devices/pci0/usb2/block/sda/sda1/partition: 1
sys/devices/pci0/usb2/block/sda/sda1/size: 100
sys/devices/pci0/usb2/block/sda/sda1/slaves/
sys/devices/pci0/usb2/block/sda/sda1/holders/dm-0 -> ../../../../../../virtual/block/dm-0
sys/devices/pci0/usb2/block/sda/size: 200
run/udev/data/b253:1:
  S:disk/by-uuid/1f
  E:ID_FS_TYPE=xfs
  E:ID_FS_USAGE=filesystem
var/crash/
)";

void Configure(const Tree& tree, std::string_view text) { tree.Write("etc/kdump.conf", text); }

std::string StackOf(const BlockDevice& device) {
  std::string text;
  for (const BlockLayer& layer : device.stack) text += Cat(layer.name, ' ', layer.kind, ';');
  return text;
}

TEST(ObserveTargetDetails, FollowsTheStack) {
  const Tree tree(kNode);
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.target_block.known()) << facts.target_block.why();
  const BlockDevice& device = facts.target_block.value();
  EXPECT_EQ(StackOf(device), "dm-1 lvm;dm-0 crypt;sda1 part;sda disk;");
  EXPECT_EQ(device.number, "253:1");
  EXPECT_EQ(device.dm_name, "rhel-root");
  EXPECT_EQ(device.dm_uuid, "LVM-abc");
  EXPECT_EQ(device.bytes, 1048576U);
  EXPECT_EQ(device.fs_type, "xfs");
  EXPECT_TRUE(device.udev);
  EXPECT_TRUE(device.usb);
  EXPECT_FALSE(device.partition);
  EXPECT_FALSE(device.stack_clipped);
  EXPECT_TRUE(device.holders.empty());
  EXPECT_EQ(device.capture_keys, 0U);
  EXPECT_EQ(facts.target_block.source(), "/sys/dev/block/253:1");
  EXPECT_TRUE(facts.target_ssh.absent());
}

TEST(ObserveTargetDetails, TellsWhatIsMissingFromWhatIsUnreadable) {
  struct Row {
    const char* name;
    const char* remove;
    const char* picture;
    bool unreadable;
  };
  const std::vector<Row> rows{
      {"no entry in udev's database", "run", "", false},
      {"udev's database holds a directory", "run", "run/udev/data/b253:1/", true},
      {"no /sys", "sys/dev", "", true},
      {"a slave that leads nowhere", "sys/devices/virtual/block/dm-0", "", true},
      {"slaves is a file", "sys/devices/virtual/block/dm-1/slaves",
       "sys/devices/virtual/block/dm-1/slaves: x", true},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    tree.Remove(row.remove);
    tree.Add(row.picture);
    const Facts facts = LookAt(tree);
    EXPECT_EQ(facts.target_block.unreadable(), row.unreadable) << row.name;
    EXPECT_EQ(facts.target_block.known(), !row.unreadable) << row.name;
    EXPECT_FALSE(facts.target_block.ValueOr({}).udev && row.remove == std::string("run"));
  }
}

TEST(ObserveTargetDetails, BoundsTheStack) {
  const Tree deep(kNode);
  for (int i = 0; i < 20; ++i) {
    deep.Add(Cat("sys/devices/virtual/block/dm-", i + 100, "/slaves/dm-", i + 101, " -> ../../dm-",
                 i + 101));
    deep.Add(Cat("sys/devices/virtual/block/dm-", i + 101, "/size: 1"));
  }
  deep.Add("sys/devices/virtual/block/dm-1/slaves/dm-100 -> ../../dm-100");
  BlockDevice device = LookAt(deep).target_block.ValueOr({});
  EXPECT_TRUE(device.stack_clipped);
  EXPECT_LE(device.stack.size(), 12U);

  const Tree wide(kNode);
  for (int i = 100; i < 200; ++i) {
    wide.Add(Cat("sys/devices/virtual/block/dm-", i, "/size: 1"));
    wide.Add(Cat("sys/devices/virtual/block/dm-1/slaves/dm-", i, " -> ../../dm-", i));
  }
  device = LookAt(wide).target_block.ValueOr({});
  EXPECT_TRUE(device.stack_clipped);
  EXPECT_EQ(device.stack.size(), 64U);

  const Tree ring(kNode);
  ring.Add("sys/devices/virtual/block/dm-0/slaves/dm-1 -> ../../dm-1");
  EXPECT_EQ(LookAt(ring).target_block.ValueOr({}).stack.size(), 4U);
}

TEST(ObserveTargetDetails, LooksARawDeviceUpByItsNode) {
  const Tree tree(kNode);
  Configure(tree, "raw /dev/sda1\n");
  EXPECT_TRUE(LookAt(tree).target_block.absent()) << "a file is no block device";
  tree.Remove("dev/sda1");
  if (mknod((tree.path() + "/dev/sda1").c_str(), S_IFBLK | 0600, makedev(8, 1)) != 0) {
    GTEST_SKIP() << "needs the right to make a device node";
  }
  const BlockDevice device = LookAt(tree).target_block.ValueOr({});
  EXPECT_EQ(device.number, "8:1");
  EXPECT_TRUE(device.partition);
  EXPECT_EQ(device.holders, std::vector<std::string>{"dm-0"});
}

TEST(ObserveTargetDetails, LooksBtrfsUpByItsSource) {
  const Tree tree(kNode);
  tree.Write("proc/1/mountinfo", "20 1 0:30 /@ / rw - btrfs /dev/sda1 rw,subvol=/@\n");
  EXPECT_TRUE(LookAt(tree).target_block.absent());
  tree.Remove("dev/sda1");
  EXPECT_TRUE(LookAt(tree).target_block.absent() || LookAt(tree).target_block.unreadable());
  if (mknod((tree.path() + "/dev/sda1").c_str(), S_IFBLK | 0600, makedev(8, 1)) != 0) {
    GTEST_SKIP() << "needs the right to make a device node";
  }
  EXPECT_EQ(StackOf(LookAt(tree).target_block.ValueOr({})), "sda1 part;sda disk;");
}

TEST(ObserveTargetDetails, ReadsFirmwareRaidAndHandedKeys) {
  const Tree tree(kNode);
  tree.Add(
      "sys/devices/virtual/block/dm-1/slaves/md126 -> ../../md126\n"
      "sys/devices/virtual/block/md126/md/metadata_version: external:/md127/0\n"
      "sys/kernel/config/crash_dm_crypt_keys/count: 2\n");
  const BlockDevice device = LookAt(tree).target_block.ValueOr({});
  EXPECT_NE(StackOf(device).find("md126 bios-raid;"), std::string::npos) << StackOf(device);
  EXPECT_EQ(device.capture_keys, 2U);
  tree.Add("sys/devices/virtual/block/md126/md/metadata_version: 1.2\n");
  EXPECT_NE(StackOf(LookAt(tree).target_block.ValueOr({})).find("md126 raid;"), std::string::npos);
}

TEST(ObserveTargetDetails, ReadsTheLabel) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).selinux_label.absent()) << "a kernel without SELinux";
  tree.MakeDirectory("sys/fs/selinux");
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.selinux_label.Is("")) << facts.selinux_label.why();
  constexpr std::string_view kLabel("system_u:object_r:kdump_crash_t:s0\0", 35);
  const std::string directory = tree.path() + "/var/crash";
  if (setxattr(directory.c_str(), "security.selinux", kLabel.data(), kLabel.size(), 0) == 0) {
    EXPECT_TRUE(LookAt(tree).selinux_label.Is("system_u:object_r:kdump_crash_t:s0"));
  }
  tree.Remove("var/crash");
  EXPECT_TRUE(LookAt(tree).selinux_label.unreadable());
  tree.Remove("sys/kernel");
  tree.Remove("sys/fs");
  EXPECT_TRUE(LookAt(tree).selinux_label.unreadable()) << "no /sys is not a kernel without";
}

TEST(ObserveTargetDetails, ReadsTheResolverForHostsOnly) {
  const Tree tree(kNode);
  tree.Add(
      "etc/resolv.conf -> ../run/stub.conf\nrun/stub.conf: nameserver 127.0.0.53\n"
      "etc/hosts: 192.0.2.9 backup\n");
  EXPECT_TRUE(LookAt(tree).nameservers.absent());
  Configure(tree, "ssh kdump@backup\n");
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.nameservers.Is({"127.0.0.53"}));
  EXPECT_TRUE(facts.known_names.Is({"backup"}));
  EXPECT_TRUE(facts.target_block.absent());
  tree.Remove("run/stub.conf");
  tree.Remove("etc/hosts");
  tree.MakeDirectory("etc/hosts");
  facts = LookAt(tree);
  EXPECT_TRUE(facts.nameservers.absent());
  EXPECT_TRUE(facts.known_names.unreadable());
}

TEST(ObserveTargetDetails, TouchesNothingWhileBlind) {
  const Tree tree(kNode);
  tree.Remove("proc/1");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.target_block.unreadable());
  EXPECT_TRUE(facts.target_ssh.unreadable());
  EXPECT_TRUE(facts.selinux_label.unreadable());
  EXPECT_TRUE(facts.nameservers.unreadable());
  EXPECT_TRUE(facts.known_names.unreadable());
}

}  // namespace
}  // namespace kdumpd
