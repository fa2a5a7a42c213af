// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "daemon/host/observe.h"
#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo:
  20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
  22 20 259:3 / /data rw - ext4 /dev/nvme0n1p3 rw
proc/sys/kernel/osrelease: 5.14.0
etc/os-release: ID=rhel
etc/kdump.conf: path /var/crash
dev/nvme0n1p3:
dev/sdz1:
dev/disk/by-uuid/1f -> ../../nvme0n1p3
dev/disk/by-uuid/2f -> ../../sdz1
var/crash/
data/crash/
)";

void Configure(const Tree& tree, std::string_view text) { tree.Write("etc/kdump.conf", text); }

void AddMount(const Tree& tree, std::string_view line) {
  tree.Write("proc/1/mountinfo", Cat("20 1 253:0 / / rw - xfs /dev/mapper/rhel-root rw\n"
                                     "22 20 259:3 / /data rw - ext4 /dev/nvme0n1p3 rw\n",
                                     line, '\n'));
}

TEST(ObserveTarget, MeasuresTheDirectory) {
  const Tree tree(kNode);
  const Facts facts = LookAt(tree);
  struct statvfs status{};
  ASSERT_EQ(statvfs(tree.path().c_str(), &status), 0);
  ASSERT_TRUE(facts.target_space.known()) << facts.target_space.why();
  EXPECT_EQ(facts.target_space->total_bytes, status.f_blocks * status.f_frsize);
  EXPECT_LE(facts.target_space->free_bytes, facts.target_space->total_bytes);
  EXPECT_EQ(facts.target_space.source(), "/var/crash");
}

TEST(ObserveTarget, DescribesThePath) {
  struct Row {
    const char* name;
    const char* picture;  // instead of /var/crash
    PathFacts expected;
    const char* space_of;
  };
  const std::vector<Row> rows{
      {"a directory", "var/crash/", {true, true, false, "/var/crash", 0}, "/var/crash"},
      {"missing", "", {false, false, false, "", 0}, "/"},
      {"a file", "var/crash: x", {true, false, false, "/var/crash", 0}, "/"},
      {"a link on the same mount",
       "srv/\nvar/crash -> /srv",
       {true, true, false, "/srv", 0},
       "/var/crash"},
      {"a link onto another mount",
       "var/crash -> ../data/crash",
       {true, true, true, "/data/crash", 0},
       "/"},
      {"a link that leads nowhere", "var/crash -> /gone", {false, false, false, "", 0}, "/"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Tree tree(kNode);
    tree.Remove("var/crash");
    tree.Add(row.picture);
    const Facts facts = LookAt(tree);
    ASSERT_TRUE(facts.target_path.known()) << facts.target_path.why();
    EXPECT_EQ(facts.target_path->exists, row.expected.exists);
    EXPECT_EQ(facts.target_path->is_directory, row.expected.is_directory);
    EXPECT_EQ(facts.target_path->elsewhere, row.expected.elsewhere);
    EXPECT_EQ(facts.target_path->resolved, row.expected.resolved);
    EXPECT_EQ(facts.target_path->mode != 0, row.expected.exists);
    EXPECT_EQ(facts.target_space.source(), row.space_of);
    EXPECT_TRUE(facts.target_space.known()) << facts.target_space.why();
  }
}

TEST(ObserveTarget, FindsAnExplicitDeviceByItsLink) {
  const Tree tree(kNode);
  Configure(tree, "ext4 UUID=1f\npath /crash\n");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.target_device.Is(true));
  EXPECT_EQ(facts.target_device.source(), "/dev/disk/by-uuid/1f");
  EXPECT_EQ(facts.target.ValueOr({}).live_path, "/data/crash");
  EXPECT_TRUE(facts.target_path.ValueOr({}).is_directory);
  EXPECT_FALSE(facts.target_path.ValueOr({}).elsewhere);
}

