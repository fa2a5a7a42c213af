// SPDX-License-Identifier: Apache-2.0
// One scanner, many looks: what it does not open again, and what it must notice all the same.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>

#include "daemon/host/dump_scanner.h"
#include "tests/core/dump_bytes.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr char kDump[] = "202611220715";

class RepeatedLookTest : public ::testing::Test {
 protected:
  RepeatedLookTest() {
    fs::create_directories(tree_.path() + "/var/crash");
    Write("202611220715/vmcore", FlattenedBytes("", true));
    Write("202611220715/dmesg", "log");
  }

  void Write(const std::string& name, std::string_view bytes) const {
    tree_.Write("var/crash/" + name, bytes);
  }
  [[nodiscard]] std::string Path(const std::string& name) const {
    return tree_.path() + "/var/crash/" + name;
  }
  // Long after everything was written, so that all of it is settled.
  DumpList Look(DumpScanner::Budget budget = {}) {
    const DumpRules rules{std::time(nullptr) + 1000, 10};
    auto list = scanner_.Look(root_, "/var/crash", rules, budget);
    EXPECT_TRUE(list) << list.error().message;
    return list.value_or(DumpList{});
  }
  std::string Reason() {
    const auto dumps = Look().dumps;
    return dumps.size() == 1 ? dumps[0].reason : std::to_string(dumps.size()) + " dumps";
  }

  TemporaryTree tree_;
  HostRoot root_ = *HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
  DumpScanner scanner_;
};

