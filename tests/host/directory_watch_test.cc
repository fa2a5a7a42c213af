// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/directory_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

// A node with /var/crash and its neighbour /var/other; the kernel queues an event before the call
// that causes it returns, so nothing here waits.
class DirectoryWatchTest : public ::testing::Test {
 protected:
  DirectoryWatchTest() {
    tree_.Write("var/crash/old/vmcore", "old");
    tree_.Write("var/other/vmcore", "other");
  }

  [[nodiscard]] std::string At(const std::string& name) const { return tree_.path() + "/" + name; }
  void Write(const std::string& name) const { tree_.Write(name, "x"); }
  void Rename(const std::string& from, const std::string& to) const {
    fs::rename(At(from), At(to));
  }
  // Watches exactly these, with nothing left in the queue.
  void Watch(const std::vector<std::string>& directories) {
    watch_.Set(root_, directories);
    watch_.Drain();
  }
  // Whether anything came since the last call; fd() and Drain() agree on it.
  bool Noticed() {
    pollfd waited{.fd = watch_.fd(), .events = POLLIN, .revents = 0};
    const bool readable = ::poll(&waited, 1, 0) == 1;
    EXPECT_EQ(watch_.Drain(), readable);
    return readable;
  }
  // Whether a new file in the directory is noticed.
  bool Watched(const std::string& directory) {
    EXPECT_FALSE(Noticed()) << directory;
    Write(directory + "/new-" + std::to_string(++files_));
    return Noticed();
  }

  TemporaryTree tree_;
  HostRoot root_ = *HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
  DirectoryWatch watch_ = *DirectoryWatch::Create();
  int files_ = 0;
};

struct Change {
  const char* name;
  bool noticed;
  std::function<void(const std::string& var)> make;  // var: the directory above crash and other
};

void Touch(const std::string& path) { std::ofstream(path) << "x"; }

std::vector<Change> Changes() {
  using S = const std::string&;
  return {
      {"nothing", false, [](S) {}},
      {"a directory is made", true, [](S var) { fs::create_directory(var + "/crash/new"); }},
      {"a file is made", true, [](S var) { Touch(var + "/crash/new"); }},
      {"a link is made", true, [](S var) { fs::create_symlink("old", var + "/crash/new"); }},
      {"moved in", true, [](S var) { fs::rename(var + "/other/vmcore", var + "/crash/vmcore"); }},
      {"moved out", true, [](S var) { fs::rename(var + "/crash/old", var + "/other/old"); }},
      {"renamed", true, [](S var) { fs::rename(var + "/crash/old", var + "/crash/older"); }},
      {"removed", true, [](S var) { fs::remove_all(var + "/crash/old"); }},
      {"it is moved away", true, [](S var) { fs::rename(var + "/crash", var + "/crash.old"); }},
      {"it is removed", true, [](S var) { fs::remove_all(var + "/crash"); }},
      // What our own look does must not be a reason for the next one.
      {"listed", false, [](S var) { (void)fs::exists(*fs::directory_iterator(var + "/crash")); }},
      {"read", false, [](S var) { std::ifstream(var + "/crash/old/vmcore").get(); }},
      {"mode changed", false,
       [](S var) { EXPECT_EQ(::chmod((var + "/crash/old").c_str(), 0700), 0); }},
      {"below a subdirectory", false, [](S var) { Touch(var + "/crash/old/new"); }},
      {"in a neighbour", false, [](S var) { Touch(var + "/other/new"); }},
      {"above", false, [](S var) { Touch(var + "/new"); }},
  };
}

TEST(DirectoryWatch, NoticesWhatChangesTheList) {
  for (const auto& row : Changes()) {
    const TemporaryTree tree;
    tree.Write("var/crash/old/vmcore", "old");
    tree.Write("var/other/vmcore", "other");
    auto watch = *DirectoryWatch::Create();
    watch.Set(*HostRoot::Open({.rootfs = tree.path(), .procfs = "", .sysfs = ""}), {"/var/crash"});
    row.make(tree.path() + "/var");
    EXPECT_EQ(watch.Drain(), row.noticed) << row.name;
    EXPECT_FALSE(watch.Drain()) << row.name;
  }
}

// A file that grows says nothing until its writer closes it.
TEST_F(DirectoryWatchTest, NoticesTheEndOfWriting) {
  Write("var/crash/vmcore");
  Watch({"/var/crash"});
  UniqueFd file(::open(At("var/crash/vmcore").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "more", 4), 4);
  EXPECT_FALSE(Noticed());
  file.Reset();
  EXPECT_TRUE(Noticed());
}

TEST_F(DirectoryWatchTest, WatchesExactlyWhatWasSet) {
  EXPECT_FALSE(Watched("var/crash"));  // nothing set yet
  Watch({"/var/crash", "/var/other"});
  EXPECT_TRUE(Watched("var/crash"));
  EXPECT_TRUE(Watched("var/other"));
  Watch({"/var/other"});
  EXPECT_FALSE(Watched("var/crash"));
  EXPECT_TRUE(Watched("var/other"));
  Watch({"/var/crash"});
  EXPECT_TRUE(Watched("var/crash"));
  EXPECT_FALSE(Watched("var/other"));
  Watch({});
  EXPECT_FALSE(Watched("var/crash"));
}

