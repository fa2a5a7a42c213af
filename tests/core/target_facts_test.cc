// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/target_facts.h"

#include <gtest/gtest.h>

#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

TEST(TargetFacts, ReadsUdevData) {
  const BlockDevice device = ParseUdevData(
      "S:disk/by-uuid/1f\nS:disk/by-id/wwn-1\nL:10\nI:1234\n"
      "E:ID_FS_TYPE=swap\nE:ID_FS_USAGE=other\nE:ID_FS_TYPE_X=no\nE:ID_PART_TABLE_TYPE=gpt\n"
      "E:ID_PART_ENTRY_TYPE=0fc63daf\nE:NOTHING\nG:systemd\nE:ID_FS_AMBIVALENT=filesystem:a:b\n");
  EXPECT_TRUE(device.udev);
  EXPECT_EQ(device.fs_type, "swap");
  EXPECT_EQ(device.fs_usage, "other");
  EXPECT_EQ(device.table_type, "gpt");
  EXPECT_EQ(device.part_type, "0fc63daf");
  EXPECT_TRUE(device.fs_ambivalent);
  EXPECT_EQ(device.links, (std::vector<std::string>{"disk/by-uuid/1f", "disk/by-id/wwn-1"}));
}

TEST(TargetFacts, BoundsUdevData) {
  std::string text = Cat("E:ID_FS_TYPE=", std::string(5000, 'x'), '\n');
  for (int i = 0; i < 100; ++i) text += "S:a\n";
  const BlockDevice device = ParseUdevData(text);
  EXPECT_EQ(device.fs_type.size(), 255U);
  EXPECT_EQ(device.links.size(), 32U);
  EXPECT_FALSE(device.fs_ambivalent);
  EXPECT_TRUE(ParseUdevData("").fs_type.empty());
}

TEST(TargetFacts, NamesLayers) {
  struct Row {
    const char* name;
    const char* uuid;
    bool partition;
    const char* expected;
  };
  const std::vector<Row> rows{
      {"dm-0", "LVM-abc", false, "lvm"},
      {"dm-0", "LVM-abc-tpool", false, "thin-pool"},
      {"dm-0", "LVM-abc-tpoo", false, "lvm"},
      {"dm-0", "CRYPT-LUKS2-abc", false, "crypt"},
      {"dm-0", "CRYP-LUKS2-abc", false, "dm"},
      {"dm-0", "mpath-36005", false, "mpath"},
      {"dm-1", "part1-mpath-36005", false, "part"},
      {"dm-0", "DMRAID-isw", false, "bios-raid"},
      {"dm-0", "", false, "dm"},
      {"md127", "", false, "raid"},
      {"md127p1", "", true, "part"},
      {"mdx", "", false, "disk"},
      {"loop0", "", false, "loop"},
      {"zram0", "", false, "ram"},
      {"ram0", "", false, "ram"},
      {"sda", "", false, "disk"},
      {"sda1", "", true, "part"},
      {"nvme0n1", "", false, "disk"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(BlockKind(row.name, row.uuid, row.partition), row.expected)
        << row.name << " " << row.uuid;
  }
}

TEST(TargetFacts, FindsTheHost) {
  struct Row {
    TargetKind kind;
    const char* fstype;
    const char* spec;
    Endpoint expected;
  };
  const std::vector<Row> rows{
      {TargetKind::kSsh, "", "kdump@backup", {"kdump", "backup", ""}},
      {TargetKind::kSsh, "", "backup", {"", "backup", ""}},
      {TargetKind::kSsh, "", "kdump@backup:2222", {"kdump", "backup", "2222"}},
      {TargetKind::kSsh, "", "kdump@2001:db8::9", {"kdump", "2001:db8::9", ""}},
      {TargetKind::kSsh, "", "kdump@[2001:db8::9]:22", {"kdump", "2001:db8::9", "22"}},
      {TargetKind::kSsh, "", "kdump@[2001:db8::9]", {"kdump", "2001:db8::9", ""}},
      {TargetKind::kSsh, "", "u:***@backup", {"u:***", "backup", ""}},
      {TargetKind::kFtp, "", "ftp.example.com:21", {"", "ftp.example.com", "21"}},
      {TargetKind::kSmb, "", "//nas/share/dir", {"", "nas", ""}},
      {TargetKind::kSmb, "", "nas/share", {"", "", ""}},
      {TargetKind::kNfs, "", "nas:/export", {"", "nas", ""}},
      {TargetKind::kNfs, "", "[2001:db8::9]:/export", {"", "2001:db8::9", ""}},
      {TargetKind::kNfs, "", "nas/export", {"", "", ""}},
      {TargetKind::kImplicit, "nfs4", "nas:/export", {"", "nas", ""}},
      {TargetKind::kImplicit, "xfs", "/dev/sda1", {"", "", ""}},
      {TargetKind::kVirtiofs, "virtiofs", "tag", {"", "", ""}},
      {TargetKind::kRaw, "", "/dev/sda1", {"", "", ""}},
  };
  for (const Row& row : rows) {
    Target target;
    target.kind = row.kind;
    target.fstype = row.fstype;
    target.spec = row.spec;
    const Endpoint endpoint = EndpointOf(target);
    EXPECT_EQ(endpoint.user, row.expected.user) << row.spec;
    EXPECT_EQ(endpoint.host, row.expected.host) << row.spec;
    EXPECT_EQ(endpoint.port, row.expected.port) << row.spec;
  }
}

TEST(TargetFacts, KnowsAddresses) {
  for (const char* host : {"192.0.2.9", "0.0.0.0", "255.255.255.255", "2001:db8::9", "::1",
                           "fe80::1%eth0", "::ffff:192.0.2.9"}) {
    EXPECT_TRUE(IsAddress(host)) << host;
  }
  for (const char* host : {"192.0.2", "192.0.2.256", "192.0.2.9.1", "192.0.2.x", "backup", "",
                           "a:b", "be:ef:.cafe.example"}) {
    EXPECT_FALSE(IsAddress(host)) << host;
  }
}

TEST(TargetFacts, ReadsNameservers) {
  EXPECT_EQ(ParseNameservers("# x\nsearch example.com\nnameserver 192.0.2.53\n"
                             "nameserver\t::1 # local\n;nameserver 1.1.1.1\nnameserver\n"
                             "nameservers 9.9.9.9\n"),
            (std::vector<std::string>{"192.0.2.53", "::1"}));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "nameserver 192.0.2.1\n";
  EXPECT_EQ(ParseNameservers(many).size(), 16U);
}

TEST(TargetFacts, ReadsHosts) {
  EXPECT_EQ(ParseHostNames("127.0.0.1 localhost # home\n\n192.0.2.9\tBackup.example.com backup\n"
                           "backup2 192.0.2.10\n# 192.0.2.11 other\n"),
            (std::vector<std::string>{"localhost", "backup.example.com", "backup"}));
  std::string many;
  for (int i = 0; i < 30000; ++i) many += "::1 a\n";
  EXPECT_EQ(ParseHostNames(many).size(), 20000U);
}

}  // namespace
}  // namespace kdumpd
