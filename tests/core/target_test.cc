// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/target.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

Mount At(std::string point, std::string fstype, std::string source, std::string number,
         std::string root = "/", std::string super_options = "rw") {
  Mount mount;
  mount.device_number = std::move(number);
  mount.root = std::move(root);
  mount.point = std::move(point);
  mount.options = "rw";
  mount.fstype = std::move(fstype);
  mount.source = std::move(source);
  mount.super_options = std::move(super_options);
  return mount;
}

const std::vector<Mount> kPlain{
    At("/", "xfs", "/dev/mapper/rhel-root", "253:0"),
    At("/proc", "proc", "proc", "0:20"),
    At("/boot", "xfs", "/dev/nvme0n1p2", "259:2"),
    At("/dump", "ext4", "/dev/mapper/vg-dump", "253:3"),
};
const std::vector<Mount> kSeparateVar{
    At("/", "xfs", "/dev/sda2", "8:2"),
    At("/var", "xfs", "/dev/sda3", "8:3"),
};
const std::vector<Mount> kOstree{
    At("/", "overlay", "composefs", "0:40"),
    At("/sysroot", "xfs", "/dev/nvme0n1p4", "259:4"),
    At("/etc", "xfs", "/dev/nvme0n1p4", "259:4", "/ostree/deploy/rhcos/deploy/1f.0/etc"),
    At("/var", "xfs", "/dev/nvme0n1p4", "259:4", "/ostree/deploy/rhcos/var"),
    At("/boot", "ext4", "/dev/nvme0n1p3", "259:3"),
};
const std::vector<Mount> kBtrfs{
    At("/", "btrfs", "/dev/vda2", "0:33", "/@/.snapshots/1/snapshot",
       "rw,subvol=/@/.snapshots/1/snapshot"),
    At("/var", "btrfs", "/dev/vda2", "0:33", "/@/var", "rw,subvolid=265,subvol=/@/var"),
};
const std::vector<Mount> kBind{
    At("/", "xfs", "/dev/sda2", "8:2"),
    At("/data", "xfs", "/dev/sdb1", "8:17"),
    At("/var/crash", "xfs", "/dev/sdb1", "8:17", "/crash"),
};
const std::vector<Mount> kNetwork{
    At("/", "xfs", "/dev/sda2", "8:2"),
    At("/mnt/dumps", "nfs4", "filer:/dumps", "0:50"),
    At("/mnt/share", "virtiofs", "dumptag", "0:51"),
};
const std::vector<FstabEntry> kFstab{
    {"UUID=ab-cd", "/late", "ext4", "defaults,noauto"},
    {"/dev/sdz1", "/always", "ext4", "defaults"},
    {"filer:/late", "/mnt/late", "nfs", "noauto"},
};

ConfiguredTarget To(TargetKind kind, std::string spec, std::string fstype = "") {
  ConfiguredTarget target;
  target.kind = kind;
  target.spec = std::move(spec);
  target.fstype = std::move(fstype);
  return target;
}

struct Row {
  const char* name;
  ConfiguredTarget target;
  std::string path;
  std::vector<Mount> mounts;
  std::string device;
  std::string number;

  std::string live_path;
  std::string path_on_device;
  std::string mounted_at;  // "": not mounted
  std::string fstype;
  std::string problem;  // a part of it; "": none
};

using enum TargetKind;

