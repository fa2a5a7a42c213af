// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>

#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/sys/kernel/osrelease: 5.14.0
sys/kernel/kexec_crash_loaded: 1
proc/1/mountinfo:
  20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw
  30 20 0:21 / /sys/fs/pstore rw - pstore pstore rw
)";
constexpr std::string_view kUnmounted =
    "proc/1/mountinfo: 20 1 253:0 / / rw shared:1 - xfs /dev/mapper/rhel-root rw";

void Age(const Tree& tree, std::string_view name, std::int64_t mtime) {
  const timespec times[2] = {{.tv_sec = mtime, .tv_nsec = 0}, {.tv_sec = mtime, .tv_nsec = 0}};
  EXPECT_EQ(utimensat(AT_FDCWD, Cat(tree.path(), '/', name).c_str(), times, 0), 0);
}

// "path=kind" of each, or the state of the fact.
std::string Told(const Fact<std::vector<PstoreRecord>>& fact) {
  if (!fact.known()) return fact.absent() ? "absent" : "unreadable";
  std::string told;
  for (const PstoreRecord& record : fact.value()) {
    told +=
        Cat(told.empty() ? "" : " ", record.archived ? "old " : "", record.path, "=", record.kind);
  }
  return told;
}

TEST(ObservePstore, Directories) {
  struct Row {
    std::string_view what;
    std::string add;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {"a kernel without", "", "absent"},
      {"mounted and empty", "sys/fs/pstore/", ""},
      {"not mounted", Cat("sys/fs/pstore/\n", kUnmounted), "unreadable"},
      {"a record", "sys/fs/pstore/dmesg-efi-1: Panic#1 Part1", "/sys/fs/pstore/dmesg-efi-1=Panic"},
      {"a record of no kind", "sys/fs/pstore/console-ramoops-0: [ 0.0] Linux",
       "/sys/fs/pstore/console-ramoops-0="},
      {"an empty record", "sys/fs/pstore/pmsg-ramoops-0:", "/sys/fs/pstore/pmsg-ramoops-0="},
      {"not a directory", "sys/fs/pstore: x", "unreadable"},
      {"an empty archive", "sys/fs/pstore/\nvar/lib/systemd/pstore/", ""},
      {"an archive of a kernel without", "var/lib/systemd/pstore/", ""},
      {"a flat archive", "var/lib/systemd/pstore/dmesg.txt: Oops#1 Part1",
       "old /var/lib/systemd/pstore/dmesg.txt=Oops"},
      {"a deep archive", "var/lib/systemd/pstore/1683/001/dmesg.txt: Panic#2 Part1",
       "old /var/lib/systemd/pstore/1683/001/dmesg.txt=Panic"},
      {"deeper than any archive",
       "sys/fs/pstore/\nvar/lib/systemd/pstore/1/2/3/dmesg.txt: Panic#1 Part1", ""},
      {"below a record", "sys/fs/pstore/x/dmesg.txt: Panic#1 Part1", ""},
      {"an archive that is a file", "sys/fs/pstore/\nvar/lib/systemd/pstore: x", "unreadable"},
      {"a record counts, whatever is hidden",
       "sys/fs/pstore: x\nvar/lib/systemd/pstore/dmesg.txt: Panic#1 Part1",
       "old /var/lib/systemd/pstore/dmesg.txt=Panic"},
  };
  for (const Row& row : rows) {
    const Tree tree(kNode);
    tree.Add(row.add);
    EXPECT_EQ(Told(LookAt(tree).pstore), row.expected) << row.what;
  }
}

TEST(ObservePstore, TheNewestFirst) {
  const Tree tree(kNode);
  tree.Add(
      "sys/fs/pstore/b: Panic#1 Part1\n"
      "sys/fs/pstore/a: Panic#1 Part2\n"
      "var/lib/systemd/pstore/c: Oops#1 Part1\n");
  Age(tree, "sys/fs/pstore/a", 1000);
  Age(tree, "sys/fs/pstore/b", 1000);
  Age(tree, "var/lib/systemd/pstore/c", 2000);
  const Facts facts = LookAt(tree);
  EXPECT_EQ(Told(facts.pstore),
            "old /var/lib/systemd/pstore/c=Oops /sys/fs/pstore/a=Panic /sys/fs/pstore/b=Panic");
  EXPECT_EQ(facts.pstore->front().mtime, 2000);
}

