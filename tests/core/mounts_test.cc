// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/mounts.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

constexpr std::string_view kMountinfo =
    "22 1 259:2 / / rw,relatime shared:1 - xfs /dev/nvme0n1p2 rw,seclabel,attr2\n"
    "23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n"
    "30 22 259:3 / /boot ro,relatime - ext4 /dev/nvme0n1p1 rw,seclabel\n"
    "31 22 0:40 / /mnt/a\\040b rw shared:5 master:2 propagate_from:1 - tmpfs  rw,size=4k\n"
    "32 22 253:1 /ostree/deploy/rhcos/var /var rw,relatime shared:3 - xfs /dev/sda4 ro,prjquota\n"
    "33 32 0:45 / /var/crash rw,relatime shared:7 - autofs systemd-1 rw,fd=54\n"
    "34 33 0:46 /dumps /var/crash rw,relatime - nfs4 server:/export rw,hard\n";

TEST(MountinfoTest, ReadsTheFields) {
  const auto mounts = ParseMountinfo(kMountinfo);
  ASSERT_EQ(mounts.size(), 7U);
  const Mount& var = mounts[4];
  EXPECT_EQ(var.id, 32);
  EXPECT_EQ(var.parent, 22);
  EXPECT_EQ(var.device_number, "253:1");
  EXPECT_EQ(var.root, "/ostree/deploy/rhcos/var");
  EXPECT_EQ(var.point, "/var");
  EXPECT_EQ(var.options, "rw,relatime");
  EXPECT_EQ(var.fstype, "xfs");
  EXPECT_EQ(var.source, "/dev/sda4");
  EXPECT_EQ(var.super_options, "ro,prjquota");
}

TEST(MountinfoTest, OptionalFieldsAndAnEmptySource) {
  const auto mounts = ParseMountinfo(kMountinfo);
  EXPECT_EQ(mounts[2].fstype, "ext4");  // no optional field
  EXPECT_EQ(mounts[3].point, "/mnt/a b");
  EXPECT_EQ(mounts[3].source, "");
  EXPECT_EQ(mounts[3].super_options, "rw,size=4k");
}

TEST(MountinfoTest, ReadOnlyByEitherList) {
  const auto mounts = ParseMountinfo(kMountinfo);
  EXPECT_FALSE(mounts[0].ReadOnly());
  EXPECT_TRUE(mounts[2].ReadOnly());  // the mount
  EXPECT_TRUE(mounts[4].ReadOnly());  // the filesystem
  Mount mount;
  mount.options = "rw,errors=remount-ro";
  mount.super_options = "rw,roo";
  EXPECT_FALSE(mount.ReadOnly());
}

TEST(MountinfoTest, LeavesOutWhatDoesNotParse) {
  for (const std::string_view line : {
           "", "x 1 8:1 / / rw - ext4 /dev/sda rw",          // no number
           "1 -1 8:1 / / rw - ext4 /dev/sda rw",             //
           "99999999999 1 8:1 / / rw - ext4 /dev/sda rw",    //
           "1 1 8:1 / relative rw - ext4 /dev/sda rw",       // no absolute mount point
           "1 1 8:1 / / rw shared:1 ext4 /dev/sda rw none",  // no separator
           "1 1 8:1 / / rw - ext4 /dev/sda",                 // cut off
           "1 1 8:1 / / rw -  /dev/sda rw",                  // no type
           "1 1 8:1 / / - ext4 /dev/sda rw",                 // no options
       }) {
    EXPECT_TRUE(ParseMountinfo(line).empty()) << line;
  }
  const auto mounts = ParseMountinfo("junk\n1 1 8:1 / / rw - ext4 /dev/sda rw\njunk");
  EXPECT_EQ(mounts.size(), 1U);
}

TEST(MountinfoTest, UndoesOctalEscapes) {
  const auto point = [](std::string_view escaped) {
    const auto mounts =
        ParseMountinfo("1 1 8:1 / " + std::string(escaped) + " rw - ext4 /dev/sda rw");
    return mounts.empty() ? "" : mounts[0].point;
  };
  EXPECT_EQ(point("/a\\040b\\011c\\012d\\134e"), "/a b\tc\nd\\e");
  EXPECT_EQ(point("/a\\377"), "/a\xff");
  EXPECT_EQ(point("/a\\400"), "/a\\400");  // no byte
  EXPECT_EQ(point("/a\\08x"), "/a\\08x");
  EXPECT_EQ(point("/a\\04"), "/a\\04");
  EXPECT_EQ(point("/a\\"), "/a\\");
  EXPECT_EQ(point("/a\\134040"), "/a\\040");  // undone once
}

