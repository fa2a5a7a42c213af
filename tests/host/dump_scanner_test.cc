// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/dump_scanner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "tests/core/dump_bytes.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

class DumpScannerTest : public ::testing::Test {
 protected:
  DumpScannerTest() { fs::create_directories(tree_.path() + "/var/crash"); }

  void Write(std::string_view name, std::string_view bytes) const {
    tree_.Write(std::string("var/crash/") + std::string(name), bytes);
  }
  [[nodiscard]] std::string Path(std::string_view name) const {
    return tree_.path() + "/var/crash/" + std::string(name);
  }
  [[nodiscard]] HostRoot Root() const {
    return *HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
  }
  // Long after everything was written.
  [[nodiscard]] DumpList Scan() const {
    auto list = ScanOnce("/var/crash", {std::time(nullptr) + 1000, 10});
    EXPECT_TRUE(list) << list.error().message;
    return list.value_or(DumpList{});
  }
  [[nodiscard]] Result<DumpList> ScanOnce(const char* directory, const DumpRules& rules) const {
    return DumpScanner().Look(Root(), directory, rules);
  }
  // "<directory>/<vmcore> <state> <reason>" of each.
  [[nodiscard]] std::vector<std::string> Shown() const {
    std::vector<std::string> lines;
    for (const Dump& dump : Scan().dumps) {
      lines.push_back(dump.directory + "/" + dump.vmcore + " " + std::string(Name(dump.state)) +
                      " " + dump.reason);
    }
    return lines;
  }

  TemporaryTree tree_;
};

using Lines = std::vector<std::string>;