// What is given, and below it what must come of it.
// clang-format off
const std::vector<Row> kRows{
    {"implicit: on the root file system", {}, "/var/crash", kPlain, "", "",
     "/var/crash", "/var/crash", "/", "xfs", ""},
    {"implicit: on the mount that holds it", {}, "/var/crash", kSeparateVar, "", "",
     "/var/crash", "/crash", "/var", "xfs", ""},
    {"implicit: the mount point itself", {}, "/dump", kPlain, "", "",
     "/dump", "/", "/dump", "ext4", ""},
    {"implicit: no more than the name's beginning", {}, "/dumps", kPlain, "", "",
     "/dumps", "/dumps", "/", "xfs", ""},
    {"implicit: duplicate slashes", {}, "//var//crash/", kPlain, "", "",
     "/var/crash", "/var/crash", "/", "xfs", ""},
    {"implicit: OSTree", {}, "/var/crash", kOstree, "", "",
     "/var/crash", "/ostree/deploy/rhcos/var/crash", "/var", "xfs", ""},
    {"implicit: a bind mount", {}, "/var/crash/node", kBind, "", "",
     "/var/crash/node", "/crash/node", "/var/crash", "xfs", ""},
    {"implicit: a btrfs subvolume is the root", {}, "/var/crash", kBtrfs, "", "",
     "/var/crash", "/crash", "/var", "btrfs", ""},
    {"implicit: on a network mount it is named", {}, "/mnt/dumps/node", kNetwork, "", "",
     "/mnt/dumps/node", "/node", "/mnt/dumps", "nfs4", ""},
    {"implicit: a relative path", {}, "var/crash", kPlain, "", "",
     "", "", "", "", "path \"var/crash\" is relative: expected an absolute path"},
    {"implicit: nothing is mounted", {}, "/var/crash", {}, "", "",
     "", "", "", "", "lies on no mount"},
    {"device: by source", To(kDevice, "/dev/nvme0n1p2", "xfs"), "/crash", kPlain, "", "",
     "/boot/crash", "/crash", "/boot", "xfs", ""},
    {"device: by resolved name",
     To(kDevice, "UUID=1f", "xfs"), "/crash", kPlain, "/dev/nvme0n1p2", "",
     "/boot/crash", "/crash", "/boot", "xfs", ""},
    {"device: by number, under another name",
     To(kDevice, "/dev/vg/dump", "ext4"), "/", kPlain, "/dev/dm-3", "253:3",
     "/dump", "/", "/dump", "ext4", ""},
    {"device: one that is not mounted",
     To(kDevice, "/dev/dm-4", "ext4"), "/", kPlain, "/dev/dm-4", "253:4",
     "", "/", "", "ext4", ""},
    {"device: explicit target on RHCOS",
     To(kDevice, "LABEL=root", "xfs"), "/ostree/deploy/rhcos/var/crash", kOstree, "/dev/nvme0n1p4",
     "259:4",
     "/var/crash", "/ostree/deploy/rhcos/var/crash", "/var", "xfs", ""},
    {"device: RHCOS, the path as the running node sees it",
     To(kDevice, "LABEL=root", "xfs"), "/var/crash", kOstree, "/dev/nvme0n1p4", "259:4",
     "/sysroot/var/crash", "/var/crash", "/sysroot", "xfs", ""},
    {"device: hidden below another mount",
     To(kDevice, "/dev/sda2", "xfs"), "/var/crash", kSeparateVar, "", "",
     "", "/var/crash", "/", "xfs", ""},
    {"device: wrong type", To(kDevice, "/dev/nvme0n1p2", "ext4"), "/crash", kPlain, "", "",
     "/boot/crash", "/crash", "/boot", "xfs",
     "\"/dev/nvme0n1p2\" is configured as ext4: expected xfs, as mounted at /boot"},
    {"device: a btrfs subvolume", To(kDevice, "/dev/vda2", "btrfs"), "/crash", kBtrfs, "", "",
     "/crash", "/crash", "/", "btrfs", ""},
    {"device: neither path nor tag", To(kDevice, "sda2", "xfs"), "/crash", kPlain, "", "",
     "", "", "", "xfs", "device target \"sda2\": expected a device path, UUID="},
    {"device: a tag without a value", To(kDevice, "UUID=", "xfs"), "/crash", kPlain, "", "",
     "", "", "", "xfs", "\"UUID=\""},
    {"raw", To(kRaw, "/dev/sdb1"), "/var/crash", kPlain, "/dev/sdb1", "8:17",
     "", "", "", "", ""},
    {"raw: no device", To(kRaw, "somewhere"), "/var/crash", kPlain, "", "",
     "", "", "", "", "raw target \"somewhere\""},
    {"nfs: mounted", To(kNfs, "filer:/dumps"), "/node", kNetwork, "", "",
     "/mnt/dumps/node", "/node", "/mnt/dumps", "nfs4", ""},
    {"nfs: a slash at the end", To(kNfs, "filer:/dumps/"), "/node", kNetwork, "", "",
     "/mnt/dumps/node", "/node", "/mnt/dumps", "nfs4", ""},
    {"nfs: another export", To(kNfs, "filer:/dump"), "/node", kNetwork, "", "",
     "", "/node", "", "", ""},
    {"nfs: IPv6", To(kNfs, "[fd00::1]:/dumps"), "/", kNetwork, "", "",
     "", "/", "", "", ""},
    {"nfs: an open bracket", To(kNfs, "[fd00::1:/dumps"), "/", kNetwork, "", "",
     "", "", "", "", "expected server:/export"},
    {"nfs: no export", To(kNfs, "filer"), "/", kNetwork, "", "",
     "", "", "", "", "nfs target \"filer\": expected server:/export"},
    {"nfs: no server", To(kNfs, ":/dumps"), "/", kNetwork, "", "",
     "", "", "", "", "expected server:/export"},
    {"ssh", To(kSsh, "kdump@keeper"), "/var/crash", kPlain, "", "",
     "", "/var/crash", "", "", ""},
    {"ssh: no user", To(kSsh, "keeper"), "/var/crash", kPlain, "", "",
     "", "", "", "", "ssh target \"keeper\": expected user@host"},
    {"ssh: no host", To(kSsh, "kdump@"), "/var/crash", kPlain, "", "",
     "", "", "", "", "expected user@host"},
    {"virtiofs: mounted", To(kVirtiofs, "dumptag"), "/node", kNetwork, "", "",
     "/mnt/share/node", "/node", "/mnt/share", "virtiofs", ""},
    {"virtiofs: another tag", To(kVirtiofs, "dumpta"), "/node", kNetwork, "", "",
     "", "/node", "", "", ""},
    {"virtiofs: no tag", To(kVirtiofs, ""), "/node", kNetwork, "", "",
     "", "", "", "", "expected the tag"},
    {"--mount of a device", To(kMount, "/dev/nvme0n1p2", "xfs"), "/crash", kPlain, "", "",
     "/boot/crash", "/crash", "/boot", "xfs", ""},
    {"--mount of an export", To(kMount, "filer:/dumps", "nfs"), "/node", kNetwork, "", "",
     "/mnt/dumps/node", "/node", "/mnt/dumps", "nfs4", ""},
    {"--mount of a device, wrong type",
     To(kMount, "/dev/nvme0n1p2", "ext4"), "/crash", kPlain, "", "",
     "/boot/crash", "/crash", "/boot", "xfs", "expected xfs"},
    {"--mount of nothing", To(kMount, "", "ext4"), "/crash", kPlain, "", "",
     "", "", "", "ext4", "expected a device path"},
    {"ftp is remote", To(kFtp, "keeper/pub"), "/", kPlain, "", "",
     "", "/", "", "", ""},
    {"smb without a host", To(kSmb, ""), "/", kPlain, "", "",
     "", "", "", "", "expected a host"},
};
// clang-format on

