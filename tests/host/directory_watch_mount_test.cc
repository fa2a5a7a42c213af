// SPDX-License-Identifier: Apache-2.0
// What mounts do to a watched directory: each test in a child with a mount namespace of its own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "daemon/host/directory_watch.h"
#include "daemon/host/dump_scanner.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

// A node whose /var/crash holds one dump.
struct Node {
  Node() { tree.Write("var/crash/202611220715/vmcore", "x"); }

  void Watch() {
    watch.Set(root, {"/var/crash"});
    watch.Drain();
  }
  // Whether a new dump of this name is noticed.
  bool Notices(const std::string& dump) {
    watch.Drain();
    fs::create_directory(crash + "/" + dump);
    return watch.Drain();
  }
  // The dumps of one more look, "?" when there can be none.
  std::string Names() {
    auto list = scanner.Look(root, "/var/crash", {std::time(nullptr) + 1000, 10}, {}, &before);
    before = list.value_or(DumpList{}).dumps;
    if (!list) return "?";
    std::string names;
    for (const Dump& dump : before) names += dump.directory + " ";
    return names;
  }

  TemporaryTree tree;
  std::string crash = tree.path() + "/var/crash";
  HostRoot root = *HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""});
  DirectoryWatch watch = *DirectoryWatch::Create();
  DumpScanner scanner;
  std::vector<Dump> before;
};

constexpr int kNotPermitted = 77;

// Runs `body` in a child that may mount what it likes; nobody else sees it.
void InOwnMounts(const std::function<void(Node&)>& body) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0) ::_exit(kNotPermitted);
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(kNotPermitted);
    {
      Node node;
      if (::mount("tmpfs", node.tree.path().c_str(), "tmpfs", 0, nullptr) != 0) {
        ::_exit(kNotPermitted);
      }
      ::umount2(node.tree.path().c_str(), MNT_DETACH);
      body(node);
      while (::umount2(node.crash.c_str(), MNT_DETACH) == 0) continue;
    }
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNotPermitted) {
    GTEST_SKIP() << "no mount namespace of our own: not permitted here";
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(DirectoryWatchMounts, AFileSystemMountedOverItIsWatchedAfterTheNextLook) {
  InOwnMounts([](Node& node) {
    node.Watch();
    EXPECT_EQ(node.Names(), "202611220715 ");
    ASSERT_EQ(::mount("tmpfs", node.crash.c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_FALSE(node.watch.Drain()) << "a mount raises no event: the timer finds it";
    EXPECT_FALSE(node.Notices("202611220800")) << "still the one below";
    EXPECT_EQ(node.Names(), "202611220800 ") << "a look sees the new one at once";
    node.Watch();
    EXPECT_TRUE(node.Notices("202611220801"));
    EXPECT_EQ(node.Names(), "202611220801 202611220800 ");
  });
}

TEST(DirectoryWatchMounts, WhenItIsUnmountedAgainTheOldOneIsBack) {
  InOwnMounts([](Node& node) {
    ASSERT_EQ(::mount("tmpfs", node.crash.c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_EQ(node.Names(), "");
    node.Watch();
    ASSERT_EQ(::umount(node.crash.c_str()), 0) << "our watch keeps no file system busy";
    EXPECT_TRUE(node.watch.Drain()) << "the watched directory is gone: IN_UNMOUNT, IN_IGNORED";
    EXPECT_EQ(node.Names(), "202611220715 ");
    node.Watch();
    EXPECT_TRUE(node.Notices("202611220800"));
    EXPECT_EQ(node.Names(), "202611220800 202611220715 ");
  });
}

// As a container sees the host's: what the host writes is noticed, though we could not.
TEST(DirectoryWatchMounts, AReadOnlyBindMountIsWatched) {
  InOwnMounts([](Node& node) {
    const std::string host = node.tree.path() + "/host";
    fs::create_directories(host + "/202611220900");
    ASSERT_EQ(::mount(host.c_str(), node.crash.c_str(), nullptr, MS_BIND, nullptr), 0);
    constexpr unsigned long kReadOnly = MS_REMOUNT | MS_BIND | MS_RDONLY;
    ASSERT_EQ(::mount(nullptr, node.crash.c_str(), nullptr, kReadOnly, nullptr), 0);
    ASSERT_NE(::mkdir((node.crash + "/ours").c_str(), 0700), 0);
    ASSERT_EQ(errno, EROFS);
    node.Watch();
    EXPECT_EQ(node.Names(), "202611220900 ");
    fs::create_directory(host + "/202611220901");
    EXPECT_TRUE(node.watch.Drain());
    EXPECT_EQ(node.Names(), "202611220901 202611220900 ");
  });
}

// The same on a tree of our own: nothing is watched until there is something to watch.
TEST(DirectoryWatchMounts, ADirectoryThatAppearsLater) {
  Node node;
  fs::rename(node.crash, node.tree.path() + "/var/later");
  node.Watch();
  EXPECT_EQ(node.Names(), "?");
  fs::rename(node.tree.path() + "/var/later", node.crash);
  EXPECT_FALSE(node.watch.Drain()) << "the timer finds it";
  EXPECT_EQ(node.Names(), "202611220715 ");
  node.Watch();
  EXPECT_TRUE(node.Notices("202611220800"));
}

}  // namespace
}  // namespace kdumpd