// Set comes after every look: it must neither lose what is queued nor wake the next look.
TEST_F(DirectoryWatchTest, SettingTheSameAgainIsSilentAndLosesNothing) {
  Watch({"/var/crash", "/var/other"});
  watch_.Set(root_, {"/var/other", "/var/crash"});
  EXPECT_FALSE(Noticed());
  Write("var/crash/vmcore");
  watch_.Set(root_, {"/var/crash", "/var/other"});
  EXPECT_TRUE(Noticed());
  EXPECT_TRUE(Watched("var/crash"));
}

TEST_F(DirectoryWatchTest, AReplacedDirectoryIsWatchedAfterTheNextLook) {
  Watch({"/var/crash"});
  Rename("var/crash", "var/crash.old");
  fs::create_directory(At("var/crash"));
  EXPECT_TRUE(Noticed());
  EXPECT_FALSE(Watched("var/crash"));
  Watch({"/var/crash"});
  EXPECT_TRUE(Watched("var/crash"));
  EXPECT_FALSE(Watched("var/crash.old"));
}

TEST_F(DirectoryWatchTest, ADirectoryThatWasRemovedAndMadeAgainIsWatched) {
  Watch({"/var/crash"});
  for (int round = 0; round < 3; ++round) {  // file systems hand the inode's number out again
    fs::remove_all(At("var/crash"));
    EXPECT_TRUE(Noticed()) << round;
    fs::create_directory(At("var/crash"));
    Watch({"/var/crash"});
    EXPECT_TRUE(Watched("var/crash")) << round;
  }
}

TEST_F(DirectoryWatchTest, WhatCannotBeWatchedHindersNothing) {
  Write("var/file");
  Watch({"/var/missing", "/var/file", "/var/file/below", "", "/var/crash"});
  EXPECT_TRUE(Watched("var/crash"));
  Write("var/file");
  EXPECT_FALSE(Noticed());
  fs::create_directory(At("var/missing"));
  EXPECT_FALSE(Watched("var/missing"));
  Watch({"/var/missing", "/var/crash"});
  EXPECT_TRUE(Watched("var/missing"));
}

TEST_F(DirectoryWatchTest, DoesNotTouchWhatMayHang) {
  root_.Avoid({"/var/other"});
  Watch({"/var/other", "/var/crash"});
  EXPECT_FALSE(Watched("var/other"));
  EXPECT_TRUE(Watched("var/crash"));
}

TEST_F(DirectoryWatchTest, FollowsLinksInsideTheNode) {
  tree_.Link("/var/crash", "crash");  // absolute: the node's own
  tree_.Link("var/other", "other");
  Watch({"/crash", "/other"});
  EXPECT_TRUE(Watched("var/crash"));
  EXPECT_TRUE(Watched("var/other"));
  fs::remove(At("crash"));
  tree_.Link("elsewhere", "crash");
  fs::create_directory(At("elsewhere"));
  EXPECT_FALSE(Watched("elsewhere"));
  Watch({"/crash"});
  EXPECT_TRUE(Watched("elsewhere"));
  EXPECT_FALSE(Watched("var/crash"));
}

TEST_F(DirectoryWatchTest, NoLinkLeadsOut) {
  const TemporaryTree outside;
  tree_.Link(outside.path(), "absolute");
  tree_.Link("../../../../../../../.." + outside.path(), "climbing");
  Watch({"/absolute", "/climbing", "/../../../../.." + outside.path()});
  outside.Write("vmcore", "x");
  EXPECT_FALSE(Noticed());
}

TEST_F(DirectoryWatchTest, TwoNamesOfOneDirectory) {
  tree_.Link("crash", "var/link");
  Watch({"/var/crash", "/var/link", "/var/crash"});
  EXPECT_TRUE(Watched("var/crash"));
  Watch({"/var/link"});
  EXPECT_TRUE(Watched("var/crash"));
  Watch({});
  EXPECT_FALSE(Watched("var/crash"));
}

TEST_F(DirectoryWatchTest, AnOverflowIsOneMoreReasonToLook) {
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 20'000) GTEST_SKIP() << "a queue of " << limit << " events";
  Watch({"/var/crash"});
  const auto queued = [&] {
    int bytes = -1;
    EXPECT_EQ(::ioctl(watch_.fd(), FIONREAD, &bytes), 0);
    return bytes;
  };
  const auto swing = [&] {  // four events, no two of which the kernel folds into one
    Rename("var/crash/old", "var/crash/new");
    Rename("var/crash/new", "var/crash/old");
  };
  for (std::size_t events = 0; events <= limit; events += 4) swing();
  const int full = queued();
  swing();
  EXPECT_EQ(queued(), full);  // so it did overflow
  EXPECT_TRUE(Noticed());
  EXPECT_TRUE(Watched("var/crash"));
}

TEST_F(DirectoryWatchTest, MovesWithItsWatches) {
  Watch({"/var/crash"});
  DirectoryWatch moved = std::move(watch_);
  Write("var/crash/vmcore");
  EXPECT_TRUE(moved.Drain());
  moved.Set(root_, {});
  moved.Drain();
  Write("var/crash/vmcore.2");
  EXPECT_FALSE(moved.Drain());
}

TEST_F(DirectoryWatchTest, NoDescriptorLeftIsAnError) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto watch = DirectoryWatch::Create();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().code, ErrorCode::kIo);
  EXPECT_EQ(watch.error().message, "inotify: Too many open files");
}

}  // namespace
}  // namespace kdumpd