TEST_F(DumpScannerTest, NewestCrashFirst) {
  Write("127.0.0.1-2026-11-22-07:15:03/vmcore", ElfBytes({}));
  Write("127.0.0.1-2026-11-22-07:15:03/vmcore-dmesg.txt", "log");
  Write("202611220714/dump.202611220714", FlattenedBytes("", true));
  Write("2026-11-22-09-00/dmesg.txt", "log");
  Write("from-header/vmcore", KdumpHeaderBytes({}) + std::string(40'000, 'x'));  // 08:06:48
  EXPECT_EQ(Shown(), (Lines{
                         "2026-11-22-09-00/ log_only no_vmcore",
                         "from-header/vmcore complete headers_checked",
                         "127.0.0.1-2026-11-22-07:15:03/vmcore truncated segments_cut",
                         "202611220714/dump.202611220714 complete end_marker_found",
                     }));
  const auto dumps = Scan().dumps;
  struct stat status{};
  ASSERT_EQ(stat(Path("from-header").c_str(), &status), 0);
  EXPECT_EQ(dumps[1].inode, status.st_ino);
  EXPECT_EQ(dumps[1].bytes, 40'464U);
  EXPECT_EQ(dumps[2].log, "vmcore-dmesg.txt");
}

TEST_F(DumpScannerTest, BareFilesAndStrangers) {
  Write("vmcore", KdumpHeaderBytes({}) + std::string(40'000, 'x'));
  Write("kexec_cmd", "kexec -p");
  Write("kdump_lock", "");
  Write("_usr_bin_x.0.crash", "ProblemType: Crash");
  Write("backup/notes", "x");
  Write("lost+found/x", "x");
  EXPECT_EQ(Shown(), Lines{"/vmcore complete headers_checked"});
}

TEST_F(DumpScannerTest, ReadsTheReadme) {
  Write("2026-11-22-07-15/vmcore", FlattenedBytes("", true));
  Write("2026-11-22-07-15/README.txt", "vmcore status: error while saving\n");
  EXPECT_EQ(Shown(), Lines{"2026-11-22-07-15/vmcore incomplete readme_error"});
}

TEST_F(DumpScannerTest, RecentChangesAreAWriter) {
  Write("202611220715/dump.202611220715", FlattenedBytes("", true));
  struct stat status{};
  ASSERT_EQ(stat(Path("202611220715/dump.202611220715").c_str(), &status), 0);
  struct Row {
    std::int64_t age;
    DumpState state;
  };
  constexpr Row kRows[] = {
      {0, DumpState::kWriting},      {9, DumpState::kWriting},    {10, DumpState::kComplete},
      {-9, DumpState::kWriting},     {-10, DumpState::kComplete},  // a clock that was wrong
      {-1000, DumpState::kComplete},
  };
  for (const auto& row : kRows) {
    const std::int64_t now = status.st_ctim.tv_sec + row.age;
    EXPECT_EQ(ScanOnce("/var/crash", {now, 10})->dumps.at(0).state, row.state) << row.age;
  }
}

// A copy that restores old modification times still changes the file now.
TEST_F(DumpScannerTest, OldTimesDoNotHideAWriter) {
  Write("202611220715/vmcore", "x");
  fs::last_write_time(Path("202611220715/vmcore"),
                      fs::file_time_type::clock::now() - std::chrono::hours(1000));
  const auto list = ScanOnce("/var/crash", {std::time(nullptr), 10});
  EXPECT_EQ(list->dumps.at(0).state, DumpState::kWriting);
}

TEST_F(DumpScannerTest, LinksAndDevicesAreNotFollowed) {
  tree_.Write("secret/vmcore", KdumpHeaderBytes({}) + std::string(40'000, 'x'));
  Write("202611220715/kexec-dmesg.log", "log");
  fs::create_symlink(tree_.path() + "/secret/vmcore", Path("202611220715/vmcore"));
  Write("202611220716/dmesg", "log");
  ASSERT_EQ(mkfifo(Path("202611220716/vmcore").c_str(), 0600), 0);  // opening it would block
  ASSERT_EQ(mkfifo(Path("202611220716/README.txt").c_str(), 0600), 0);
  fs::create_symlink("../../secret", Path("202611220717"));
  fs::create_symlink("/secret/vmcore", Path("vmcore"));
  auto shown = Shown();
  std::ranges::sort(shown);
  EXPECT_EQ(shown, (Lines{
                       "/vmcore unknown not_a_regular_file",
                       "202611220715/vmcore unknown not_a_regular_file",
                       "202611220716/vmcore unknown not_a_regular_file",
                   }));
}

TEST_F(DumpScannerTest, HostileNamesStayBytes) {
  const std::string name = "a\n\xff\x1b[31m-202611220715";
  Write(name + "/vmcore", "");
  const auto dumps = Scan().dumps;
  ASSERT_EQ(dumps.size(), 1U);
  EXPECT_EQ(dumps[0].directory, name);
  EXPECT_EQ(dumps[0].reason, "empty");
}

TEST_F(DumpScannerTest, TooManyFilesAreNotGuessedFrom) {
  for (int i = 0; i < 256; ++i) Write("202611220715/x" + std::to_string(i), "");
  EXPECT_EQ(Shown(), Lines{"202611220715/ unknown no_dump_files"});
  Write("202611220715/vmcore", "");
  EXPECT_EQ(Scan().dumps.at(0).reason, "too_many_files");
}

TEST_F(DumpScannerTest, ClipsHugeDirectories) {
  for (std::size_t i = 0; i < kMaxDumpDirectories; ++i) {
    ASSERT_EQ(mknod(Path("f" + std::to_string(i)).c_str(), S_IFREG | 0600, 0), 0);
  }
  EXPECT_FALSE(Scan().clipped);
  Write("one-more", "");
  EXPECT_TRUE(Scan().clipped);
}

TEST_F(DumpScannerTest, MountsThatMayHangAreLeftOut) {
  Write("202611220715/dmesg", "log");
  Write("nfs/dmesg", "log");
  fs::create_directory_symlink("/var/crash", tree_.path() + "/crash");
  HostRoot root = Root();
  root.Avoid({"/var/crash/nfs"});
  for (const auto* path : {"/var/crash", "/crash"}) {
    const auto list = DumpScanner().Look(root, path, {std::time(nullptr) + 1000, 10});
    ASSERT_EQ(list->dumps.size(), 1U) << path;
    EXPECT_EQ(list->dumps[0].directory, "202611220715");
  }
  root.Avoid({"/var"});
  EXPECT_EQ(DumpScanner().Look(root, "/crash", {0, 10}).error().code, ErrorCode::kUnreachable);
}

TEST_F(DumpScannerTest, NeedsADirectory) {
  EXPECT_EQ(ScanOnce("/var/crash/none", {0, 10}).error().code, ErrorCode::kNotFound);
  Write("file", "");
  EXPECT_EQ(ScanOnce("/var/crash/file", {0, 10}).error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(Scan().dumps.empty());
}

TEST_F(DumpScannerTest, WhatCannotBeReadIsUnknown) {
  Write("202611220715/vmcore", "x");
  Write("202611220716/vmcore", "x");
  Write("lost+found/x", "x");
  fs::permissions(tree_.path(), fs::perms::all);
  fs::permissions(Path("202611220715/vmcore"), fs::perms::none);
  fs::permissions(Path("202611220716"), fs::perms::none);
  fs::permissions(Path("lost+found"), fs::perms::none);
  const pid_t child = fork();
  if (child == 0) {
    const bool dropped = geteuid() != 0 || setresuid(65534, 65534, 65534) == 0;
    const Lines expected = {"202611220716/ unknown unreadable",
                            "202611220715/vmcore unknown unreadable"};
    _exit(dropped && Shown() == expected ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  fs::permissions(Path("202611220716"), fs::perms::owner_all);
  fs::permissions(Path("lost+found"), fs::perms::owner_all);
}

}  // namespace
}  // namespace kdumpd