TEST(ResolveTarget, SaysWhereADumpAppears) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    KdumpConfig config;
    config.target = row.target;
    config.path = row.path;
    const Target target = ResolveTarget(config, row.mounts, {}, row.device, row.number);
    EXPECT_EQ(target.kind, row.target.kind);
    EXPECT_EQ(target.live_path, row.live_path);
    EXPECT_EQ(target.path_on_device, row.path_on_device);
    EXPECT_EQ(target.mount ? target.mount->point : "", row.mounted_at);
    EXPECT_EQ(target.fstype, row.fstype);
    EXPECT_EQ(target.problem.empty(), row.problem.empty()) << target.problem;
    EXPECT_NE(target.problem.find(row.problem), std::string::npos) << target.problem;
    EXPECT_FALSE(target.in_fstab);
  }
}

TEST(ResolveTarget, NamesTheDeviceOfAnImplicitTarget) {
  KdumpConfig config;
  EXPECT_EQ(ResolveTarget(config, kOstree, {}, "").spec, "/dev/nvme0n1p4");
}

TEST(ResolveTarget, KeepsTheConfiguredNameOfAnExplicitOne) {
  KdumpConfig config;
  config.target = {kDevice, "UUID=1f", "xfs"};
  EXPECT_EQ(ResolveTarget(config, kPlain, {}, "/dev/nvme0n1p2").spec, "UUID=1f");
}

