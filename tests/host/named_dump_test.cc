// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/named_dump.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/tree.h"

namespace kdumpd {
namespace {

const Tree& Crashes() {
  static const Tree tree(
      "x/vmcore: the dump\n"
      "x/vmcore-dmesg.txt: its log\n"
      "logs/dmesg.202611220806: a log\n"
      "capture/kexec-dmesg.log: not of the crash\n"
      "set/dump.10: ten\n"
      "set/dump.2: two\n"
      "set/dump.0: zero\n"
      "set/dump.202611220806: a stamp\n"
      "set/other.1: another\n"
      "set/dump.3 -> dump.2\n"
      "bad/vmcore -> ../x/vmcore\n"
      "part -> set/dump.2\n"
      "absolute -> /x/vmcore\n"
      "out -> ../../../../../../etc/passwd\n"
      "none/\n");
  return tree;
}

struct Row {
  const char* path;
  const char* opened;  // "": nothing
  const char* reason;
  std::size_t files = 1;
};
constexpr Row kRows[] = {
    {"/x/vmcore", "/x/vmcore", ""},
    {"/x", "/x/vmcore", ""},
    {"/x/", "/x/vmcore", ""},
    {"/logs", "/logs/dmesg.202611220806", ""},
    {"/set/dump.2", "/set/dump.2", "", 3},
    {"/set/dump.10", "/set/dump.10", "", 3},
    {"/part", "/part", "", 3},
    {"/set/dump.202611220806", "/set/dump.202611220806", ""},
    {"/set/other.1", "/set/other.1", ""},
    {"/capture", "", "no_dump_files"},
    {"/none", "", "no_dump_files"},
    {"/bad", "", "not_a_regular_file"},
    {"/nowhere", "", "not_found"},
    {"/fifo", "", "not_a_regular_file"},
};

void Expect(const Row& row, const Named& named, const std::string& prefix) {
  const bool wanted = *row.opened != '\0';
  ASSERT_EQ(named.has_value(), wanted) << row.path;
  if (!wanted) {
    EXPECT_EQ(named.error().wholeness.reason, row.reason) << row.path;
    EXPECT_EQ(ExitStatus(named.error()), std::string_view(row.reason) == "no_dump_files" ? 2 : 3);
    return;
  }
  EXPECT_EQ(named->path, prefix + row.opened);
  EXPECT_EQ(named->files.size(), row.files) << row.path;
}

TEST(NamedDump, ByOurOwnNamesAndByTheNodes) {
  const std::string top(Crashes().path());
  ASSERT_EQ(::mkfifo((top + "/fifo").c_str(), 0600), 0);
  const auto root = HostRoot::Open({.rootfs = top, .procfs = "", .sysfs = ""});
  ASSERT_TRUE(root);
  for (const Row& row : kRows) {
    Expect(row, OpenNamed(nullptr, top + row.path), top);
    Expect(row, OpenNamed(&*root, row.path), "");
  }
}

TEST(NamedDump, NothingOfTheNodesLeadsOutOfItsRoot) {
  const auto root =
      HostRoot::Open({.rootfs = std::string(Crashes().path()), .procfs = "", .sysfs = ""});
  ASSERT_TRUE(root);
  EXPECT_TRUE(OpenNamed(&*root, "/absolute"));
  const Named out = OpenNamed(&*root, "/out");
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().wholeness.reason, "not_found");
}

TEST(NamedDump, NoMorePartsThanTheirNumber) {
  const Tree tree("dump.0: first\n");
  for (int i = 1; i < 100; ++i) tree.Write(Cat("dump.", i), "part");
  const Named named = OpenNamed(nullptr, std::string(tree.path()) + "/dump.0");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->files.size(), kMaxParts);
}

TEST(MarksOf, AChangeShows) {
  const Tree tree("vmcore: some\n");
  const std::string path = std::string(tree.path()) + "/vmcore";
  const Named named = OpenNamed(nullptr, path);
  ASSERT_TRUE(named);
  const auto before = MarksOf(named->files);
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].bytes, 5U);
  EXPECT_EQ(MarksOf(named->files), before);
  tree.Write("vmcore", "more than that");
  EXPECT_NE(MarksOf(named->files), before);
}

}  // namespace
}  // namespace kdumpd
