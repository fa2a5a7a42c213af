// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/core/text.h"
#include "tests/host/look.h"

namespace kdumpd {
namespace {

constexpr std::string_view kNode = R"(proc/cmdline: quiet
proc/1/mountinfo: 20 1 253:0 / / rw - xfs /dev/sda1 rw
etc/os-release: ID=rhel
)";

// "key=value file" of each winner.
std::vector<std::string> Winners(const Tree& tree) {
  const Facts facts = LookAt(tree);
  EXPECT_TRUE(facts.sysctl_files.known()) << facts.sysctl_files.why();
  std::vector<std::string> lines;
  for (const SysctlSetting& one : facts.sysctl_files.ValueOr({})) {
    lines.push_back(Cat(one.key, '=', one.value, ' ', one.file));
  }
  return lines;
}

TEST(ObserveSysctlFiles, FindsTheWinnerOfEachKey) {
  struct Row {
    std::string_view what;
    std::string_view picture;
    std::string_view winner;  // of kernel.panic; "": none
  };
  const std::vector<Row> rows{
      {"one file", "usr/lib/sysctl.d/50-a.conf: kernel.panic=1", "1 /usr/lib/sysctl.d/50-a.conf"},
      {"by name, not by directory",
       "etc/sysctl.d/10-a.conf: kernel.panic=1\nusr/lib/sysctl.d/90-b.conf: kernel.panic=2",
       "2 /usr/lib/sysctl.d/90-b.conf"},
      {"/etc hides the same name",
       "etc/sysctl.d/50-a.conf: kernel.panic=1\nrun/sysctl.d/50-a.conf: kernel.panic=2\n"
       "usr/lib/sysctl.d/50-a.conf: kernel.panic=3",
       "1 /etc/sysctl.d/50-a.conf"},
      {"/run hides /usr/local/lib and /usr/lib",
       "run/sysctl.d/50-a.conf: kernel.panic=2\nusr/local/lib/sysctl.d/50-a.conf: kernel.panic=3\n"
       "usr/lib/sysctl.d/50-a.conf: kernel.panic=4",
       "2 /run/sysctl.d/50-a.conf"},
      {"/usr/local/lib hides /usr/lib",
       "usr/local/lib/sysctl.d/50-a.conf: kernel.panic=3\n"
       "usr/lib/sysctl.d/50-a.conf: kernel.panic=4",
       "3 /usr/local/lib/sysctl.d/50-a.conf"},
      {"an empty file hides too",
       "etc/sysctl.d/50-a.conf:\nusr/lib/sysctl.d/50-a.conf: kernel.panic=3", ""},
      {"masked", "etc/sysctl.d/50-a.conf -> /dev/null\nusr/lib/sysctl.d/50-a.conf: kernel.panic=3",
       ""},
      {"masked, another name",
       "etc/sysctl.d/50-b.conf -> /dev/null\nusr/lib/sysctl.d/50-a.conf: kernel.panic=3",
       "3 /usr/lib/sysctl.d/50-a.conf"},
      {"a link", "etc/sysctl.d/99-sysctl.conf -> ../x\netc/x: kernel.panic=5",
       "5 /etc/sysctl.d/99-sysctl.conf"},
      {"a link that leads nowhere", "etc/sysctl.d/50-a.conf -> /gone", ""},
      {"the old file comes last",
       "etc/sysctl.conf: kernel.panic=6\netc/sysctl.d/zz.conf: kernel.panic=7",
       "6 /etc/sysctl.conf"},
      {"the last line of a file counts", "etc/sysctl.conf:\n  kernel.panic=1\n  kernel/panic=2\n",
       "2 /etc/sysctl.conf"},
      {"other names are not read", "etc/sysctl.d/README: kernel.panic=1", ""},
      {"other keys are not kept", "etc/sysctl.d/a.conf: kernel.pid_max=1", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const Tree tree(kNode);
    tree.Add(row.picture);
    const auto winners = Winners(tree);
    if (row.winner.empty()) {
      EXPECT_TRUE(winners.empty()) << winners.front();
      continue;
    }
    ASSERT_EQ(winners.size(), 1U);
    EXPECT_EQ(winners.front(), Cat("kernel.panic=", row.winner));
  }
}

TEST(ObserveSysctlFiles, ReadsSeveralKeys) {
  const Tree tree(kNode);
  tree.Add(
      "usr/lib/sysctl.d/50-default.conf:\n  kernel.sysrq = 16\n  kernel.panic_on_oops = 1\n"
      "etc/sysctl.d/90-hard.conf: kernel.kexec_load_disabled=1");
  const auto winners = Winners(tree);
  ASSERT_EQ(winners.size(), 3U);
  EXPECT_EQ(winners[0], "kernel.kexec_load_disabled=1 /etc/sysctl.d/90-hard.conf");
  EXPECT_EQ(winners[1], "kernel.panic_on_oops=1 /usr/lib/sysctl.d/50-default.conf");
  EXPECT_EQ(winners[2], "kernel.sysrq=16 /usr/lib/sysctl.d/50-default.conf");
}

TEST(ObserveSysctlFiles, TellsNoFilesFromNoAnswer) {
  const Tree tree(kNode);
  EXPECT_TRUE(LookAt(tree).sysctl_files.absent());
  tree.MakeDirectory("etc/sysctl.d");
  EXPECT_TRUE(LookAt(tree).sysctl_files.known());
  tree.Remove("etc");
  EXPECT_TRUE(LookAt(tree).sysctl_files.unreadable());  // an /etc that is not the node's
}

TEST(ObserveSysctlFiles, TouchesNothingWithoutTheMounts) {
  const Tree tree(kNode);
  tree.Add("etc/sysctl.conf: kernel.panic=1");
  tree.Remove("proc/1/mountinfo");
  EXPECT_TRUE(LookAt(tree).sysctl_files.unreadable());
}

TEST(ObserveSysctlFiles, SaysWhatItCouldNotRead) {
  struct Row {
    std::string_view what;
    void (*break_it)(const Tree&);
    std::string_view source;
  };
  const std::vector<Row> rows{
      {"a directory in the place of a file",
       [](const Tree& tree) { tree.MakeDirectory("etc/sysctl.d/b.conf"); }, "/etc/sysctl.d/b.conf"},
      {"a FIFO",
       [](const Tree& tree) {
         ASSERT_EQ(mkfifo((tree.path() + "/etc/sysctl.d/b.conf").c_str(), 0600), 0);
       },
       "/etc/sysctl.d/b.conf"},
      {"a file in the place of a directory",
       [](const Tree& tree) { tree.Write("run/sysctl.d", "x"); }, "/run/sysctl.d"},
      {"a file that is too large",
       [](const Tree& tree) { tree.Write("etc/sysctl.conf", std::string((64 << 10) + 1, '#')); },
       "/etc/sysctl.conf"},
      {"too much in all",
       [](const Tree& tree) {
         for (int i = 0; i < 9; ++i) {
           tree.Write(Cat("etc/sysctl.d/c", i, ".conf"), std::string(60 << 10, '#'));
         }
       },
       "/etc/sysctl.d/c8.conf"},
      {"too many files",
       [](const Tree& tree) {
         for (int i = 0; i < 256; ++i) tree.Write(Cat("etc/sysctl.d/c", i, ".conf"), "");
       },
       "/etc/sysctl.d"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const Tree tree(kNode);
    tree.Add("etc/sysctl.d/a.conf: kernel.panic=1");
    EXPECT_TRUE(LookAt(tree).sysctl_files.known());
    row.break_it(tree);
    const Facts facts = LookAt(tree);
    EXPECT_TRUE(facts.sysctl_files.unreadable());
    EXPECT_EQ(facts.sysctl_files.source(), row.source) << facts.sysctl_files.why();
  }
}

}  // namespace
}  // namespace kdumpd
