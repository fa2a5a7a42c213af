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
    auto list = scanner_.Look(root_, "/var/crash", rules, budget, &before_);
    EXPECT_TRUE(list) << list.error().message;
    before_ = list.value_or(DumpList{}).dumps;
    return list.value_or(DumpList{});
  }
  std::string Reason() {
    const auto dumps = Look().dumps;
    return dumps.size() == 1 ? dumps[0].reason : std::to_string(dumps.size()) + " dumps";
  }

  TemporaryTree tree_;
  HostRoot root_ = *HostRoot::Open({.rootfs = tree_.path(), .procfs = "", .sysfs = ""});
  DumpScanner scanner_;
  std::vector<Dump> before_;
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

// A look that has no time at all takes one of those that are written to for ever, one new and one
// settled: however many of one kind, the others have their turn.
TEST_F(RepeatedLookTest, WritersDoNotStarveTheOthers) {
  const auto find = [&](const std::string& directory) {
    const auto dump = std::ranges::find(before_, directory, &Dump::directory);
    return dump == before_.end() ? Dump{} : *dump;
  };
  for (const char* settled : {"202611220100", "202611220101"}) {
    Write(settled + std::string("/vmcore"), FlattenedBytes("", true));
  }
  for (int i = 0; i < 5; ++i) {
    const std::string name = "20261122080" + std::to_string(i);
    Write(name + "/vmcore", "x");
    const timespec now[] = {{std::time(nullptr) + 1000, 0}, {std::time(nullptr) + 1000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, Path(name).c_str(), now, 0), 0);
  }
  ASSERT_EQ(Look().dumps.size(), 8U);
  ASSERT_EQ(std::ranges::count(before_, DumpState::kWriting, &Dump::state), 5);
  for (int i = 0; i < 3; ++i) Write("20261122090" + std::to_string(i) + "/vmcore", "");
  fs::resize_file(Path("202611220101/vmcore"), 0);
  for (int i = 0; i < 5; ++i)
    fs::resize_file(Path("20261122080" + std::to_string(i) + "/vmcore"), 7);
  for (int look = 1; look <= 6; ++look) {
    const auto list = Look(milliseconds(0));
    EXPECT_EQ(list.partial, look < 3);
    EXPECT_EQ(list.dumps.size(), 8U + std::min(look, 3)) << "the new ones, one after the other";
    EXPECT_EQ(std::ranges::count(list.dumps, 7U, &Dump::bytes), std::min(look, 5)) << look;
  }
  EXPECT_EQ(find("202611220101").reason, "empty") << "three old and three new ones have settled";
}

// What is known of a dump is in the list before, and only there.
TEST_F(RepeatedLookTest, TheListBeforeIsTheMemory) {
  Write("202611220800/vmcore", "");
  Look();
  before_[0].historic = before_[1].historic = true;
  EXPECT_EQ(std::ranges::count(Look().dumps, true, &Dump::historic), 2) << "left as it was";
  Write("202611220800/vmcore", "xx");
  const auto list = Look();
  ASSERT_EQ(list.dumps.size(), 2U);
  EXPECT_EQ(list.dumps[0].bytes, 2U);
  EXPECT_FALSE(list.dumps[0].historic) << "judged anew";
  EXPECT_TRUE(list.dumps[1].historic);
  // A list that is not the one before is not trusted: all of it is looked at again.
  before_.pop_back();
  const auto again = Look();
  ASSERT_EQ(again.dumps.size(), 2U);
  EXPECT_EQ(std::ranges::count(again.dumps, true, &Dump::historic), 0);
  before_.clear();
  EXPECT_TRUE(Look(milliseconds(0)).partial) << "two of them, one at a time";
  EXPECT_FALSE(Look(milliseconds(0)).partial);
}

// The first listing decides, however many looks it takes to come to the last of its names.
TEST_F(RepeatedLookTest, WhatTheFirstListingDidNotNameIsANewcomer) {
  const auto newcomers = [&] {
    std::vector<std::string> names;
    for (const Dump& dump : before_) {
      if (dump.newcomer) names.push_back(dump.directory);
    }
    return names;
  };
  for (int i = 0; i < 3; ++i) Write("20261122080" + std::to_string(i) + "/vmcore", "x");
  EXPECT_TRUE(Look(milliseconds(0)).partial);
  Write("202001010000/vmcore", "with an old stamp");
  EXPECT_TRUE(Look(milliseconds(0)).partial);
  EXPECT_FALSE(Look().partial);
  EXPECT_EQ(newcomers(), std::vector<std::string>{"202001010000"});
  Write("202611220802/dmesg", "a new file in an old one");
  before_.clear();  // and everything looked at again
  EXPECT_EQ(Look().dumps.size(), 5U);
  EXPECT_EQ(newcomers(), std::vector<std::string>{"202001010000"});
}

TEST_F(RepeatedLookTest, AFailedLookForgetsNothingThatMatters) {
  Look();
  fs::rename(Path(""), tree_.path() + "/var/away");
  EXPECT_FALSE(scanner_.Look(root_, "/var/crash", {std::time(nullptr) + 1000, 10}, {}, &before_));
  fs::rename(tree_.path() + "/var/away", tree_.path() + "/var/crash");
  before_.clear();
  EXPECT_EQ(Reason(), "end_marker_found");
  EXPECT_FALSE(before_[0].newcomer);
}

}  // namespace
}  // namespace kdumpd
