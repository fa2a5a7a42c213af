// SPDX-License-Identifier: Apache-2.0
// Always on a temporary tree: the letter that crashes goes into a file of the test's own.
#include "daemon/host/crash_trigger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "daemon/core/unique_fd.h"
#include "daemon/host/announcement.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::string_view kArmed =
    "proc/sysrq-trigger:\n"
    "sys/kernel/kexec_crash_loaded: 1\n";

std::string Trigger(const Tree& tree) {
  std::ostringstream text;
  text << std::ifstream(tree.path() + "/proc/sysrq-trigger").rdbuf();
  return text.str();
}

HostRoot RootOf(const Tree& tree) { return *HostRoot::Open({tree.path(), "", ""}); }

struct Row {
  const char* what;
  std::function<void(const Tree&)> change;
  bool crashes;
  const char* why;
};

// One change to a node that is armed.
TEST(CrashTrigger, OnlyWhereSomethingTakesOver) {
  const std::vector<Row> rows{
      {"nothing", [](const Tree&) {}, true, ""},
      {"nothing is loaded any more",
       [](const Tree& t) { t.Add("sys/kernel/kexec_crash_loaded: 0"); }, false,
       "nothing would take over any more: /sys/kernel/kexec_crash_loaded"},
      {"no such file", [](const Tree& t) { t.Remove("sys/kernel/kexec_crash_loaded"); }, false,
       "/sys/kernel/kexec"},
      {"no /sys", [](const Tree& t) { t.Remove("sys"); }, false, "/sys/kernel"},
      {"another number", [](const Tree& t) { t.Add("sys/kernel/kexec_crash_loaded: 2"); }, false,
       "kexec_crash_loaded"},
      {"where newer kernels have it",
       [](const Tree& t) {
         t.Remove("sys/kernel/kexec_crash_loaded");
         t.Add("sys/kernel/kexec/crash_loaded: 1");
       },
       true, ""},
      {"fadump is registered",
       [](const Tree& t) {
         t.Add(
             "sys/kernel/kexec_crash_loaded: 0\nsys/kernel/fadump/enabled: 1\n"
             "sys/kernel/fadump/registered: 1");
       },
       true, ""},
      {"fadump is not",
       [](const Tree& t) {
         t.Add("sys/kernel/fadump/enabled: 1\nsys/kernel/fadump/registered: 0");
       },
       false, "nothing would take over any more: /sys/kernel/fadump/enabled"},
      {"a kernel without SysRq", [](const Tree& t) { t.Remove("proc/sysrq-trigger"); }, false,
       "/proc"},
      {"a directory",
       [](const Tree& t) { t.Remove("proc/sysrq-trigger"), t.Add("proc/sysrq-trigger/"); }, false,
       "no kernel file"},
  };
  for (const Row& row : rows) {
    const Tree tree(kArmed);
    row.change(tree);
    const auto triggered = TriggerCrash(RootOf(tree));
    ASSERT_EQ(triggered.has_value(), row.crashes) << row.what;
    EXPECT_EQ(Trigger(tree), row.crashes ? "c" : "") << row.what;
    if (row.crashes) continue;
    EXPECT_NE(triggered.error().message.find(row.why), std::string::npos)
        << row.what << ": " << triggered.error().message;
  }
}

// Not the machine's: a link leads nowhere but into the tree.
TEST(CrashTrigger, StaysInItsTree) {
  const Tree tree(kArmed);
  tree.Remove("proc/sysrq-trigger");
  tree.Link("/../../proc/elsewhere", "proc/sysrq-trigger");
  EXPECT_FALSE(TriggerCrash(RootOf(tree)));
  tree.Add("proc/elsewhere:");
  ASSERT_TRUE(TriggerCrash(RootOf(tree)));
  std::ostringstream text;
  text << std::ifstream(tree.path() + "/proc/elsewhere").rdbuf();
  EXPECT_EQ(text.str(), "c");
}

TEST(CrashTrigger, AFifoThatNobodyReads) {
  const Tree tree(kArmed);
  tree.Remove("proc/sysrq-trigger");
  ASSERT_EQ(mkfifo((tree.path() + "/proc/sysrq-trigger").c_str(), 0600), 0);
  EXPECT_FALSE(TriggerCrash(RootOf(tree)));
}

std::string Script(const Tree& tree, const std::string& text) {
  tree.Write("program", "#!/bin/sh\n" + text + "\n");
  const std::string path = tree.path() + "/program";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

TEST(SyncWithin, EndsWithTheProgram) {
  const Tree tree("");
  EXPECT_TRUE(SyncWithin(milliseconds(20'000), Script(tree, "exit 0")));
  EXPECT_EQ(SyncWithin(milliseconds(20'000), Script(tree, "exit 1")).error().code, ErrorCode::kIo);
  EXPECT_EQ(SyncWithin(milliseconds(20'000), tree.path() + "/none").error().code,
            ErrorCode::kNotFound);
  EXPECT_TRUE(fs::exists(kSyncProgram));
}

TEST(SyncWithin, AndNotLater) {
  const Tree tree("");
  const auto began = std::chrono::steady_clock::now();
  const auto synced = SyncWithin(milliseconds(50), Script(tree, "exec sleep 60"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  ASSERT_FALSE(synced);
  EXPECT_EQ(synced.error().code, ErrorCode::kTimeout);
  EXPECT_NE(synced.error().message.find("not done after 50 ms"), std::string::npos);
}

// The system log of the tree, never the machine's.
TEST(Announcement, GoesToTheLogOfTheNode) {
  const Tree tree("run/systemd/journal/\ndev/");
  EXPECT_FALSE(Announce(RootOf(tree), "nobody listens"));
  const UniqueFd log(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = tree.path() + "/run/systemd/journal/dev-log";
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(bind(log.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_TRUE(Announce(RootOf(tree), "drill 1: a\nb"));
  std::array<char, 512> line{};
  ASSERT_GT(recv(log.get(), line.data(), line.size() - 1, 0), 0);
  EXPECT_EQ(std::string(line.data()),
            "<25>kdumpd[" + std::to_string(getpid()) + "]: drill 1: a\\x0ab");
}

}  // namespace
}  // namespace kdumpd