TEST(ResolveTarget, FollowsTheDialect) {
  for (const auto dialect : {ConfigDialect::kKdumpTools, ConfigDialect::kSysconfig}) {
    KdumpConfig config;
    config.dialect = dialect;
    config.path = "/dumps";
    config.target = To(kNfs, "filer:/dumps");
    EXPECT_EQ(ResolveTarget(config, kNetwork, {}, "").live_path, "/mnt/dumps");
    config.target = To(kSsh, "keeper");
    EXPECT_EQ(ResolveTarget(config, kNetwork, {}, "").problem, "");
    config.target = To(kSsh, "");
    EXPECT_NE(ResolveTarget(config, kNetwork, {}, "").problem, "");
  }
}

struct FstabRow {
  const char* name;
  ConfiguredTarget target;
  std::string device;
  bool in_fstab;
  bool noauto;
};

TEST(ResolveTarget, LooksTheTargetUpInFstab) {
  const std::vector<FstabRow> rows{
      {"the same tag", To(kDevice, "UUID=ab-cd", "ext4"), "", true, true},
      {"the same tag in quotes", To(kDevice, "UUID=\"ab-cd\"", "ext4"), "", true, true},
      {"another value", To(kDevice, "UUID=ab-ce", "ext4"), "", false, false},
      {"another tag of the same value", To(kDevice, "LABEL=ab-cd", "ext4"), "", false, false},
      {"by device", To(kDevice, "LABEL=x", "ext4"), "/dev/sdz1", true, false},
      {"another partition", To(kDevice, "/dev/sdz10", "ext4"), "/dev/sdz10", false, false},
      {"an export", To(kNfs, "filer:/late"), "", true, true},
  };
  for (const FstabRow& row : rows) {
    SCOPED_TRACE(row.name);
    KdumpConfig config;
    config.target = row.target;
    const Target target = ResolveTarget(config, kPlain, kFstab, row.device);
    EXPECT_EQ(target.in_fstab, row.in_fstab);
    EXPECT_EQ(target.noauto, row.noauto);
    EXPECT_FALSE(target.mount.has_value());
  }
}

TEST(DeviceLink, IsTheNameThatUdevGives) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"UUID=1f-2a", "/dev/disk/by-uuid/1f-2a"},
      {"UUID=\"1f-2a\"", "/dev/disk/by-uuid/1f-2a"},
      {"LABEL=my disk", "/dev/disk/by-label/my\\x20disk"},
      {"LABEL=../../etc", "/dev/disk/by-label/..\\x2f..\\x2fetc"},
      {"LABEL=Größe", "/dev/disk/by-label/Größe"},
      {"PARTUUID=ab", "/dev/disk/by-partuuid/ab"},
      {"PARTLABEL=a=b", "/dev/disk/by-partlabel/a=b"},
      {"ID=nvme-x", "/dev/disk/by-id/nvme-x"},
      {"/dev/sda2", "/dev/sda2"},
      {"UUID=", ""},
      {"uuid=1f", ""},
      {"filer:/export", ""},
      {"sda2", ""},
      {"", ""},
  };
  for (const auto& [spec, link] : rows) EXPECT_EQ(DeviceLink(spec), link) << spec;
}

}  // namespace
}  // namespace kdumpd