TEST(ObservePstore, IsBounded) {
  const Tree tree(kNode);
  for (int i = 0; i < 300; ++i) {
    const std::string name = Cat("var/lib/systemd/pstore/", 1000 + i, "/dmesg.txt");
    tree.Write(name, "Panic#1 Part1\n");
    Age(tree, name, 1000 + i);
  }
  const Facts facts = LookAt(tree);
  ASSERT_TRUE(facts.pstore.known());
  EXPECT_EQ(facts.pstore->size(), 32u);
  EXPECT_EQ(facts.pstore->front().path, "/var/lib/systemd/pstore/1299/dmesg.txt");
}

TEST(ObservePstore, ReadsTheBeginningOnly) {
  const Tree tree(kNode);
  tree.Write("sys/fs/pstore/large", Cat("Panic#1 Part1\n", std::string(1 << 20, 'x')));
  tree.Write("sys/fs/pstore/oneline", std::string(1 << 20, 'P'));
  for (const std::string_view name : {"large", "oneline"})
    Age(tree, Cat("sys/fs/pstore/", name), 9);
  EXPECT_EQ(Told(LookAt(tree).pstore), "/sys/fs/pstore/large=Panic /sys/fs/pstore/oneline=");
}

TEST(ObservePstore, FollowsNothingAndOpensOnlyFiles) {
  const Tree tree(kNode);
  tree.Add(
      "sys/fs/pstore/\n"
      "etc/secret: Panic#1 Part1\n"
      "elsewhere/dmesg.txt: Panic#1 Part1\n"
      "var/lib/systemd/pstore/file -> /etc/secret\n"
      "var/lib/systemd/pstore/directory -> /elsewhere\n"
      "var/lib/systemd/pstore/loop -> .\n");
  ASSERT_EQ(mkfifo((tree.path() + "/var/lib/systemd/pstore/fifo").c_str(), 0600), 0);
  EXPECT_EQ(Told(LookAt(tree).pstore), "");
}

TEST(ObservePstore, TheArchiveMayLieBehindALink) {
  const Tree tree(kNode);
  tree.Add(
      "data/pstore/dmesg.txt: Panic#1 Part1\n"
      "var/lib/systemd/pstore -> /data/pstore\n");
  EXPECT_EQ(Told(LookAt(tree).pstore), "old /var/lib/systemd/pstore/dmesg.txt=Panic");
}

TEST(ObservePstore, KeepsOffMountsThatMayHang) {
  const Tree tree(kNode);
  tree.Add(
      "var/lib/systemd/pstore/far/dmesg.txt: Panic#1 Part1\n"
      "var/lib/systemd/pstore/dmesg.txt: Oops#1 Part1\n"
      "proc/1/mountinfo:\n"
      "  20 1 253:0 / / rw - xfs /dev/mapper/rhel-root rw\n"
      "  31 20 0:40 / /var/lib/systemd/pstore/far rw - nfs4 server:/far rw\n");
  EXPECT_EQ(Told(LookAt(tree).pstore), "old /var/lib/systemd/pstore/dmesg.txt=Oops");
  tree.Add(
      "proc/1/mountinfo:\n"
      "  20 1 253:0 / / rw - xfs /dev/mapper/rhel-root rw\n"
      "  31 20 0:40 / /var/lib/systemd/pstore rw - nfs4 server:/far rw\n");
  EXPECT_EQ(Told(LookAt(tree).pstore), "unreadable");
}

TEST(ObservePstore, HostileNames) {
  const Tree tree(kNode);
  tree.Write("var/lib/systemd/pstore/a\nb\x1b", "Panic#1 Part1\n");
  tree.Write("var/lib/systemd/pstore/\xff\xfe", "Panic#1 Part1\n");
  EXPECT_EQ(LookAt(tree).pstore.ValueOr({}).size(), 2u);
}

}  // namespace
}  // namespace kdumpd