// The fingerprint decides, and only of what nobody can be writing to.
TEST_F(RepeatedLookTest, AnUnchangedDumpIsTheSameAndNotJudgedAgain) {
  const int crash = ::open(Path("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const UniqueFd directory(crash);
  const DumpRules rules{std::time(nullptr) + 1000, 10};
  const DumpEntry first = LookAtEntry(crash, kDump, rules);
  ASSERT_TRUE(first.dump && first.steady && !first.unchanged);
  const DumpEntry again = LookAtEntry(crash, kDump, rules, first.fingerprint);
  EXPECT_TRUE(again.unchanged && again.steady && !again.dump);
  EXPECT_EQ(again.fingerprint, first.fingerprint);
  EXPECT_FALSE(LookAtEntry(crash, kDump, rules, first.fingerprint + 1).unchanged);
  EXPECT_FALSE(LookAtEntry(crash, kDump, rules, 0).unchanged);
  // While somebody may be writing, equal times prove nothing.
  const DumpRules early{std::time(nullptr), 10};
  const DumpEntry writing = LookAtEntry(crash, kDump, early, first.fingerprint);
  EXPECT_FALSE(writing.unchanged || writing.steady);
  EXPECT_EQ(writing.dump->state, DumpState::kWriting);
  // Nor within a step of a coarse clock, even when nothing has to settle.
  EXPECT_FALSE(LookAtEntry(crash, kDump, {std::time(nullptr), 0}, first.fingerprint).unchanged);
}

struct Change {
  const char* name;
  const char* reason;  // afterwards
  std::function<void(const std::string& dump)> make;
};

std::vector<Change> Changes() {
  using S = const std::string&;
  const auto write = [](const std::string& path, std::ios::openmode mode, std::string_view bytes) {
    std::ofstream(path, mode | std::ios::binary) << bytes;
  };
  return {
      {"truncated", "header_cut", [](S d) { fs::resize_file(d + "/vmcore", 4096 + 8); }},
      {"emptied", "empty", [](S d) { fs::resize_file(d + "/vmcore", 0); }},
      {"appended", "end_marker_missing", [=](S d) { write(d + "/vmcore", std::ios::app, "more"); }},
      {"rewritten in place, same size and time", "not_a_dump",
       [](S d) {
         const auto time = fs::last_write_time(d + "/vmcore");
         std::fstream file(d + "/vmcore", std::ios::in | std::ios::out | std::ios::binary);
         file << "not a dump at all, whatever it was";
         file.close();
         fs::last_write_time(d + "/vmcore", time);
       }},
      {"replaced by another file, old times of the directory", "empty",
       [=](S d) {
         const auto time = fs::last_write_time(d);
         write(d + "/new", std::ios::out, "");
         fs::rename(d + "/new", d + "/vmcore");
         fs::last_write_time(d, time);
       }},
      {"replaced by a link", "not_a_regular_file",
       [](S d) {
         fs::remove(d + "/vmcore");
         fs::create_symlink("dmesg", d + "/vmcore");
       }},
      {"removed", "no_vmcore", [](S d) { fs::remove(d + "/vmcore"); }},
      {"renamed", "unfinished_name",
       [](S d) { fs::rename(d + "/vmcore", d + "/vmcore-incomplete"); }},
      {"a report appears", "readme_error",
       [=](S d) { write(d + "/README.txt", std::ios::out, "vmcore status: error\n"); }},
      {"the directory is replaced by another", "empty",
       [=](S d) {
         fs::rename(d, d + ".away");
         fs::create_directory(d);
         write(d + "/vmcore", std::ios::out, "");
         fs::remove_all(d + ".away");
       }},
      {"the directory is replaced by a link", "0 dumps",
       [](S d) {
         fs::create_directory(d + "/../../away");
         fs::rename(d, d + "/../../away/dump");
         fs::create_symlink("../away/dump", d);
       }},
      {"all is removed", "0 dumps", [](S d) { fs::remove_all(d); }},
      {"nothing", "end_marker_found", [](S) {}},
  };
}

TEST_F(RepeatedLookTest, WhatChangesInsideIsNoticed) {
  for (const auto& row : Changes()) {
    fs::remove_all(Path(kDump));
    Write("202611220715/vmcore", FlattenedBytes("", true));
    Write("202611220715/dmesg", "log");
    ASSERT_EQ(Reason(), "end_marker_found") << row.name;
    ASSERT_EQ(Reason(), "end_marker_found") << row.name;
    row.make(Path(kDump));
    EXPECT_EQ(Reason(), row.reason) << row.name;
    EXPECT_EQ(Reason(), row.reason) << row.name << ", again";
  }
}

TEST_F(RepeatedLookTest, AReportIsReadAgainWhenItChanges) {
  Write("202611220715/README.txt", "will be overwritten\n");
  EXPECT_EQ(Reason(), "readme_temporary");
  Write("202611220715/README.txt", "vmcore status: saved successfully\n");
  EXPECT_EQ(Reason(), "end_marker_found");
}

TEST_F(RepeatedLookTest, AnotherCrashDirectoryIsAnotherList) {
  EXPECT_EQ(Look().dumps.size(), 1U);
  fs::rename(Path(""), tree_.path() + "/var/old");
  Write("202611220716/vmcore", "");
  const auto list = Look(milliseconds(0));  // one entry: nothing of the old one is left
  ASSERT_EQ(list.dumps.size(), 1U);
  EXPECT_EQ(list.dumps[0].directory, "202611220716");
}

// Newest names first, one at a time when there is no time at all, and then the list is whole.
TEST_F(RepeatedLookTest, ALookWithoutTimeStillGetsOn) {
  Write("127.0.0.1-2026-11-22-09:00:00/vmcore", "");
  Write("a-stranger/notes", "");
  Write("202611220800/vmcore", "");
  std::vector<std::string> first;
  bool partial = true;
  for (int look = 1; look <= 4; ++look) {
    const auto list = Look(milliseconds(0));
    if (look < 4) first.push_back(list.dumps.back().directory);
    EXPECT_EQ(list.partial, look < 4) << look;
    partial = list.partial;
  }
  EXPECT_FALSE(partial);
  EXPECT_EQ(first,
            (std::vector<std::string>{"127.0.0.1-2026-11-22-09:00:00", "202611220800", kDump}));
}

TEST_F(RepeatedLookTest, EveryEntryHasItsTurn) {
  for (int i = 0; i < 5; ++i) Write("20261122080" + std::to_string(i) + "/vmcore", "x");
  ASSERT_EQ(Look().dumps.size(), 6U);
  fs::resize_file(Path("202611220715/vmcore"), 0);
  bool noticed = false;
  for (int look = 0; look < 6 && !noticed; ++look) {
    const auto dumps = Look(milliseconds(0)).dumps;
    EXPECT_EQ(dumps.size(), 6U);
    noticed = dumps.back().reason == "empty";
  }
  EXPECT_TRUE(noticed);
  // A new one need not wait.
  Write("202611220900/vmcore", "");
  EXPECT_EQ(Look(milliseconds(0)).dumps.at(0).directory, "202611220900");
}

// However many are written to for ever, a new one and the settled ones are looked at.
TEST_F(RepeatedLookTest, WritersDoNotStarveTheOthers) {
  const auto look = [&](milliseconds budget) {
    auto list = scanner_.Look(root_, "/var/crash", {std::time(nullptr), 60}, budget);
    return list.value_or(DumpList{}).dumps;
  };
  for (int i = 0; i < 5; ++i) Write("20261122080" + std::to_string(i) + "/vmcore", "x");
  ASSERT_EQ(look(milliseconds(60'000)).size(), 6U);
  Write("202611220900/vmcore", "");
  EXPECT_EQ(look(milliseconds(0)).at(0).directory, "202611220900");
}

}  // namespace
}  // namespace kdumpd