// The mount names /dev/mapper/rhel-root, the configuration another node of the same device.
TEST(ObserveTarget, FindsAnExplicitDeviceByItsNumber) {
  const Tree tree(kNode);
  if (mknod((tree.path() + "/dev/dm-0").c_str(), S_IFBLK | 0600, makedev(253, 0)) != 0) {
    GTEST_SKIP() << "needs the right to make a device node";
  }
  tree.Add("dev/rhel/root -> ../dm-0\n");
  Configure(tree, "xfs /dev/rhel/root\npath /var/crash\n");
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.target_device.Is(true)) << facts.target_device.why();
  EXPECT_EQ(facts.target.ValueOr({}).live_path, "/var/crash");
}

TEST(ObserveTarget, TellsAMissingDeviceFromAnEmptyDev) {
  Tree tree(kNode);
  Configure(tree, "ext4 UUID=3f\n");
  EXPECT_TRUE(LookAt(tree).target_device.Is(false));
  tree.Remove("dev");
  EXPECT_TRUE(LookAt(tree).target_device.unreadable());
  tree.MakeDirectory("dev");
  EXPECT_TRUE(LookAt(tree).target_device.unreadable());
}

TEST(ObserveTarget, ComparesFstabByDevice) {
  const Tree tree(kNode);
  Configure(tree, "ext4 /dev/sdz1\n");
  tree.Add("etc/fstab: UUID=2f /late ext4 noauto 0 0\n");
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.target.ValueOr({}).noauto);
  EXPECT_FALSE(facts.target.ValueOr({}).mount.has_value());
  EXPECT_TRUE(facts.target_space.unreadable());
  EXPECT_TRUE(facts.dumps.unreadable()) << "not mounted, so not seen";
  tree.Add("etc/fstab: UUID=1f /late ext4 noauto 0 0\n");
  EXPECT_FALSE(LookAt(tree).target.ValueOr({}).in_fstab);
}

TEST(ObserveTarget, DoesNotGuessAroundAnUnreadableFstab) {
  const Tree tree(kNode);
  tree.Write("etc/fstab", std::string(65 << 10, '#'));
  EXPECT_TRUE(LookAt(tree).target.known()) << "mounted: fstab does not matter";
  Configure(tree, "ext4 /dev/sdz1\n");
  EXPECT_TRUE(LookAt(tree).target.unreadable());
}

TEST(ObserveTarget, TouchesNothingThatMayHang) {
  const std::vector<std::pair<const char*, bool>> rows{
      {"30 20 0:50 / /var/crash rw - nfs4 filer:/dumps rw", false},
      {"30 20 0:50 / /var rw - autofs systemd-1 rw", false},
      {"30 20 0:50 / /var/crash rw - fuse.sshfs keeper: rw", false},
      {"30 20 8:1 / /var/crash rw - ext4 /dev/sda1 rw", true},
      {"30 1 0:50 / / rw - nfs4 filer:/root rw", false},
      // A local file system hides what it is mounted on.
      {"30 20 0:50 / /var/crash rw - autofs systemd-1 rw\n"
       "31 30 8:1 / /var/crash rw - ext4 /dev/sda1 rw",
       true},
      {"30 20 8:1 / /var/crash rw - ext4 /dev/sda1 rw\n"
       "31 30 0:50 / /var/crash rw - nfs4 filer:/dumps rw",
       false},
  };
  for (const auto& [mount, touched] : rows) {
    SCOPED_TRACE(mount);
    const Tree tree(kNode);
    AddMount(tree, mount);
    const Facts facts = LookAt(tree);
    EXPECT_EQ(facts.target.ValueOr({}).live_path, "/var/crash");
    EXPECT_EQ(facts.target_path.known(), touched);
    EXPECT_EQ(facts.target_space.known(), touched);
    EXPECT_EQ(facts.dumps.known(), touched);
    EXPECT_FALSE(facts.dumps.absent());
  }
}

TEST(ObserveTarget, TouchesNothingWhenTheMountsAreNotKnown) {
  for (const std::string& text :
       {std::string(), std::string("not a mount table\n"), std::string((4 << 20) + 1, 'x')}) {
    SCOPED_TRACE(text.size());
    const Tree tree(kNode);
    tree.Write("proc/1/mountinfo", text);
    const Facts facts = LookAtDirectory(tree, "/var/crash");
    EXPECT_TRUE(facts.mounts.unreadable());
    EXPECT_TRUE(facts.target.unreadable());
    EXPECT_TRUE(facts.target_device.unreadable());
    EXPECT_TRUE(facts.initrd.unreadable());
    EXPECT_TRUE(facts.dumps.unreadable());
  }
}