TEST(MountinfoTest, StopsAtTwentyThousand) {
  std::string text;
  for (int i = 0; i < 20001; ++i) text += "1 1 0:1 / /a rw - tmpfs t rw\n";
  EXPECT_EQ(ParseMountinfo(text).size(), 20000U);
}

struct MountOfCase {
  std::string_view path;
  int id;  // 0: none
};

TEST(MountOfTest, TheLongestAndOfEqualOnesTheLast) {
  const auto mounts = ParseMountinfo(kMountinfo);
  const std::vector<MountOfCase> cases{
      {"/", 22},
      {"/etc/kdump.conf", 22},
      {"/boot", 30},
      {"/boot/vmlinuz", 30},
      {"/bootx", 22},
      {"/boo", 22},
      {"/mnt/a b/c", 31},
      {"/var/lib", 32},
      {"/var/crash", 34},
      {"/var/crash/127.0.0.1-2026", 34},
      {"/var/crashes", 32},
      {"relative", 0},
      {"", 0},
  };
  for (const auto& test : cases) {
    const Mount* mount = MountOf(mounts, test.path);
    EXPECT_EQ(mount == nullptr ? 0 : mount->id, test.id) << test.path;
  }
  EXPECT_EQ(MountOf({}, "/"), nullptr);
}

TEST(MayHangTest, OnlyKnownLocalFilesystemsDoNot) {
  for (const std::string_view local :
       {"ext2",       "ext3",      "ext4",    "xfs",        "btrfs",    "vfat",   "exfat",
        "f2fs",       "tmpfs",     "ramfs",   "overlay",    "squashfs", "erofs",  "iso9660",
        "udf",        "proc",      "sysfs",   "devtmpfs",   "devpts",   "cgroup", "cgroup2",
        "securityfs", "debugfs",   "tracefs", "pstore",     "efivarfs", "bpf",    "configfs",
        "mqueue",     "hugetlbfs", "zfs",     "bcachefs",   "jfs",      "minix",  "nilfs2",
        "ntfs3",      "selinuxfs", "zonefs",  "binfmt_misc"}) {
    EXPECT_FALSE(MayHang(local)) << local;
  }
  for (const std::string_view remote :
       {"nfs",  "nfs4",       "cifs",    "smb3",   "9p",     "virtiofs", "ceph",      "glusterfs",
        "fuse", "fuse.sshfs", "fuseblk", "autofs", "lustre", "gfs2",     "ocfs2",     "afs",
        "",     "ext5",       "ext",     "xfs ",   "XFS",    "ext4.x",   "unheard-of"}) {
    EXPECT_TRUE(MayHang(remote)) << remote;
  }
}

TEST(FstabTest, ReadsEntries) {
  const auto entries = ParseFstab(
      "# /etc/fstab\n"
      "\n"
      "UUID=1-2 / xfs defaults 0 0\n"
      "  LABEL=my\\040disk\t/mnt/a\\040b ext4 ro,noauto 0 2\r\n"
      "server:/export /var/crash nfs\n"
      "#/dev/sdb /old ext4 defaults\n"
      "/dev/sdc /too-short\n");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].spec, "UUID=1-2");
  EXPECT_EQ(entries[0].point, "/");
  EXPECT_EQ(entries[0].fstype, "xfs");
  EXPECT_EQ(entries[0].options, "defaults");
  EXPECT_FALSE(entries[0].NoAuto());
  EXPECT_EQ(entries[1].spec, "LABEL=my disk");
  EXPECT_EQ(entries[1].point, "/mnt/a b");
  EXPECT_TRUE(entries[1].NoAuto());
  EXPECT_EQ(entries[2].options, "defaults");
  FstabEntry entry;
  entry.options = "noautodefrag,x-noauto";
  EXPECT_FALSE(entry.NoAuto());
  EXPECT_TRUE(ParseFstab("").empty());
}

}  // namespace
}  // namespace kdumpd
