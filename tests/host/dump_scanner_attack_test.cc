// SPDX-License-Identifier: Apache-2.0
// A crash directory whose owner means harm: nothing is followed, nothing blocks, all is bounded.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <functional>
#include <thread>

#include "daemon/host/dump_scanner.h"
#include "tests/core/dump_bytes.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using Shown = std::vector<std::string>;

class AttackTest : public ::testing::Test {
 protected:
  AttackTest() { fs::create_directories(tree_.path() + "/var/crash/202611220715"); }

  [[nodiscard]] std::string Path(const std::string& name) const {
    return tree_.path() + "/var/crash/" + name;
  }
  std::vector<Dump> Look() {
    const auto began = std::chrono::steady_clock::now();
    auto list = scanner_.Look(root_, "/var/crash", {std::time(nullptr) + 1000, 10});
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10)) << "it hung";
    EXPECT_TRUE(list);
    return list.value_or(DumpList{}).dumps;
  }
  Shown Reasons() {
    Shown shown;
    for (const Dump& dump : Look()) shown.push_back(dump.directory + "/" + dump.reason);
    std::ranges::sort(shown);
    return shown;
  }

  TemporaryTree tree_;
  HostRoot root_ = *HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
  DumpScanner scanner_;
};

TEST_F(AttackTest, WhatIsNoFileIsNotOpened) {
  const std::string vmcore = Path("202611220715/vmcore");
  tree_.Write("secret", KdumpHeaderBytes({}) + std::string(40'000, 'x'));
  const std::vector<std::pair<const char*, std::function<int()>>> kinds{
      {"FIFO", [&] { return mkfifo(vmcore.c_str(), 0600); }},
      {"directory", [&] { return mkdir(vmcore.c_str(), 0700); }},
      {"link", [&] { return symlink("../../../secret", vmcore.c_str()); }},
      {"absolute link",
       [&] { return symlink((tree_.path() + "/secret").c_str(), vmcore.c_str()); }},
      {"loop", [&] { return symlink("vmcore", vmcore.c_str()); }},
      {"link to an endless file", [&] { return symlink("/dev/zero", vmcore.c_str()); }},
      {"socket",
       [&] {
         sockaddr_un address{};
         address.sun_family = AF_UNIX;
         vmcore.copy(address.sun_path, sizeof address.sun_path - 1);
         const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
         return bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
       }},
      {"terminal", [&] { return mknod(vmcore.c_str(), S_IFCHR | 0600, makedev(5, 0)); }},
  };
  for (const auto& [name, make] : kinds) {
    if (make() != 0) {
      EXPECT_EQ(errno, EPERM) << name;  // a device, without the right to make one
      continue;
    }
    EXPECT_EQ(Reasons(), Shown{"202611220715/not_a_regular_file"}) << name;
    fs::remove_all(vmcore);
  }
}

TEST_F(AttackTest, DirectoriesThatAreNone) {
  fs::remove(Path("202611220715"));
  fs::create_directories(tree_.path() + "/secret/");
  tree_.Write("secret/vmcore", "x");
  fs::create_symlink("../../secret", Path("202611220716"));
  fs::create_symlink(tree_.path() + "/secret", Path("202611220717"));
  fs::create_symlink("202611220718", Path("202611220718"));
  fs::create_symlink("/", Path("202611220719"));
  ASSERT_EQ(mkfifo(Path("202611220720").c_str(), 0600), 0);
  EXPECT_EQ(Reasons(), Shown{});
}

TEST_F(AttackTest, NamesStayBytes) {
  fs::remove(Path("202611220715"));
  const std::string stamp = "-202611220715";
  Shown names{"a\nb" + stamp, "\xff\xfe\x80" + stamp, "\x1b]0;x\x07" + stamp,
              std::string(255 - stamp.size(), 'x') + stamp, "%n%s$(reboot)" + stamp};
  for (const std::string& name : names) fs::create_directory(Path(name));
  Shown found;
  for (const Dump& dump : Look()) found.push_back(dump.directory);
  std::ranges::sort(names);
  std::ranges::sort(found);
  EXPECT_EQ(found, names);
}

TEST_F(AttackTest, TooManyFilesAndADeepTree) {
  const UniqueFd dump(open(Path("202611220715").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(mknodat(dump.get(), std::to_string(i).c_str(), S_IFREG | 0600, 0), 0);
  }
  std::string deep = Path("deep");
  for (int i = 0; i < 200; ++i) deep += "/vmcore";
  fs::create_directories(deep);
  EXPECT_EQ(Reasons(), (Shown{"202611220715/too_many_files", "deep/not_a_regular_file"}));
  EXPECT_EQ(Reasons(), (Shown{"202611220715/too_many_files", "deep/not_a_regular_file"}));
}

TEST_F(AttackTest, ASparseTebibyte) {
  tree_.Write("var/crash/202611220715/vmcore", FlattenedBytes("", true));
  if (truncate(Path("202611220715/vmcore").c_str(), off_t{1} << 40) != 0) GTEST_SKIP();
  const auto dumps = Look();
  ASSERT_EQ(dumps.size(), 1U);
  EXPECT_EQ(dumps[0].bytes, std::uint64_t{1} << 40);
  EXPECT_EQ(dumps[0].reason, "end_marker_missing");
}

// A dump directory that is a link in every other moment: its contents are never those of the other.
TEST_F(AttackTest, SwappedForALinkWhileLooking) {
  tree_.Write("secret/vmcore", std::string(7, 's'));
  fs::create_symlink(tree_.path() + "/secret", Path("link"));
  const std::string dump = Path("202611220715");
  const std::string link = Path("link");
  std::jthread swapper([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)renameat2(AT_FDCWD, dump.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    }
  });
  for (int look = 0; look < 300; ++look) {
    for (const Dump& found : Look()) EXPECT_EQ(found.vmcore, "") << look;
  }
}

}  // namespace
}  // namespace kdumpd