TEST(ObserveDumps, LooksWhereDumpsAppear) {
  struct Row {
    const char* name;
    const char* config;
    std::string source;
    bool known;
    bool absent;
  };
  const std::vector<Row> rows{
      {"the target's path", "path /data/crash\n", "/data/crash", true, false},
      {"a raw dump is copied to path", "raw /dev/sdz1\npath /data/crash\n", "/data/crash", true,
       false},
      {"ssh never shows", "ssh kdump@keeper\n", "ssh kdump@keeper", false, true},
      {"an export that is not mounted", "nfs filer:/dumps\n", "nfs filer:/dumps", false, true},
      {"a device that is not mounted", "ext4 /dev/sdz1\n", "device /dev/sdz1", false, false},
      {"no such directory yet", "path /data/none\n", "/data/none", false, true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Tree tree(kNode);
    Configure(tree, row.config);
    const Facts facts = LookAt(tree);
    EXPECT_EQ(facts.dumps.source(), row.source);
    EXPECT_EQ(facts.dumps.known(), row.known) << facts.dumps.why();
    EXPECT_EQ(facts.dumps.absent(), row.absent);
  }
}

TEST(ObserveDumps, TakesTheOperatorsDirectoryFirst) {
  const Tree tree(kNode);
  Configure(tree, "ssh kdump@keeper\n");
  tree.Add("data/crash/127.0.0.1-2026-11-22-07:15:03/vmcore-dmesg.txt: panic\n");
  const Facts facts = LookAtDirectory(tree, "/data/crash");
  ASSERT_TRUE(facts.dumps.known()) << facts.dumps.why();
  ASSERT_EQ(facts.dumps->size(), 1U);
  EXPECT_EQ(facts.dumps->front().directory, "127.0.0.1-2026-11-22-07:15:03");
}

TEST(ObserveInitrd, TakesTheFirstThatIsThere) {
  const Tree tree(kNode);
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.initrd.absent());
  EXPECT_NE(std::ranges::find(facts.initrd_looked_at, "/var/lib/kdump/initramfs-5.14.0kdump.img"),
            facts.initrd_looked_at.end());

  tree.Write("boot/initramfs-5.14.0kdump.img", "");
  facts = LookAt(tree);
  ASSERT_TRUE(facts.initrd.known());
  EXPECT_EQ(facts.initrd->bytes, 0U);
  EXPECT_EQ(facts.initrd_looked_at.back(), "/boot/initramfs-5.14.0kdump.img");
}

TEST(ObserveInitrd, NamesTheFileBehindALink) {
  const Tree tree(kNode);
  tree.Add(R"(etc/os-release: ID=debian
etc/default/kdump-tools: USE_KDUMP=1
var/lib/kdump/initrd.img -> initrd.img-5.14.0
var/lib/kdump/initrd.img-5.14.0: BZh9
)");
  const Facts facts = LookAt(tree);
  EXPECT_EQ(facts.initrd.ValueOr({}).path, "/var/lib/kdump/initrd.img-5.14.0");
  EXPECT_EQ(facts.initrd.ValueOr({}).magic, "bzip2");
}

TEST(ObserveInitrd, IsNotMissingWhereItCouldNotLook) {
  const Tree tree(kNode);
  AddMount(tree, "30 20 0:50 / /boot rw - autofs systemd-1 rw");
  Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.initrd.unreadable());
  EXPECT_EQ(facts.initrd.source(), "/boot/initramfs-5.14.0kdump.img");
  tree.Write("var/lib/kdump/initrdkdump", "hsqs");
  EXPECT_EQ(LookAt(tree).initrd.ValueOr({}).magic, "squashfs");
}

TEST(ObserveInitrd, NeedsTheKernelsRelease) {
  Tree tree(kNode);
  tree.Remove("proc/sys/kernel/osrelease");
  EXPECT_TRUE(LookAt(tree).initrd.unreadable());
  EXPECT_TRUE(LookAt(tree).initrd_looked_at.empty());
}

}  // namespace
}  // namespace kdumpd
