// SPDX-License-Identifier: Apache-2.0
// Removal on real directories: what goes is what was inspected, and nothing else.
#include "daemon/host/prune.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "daemon/core/unique_fd.h"
#include "daemon/host/dump_entry.h"
#include "tests/support/as_nobody.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLater = 4'000'000'000;  // than any file of a test

class PruneTest : public testing::Test {
 protected:
  PruneTest() {
    tree_.Write("crash/127.0.0.1-2026-11-22-07:15:03/vmcore", std::string(9000, 'x'));
    tree_.Write("crash/127.0.0.1-2026-11-22-07:15:03/vmcore-dmesg.txt", "log\n");
    tree_.Write("crash/127.0.0.1-2026-11-22-07:15:03/kexec-dmesg.log", "log\n");
    tree_.Write("crash/other/vmcore", "another one");
    tree_.Write("victim/vmcore", "precious");
    crash_ = UniqueFd(open(Path("crash").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    dump_ = Look("127.0.0.1-2026-11-22-07:15:03");
  }

  [[nodiscard]] std::string Path(const std::string& name) const {
    return tree_.path() + "/" + name;
  }
  [[nodiscard]] std::string Inside(const std::string& name) const {
    return Path("crash/" + dump_.directory + "/" + name);
  }
  // As the scanner found it, and as the record has it.
  [[nodiscard]] Dump Look(const std::string& name) const {
    const auto entry = LookAtEntry(crash_.get(), name, {.now = 4'000'000'000, .settle_seconds = 1});
    EXPECT_TRUE(entry.dump) << name;
    return entry.dump.value_or(Dump{});
  }
  [[nodiscard]] Removal Remove(std::int64_t acknowledged_at = kLater) const {
    return RemoveDump(crash_.get(), dump_, dump_.mark, acknowledged_at);
  }
  [[nodiscard]] std::size_t Names(const std::string& directory) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(Path(directory)), {}));
  }

  const Tree tree_{""};
  UniqueFd crash_;
  Dump dump_;
};

TEST_F(PruneTest, ADumpGoesWithItsDirectory) {
  const DumpContents contents = ContentsOf(crash_.get(), dump_);
  EXPECT_EQ(contents.obstacle, "");
  EXPECT_GE(contents.bytes, 9000U);
  const Removal removal = Remove();
  EXPECT_TRUE(removal.removed);
  EXPECT_EQ(removal.problem, "");
  EXPECT_FALSE(fs::exists(Path("crash/" + dump_.directory)));
  EXPECT_EQ(Names("crash"), 1U) << "the other one stays";
  const Removal again = Remove();
  EXPECT_FALSE(again.removed);
  EXPECT_NE(again.problem, "");
}

TEST_F(PruneTest, AFileThatLiesInNoDirectory) {
  tree_.Write("crash/vmcore", "bare");
  tree_.Write("crash/vmcore-dmesg.txt", "of another one, perhaps");
  const Dump bare = Look("vmcore");
  EXPECT_EQ(ContentsOf(crash_.get(), bare).obstacle, "");
  EXPECT_TRUE(RemoveDump(crash_.get(), bare, bare.mark, kLater).removed);
  EXPECT_FALSE(fs::exists(Path("crash/vmcore")));
  EXPECT_TRUE(fs::exists(Path("crash/vmcore-dmesg.txt")));
}

TEST_F(PruneTest, ALogAlone) {
  tree_.Write("crash/202611220715/dmesg.202611220715", "log\n");
  const Dump log = Look("202611220715");
  ASSERT_EQ(log.vmcore, "");
  EXPECT_TRUE(RemoveDump(crash_.get(), log, log.mark, kLater).removed);
  EXPECT_FALSE(fs::exists(Path("crash/202611220715")));
}

// Each row happens after the look; nothing that was there then may be missing afterwards.
TEST_F(PruneTest, WhatIsNotWhatItWasStays) {
  const struct {
    const char* what;
    std::function<void()> change;
    const char* says;
  } rows[] = {
      {"a name that is not known", [&] { tree_.Write("crash/" + dump_.directory + "/notes", "x"); },
       "it holds notes, which no dump writer makes"},
      {"a hostile name", [&] { tree_.Write("crash/" + dump_.directory + "/\x1b[2J", "x"); },
       "it holds \\x1b[2J, which no dump writer makes"},
      {"a directory in it", [&] { fs::create_directory(Inside("vmcore.1")); },
       "vmcore.1 is no regular file"},
      {"a link in it", [&] { fs::create_symlink("/etc/passwd", Inside("vmcore.1")); },
       "vmcore.1 is no regular file"},
      {"a FIFO in it", [&] { ASSERT_EQ(mkfifo(Inside("vmcore.1").c_str(), 0600), 0); },
       "vmcore.1 is no regular file"},
      {"the file is another one",
       [&] {
         fs::rename(Inside("vmcore"), Path("kept"));
         fs::copy_file(Path("kept"), Inside("vmcore"));
         fs::last_write_time(Inside("vmcore"), fs::last_write_time(Path("kept")));
       },
       "it is not what was inspected"},
      {"the file has grown", [&] { std::ofstream(Inside("vmcore"), std::ios::app) << "more"; },
       "it is not what was inspected"},
      {"the file was written to",
       [&] {
         fs::last_write_time(Inside("vmcore"),
                             fs::last_write_time(Inside("vmcore")) + std::chrono::seconds(2));
       },
       "it is not what was inspected"},
      {"the file is a link to one like it",
       [&] {
         fs::rename(Inside("vmcore"), Path("victim/moved"));
         fs::create_symlink("../../victim/moved", Inside("vmcore"));
       },
       "vmcore is no regular file"},
      {"a dump of another crash beside it",
       [&] { tree_.Write("crash/" + dump_.directory + "/vmcore-incomplete", "begun"); },
       "it holds vmcore-incomplete as well, which is not what was inspected"},
      {"no part of the same set",
       [&] { tree_.Write("crash/" + dump_.directory + "/vmcore.1", "another"); },
       "it holds vmcore.1 as well, which is not what was inspected"},
      {"the file has gone", [&] { fs::rename(Inside("vmcore"), Path("kept")); },
       "vmcore is not there"},
      {"a link in place of the directory",
       [&] {
         fs::rename(Path("crash/" + dump_.directory), Path("victim/moved"));
         fs::create_directory_symlink("../victim/moved", Path("crash/" + dump_.directory));
       },
       ": "},
      {"a file in place of the directory",
       [&] {
         fs::rename(Path("crash/" + dump_.directory), Path("victim/moved"));
         tree_.Write("crash/" + dump_.directory, "x");
       },
       ": Not a directory"},
  };
  const auto count = [&] {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(tree_.path())) {
      files += entry.is_regular_file() && !entry.is_symlink() ? 1 : 0;
    }
    return files;
  };
  for (const auto& row : rows) {
    fs::remove_all(Path("crash/" + dump_.directory));
    fs::remove_all(Path("victim/moved"));
    fs::remove_all(Path("kept"));
    tree_.Write("crash/" + dump_.directory + "/vmcore", std::string(9000, 'x'));
    tree_.Write("crash/" + dump_.directory + "/vmcore-dmesg.txt", "log\n");
    dump_ = Look(dump_.directory);
    row.change();
    const std::size_t before = count();
    const Removal removal = Remove();
    EXPECT_FALSE(removal.removed) << row.what;
    EXPECT_NE(removal.problem.find(row.says), std::string::npos)
        << row.what << ": " << removal.problem;
    EXPECT_EQ(count(), before) << row.what;
  }
}

// Nobody has seen what came after the acknowledgement, whatever its other times say.
TEST_F(PruneTest, WhatChangedSinceItWasAcknowledgedStays) {
  const std::int64_t changed = ContentsOf(crash_.get(), dump_).changed_at;
  EXPECT_GT(changed, 1'700'000'000);
  EXPECT_EQ(Remove(changed).problem.substr(0, 6), "kexec-") << "the same second";
  EXPECT_EQ(Remove(0).removed, false);
  EXPECT_TRUE(fs::exists(Inside("vmcore-dmesg.txt")));
  EXPECT_TRUE(Remove(changed + 1).removed);
}

TEST_F(PruneTest, ASetOfPartsIsOneDump) {
  tree_.Write("crash/parts/vmcore.0", "first");
  tree_.Write("crash/parts/vmcore.1", "second");
  const Dump parts = Look("parts");
  EXPECT_EQ(ContentsOf(crash_.get(), parts).obstacle, "");
  EXPECT_TRUE(RemoveDump(crash_.get(), parts, parts.mark, kLater).removed);
  EXPECT_FALSE(fs::exists(Path("crash/parts")));
}

TEST_F(PruneTest, WhatHasAnotherNameFreesNothing) {
  const auto bytes = ContentsOf(crash_.get(), dump_).bytes;
  fs::create_hard_link(Inside("vmcore"), Path("kept"));
  EXPECT_LE(ContentsOf(crash_.get(), dump_).bytes, bytes - 9000);
}

TEST_F(PruneTest, AnObstacleIsToldBeforehand) {
  tree_.Write("crash/" + dump_.directory + "/vmlinux-6.4.0.gz", "SUSE copies the kernel");
  EXPECT_EQ(ContentsOf(crash_.get(), dump_).obstacle,
            "it holds vmlinux-6.4.0.gz, which no dump writer makes");
  Dump gone = dump_;
  gone.directory = "nowhere";
  EXPECT_NE(ContentsOf(crash_.get(), gone).obstacle, "");
  gone.directory = "";
  EXPECT_NE(ContentsOf(crash_.get(), gone).obstacle, "");
}

TEST_F(PruneTest, MoreFilesThanADumpHas) {
  for (int i = 0; i < 256; ++i) {
    tree_.Write("crash/" + dump_.directory + "/vmcore." + std::to_string(i), "x");
  }
  const Removal removal = Remove();
  EXPECT_FALSE(removal.removed);
  EXPECT_EQ(removal.problem, "it holds more than 256 files");
}

// A directory that may not be written to: the first file says so and nothing has gone.
TEST_F(PruneTest, ReadOnly) {
  fs::permissions(Path("crash/" + dump_.directory), fs::perms(0555));
  fs::permissions(tree_.path(), fs::perms(0755));
  const Removal removal = [this] {
    const AsNobody nobody;
    return Remove();
  }();
  EXPECT_FALSE(removal.removed);
  EXPECT_NE(removal.problem.find("Permission denied"), std::string::npos) << removal.problem;
  EXPECT_EQ(Names("crash/" + dump_.directory), 3U);
  fs::permissions(Path("crash/" + dump_.directory), fs::perms::owner_all);
}

// The files may go and the directory may not: the dump is gone, and what stays is told.
TEST_F(PruneTest, ADirectoryThatStaysIsTold) {
  fs::permissions(tree_.path(), fs::perms(0755));
  fs::permissions(Path("crash"), fs::perms(0555));
  fs::permissions(Path("crash/" + dump_.directory), fs::perms(0777));
  const Removal removal = [this] {
    const AsNobody nobody;
    return Remove();
  }();
  EXPECT_TRUE(removal.removed);
  EXPECT_EQ(removal.problem, "its directory stays: Permission denied");
  EXPECT_EQ(Names("crash/" + dump_.directory), 0U);
  fs::permissions(Path("crash"), fs::perms::owner_all);
}

TEST_F(PruneTest, FreeSpace) {
  const auto free = FreeBytes(crash_.get());
  ASSERT_TRUE(free) << free.error().message;
  EXPECT_GT(*free, 0U);
  EXPECT_FALSE(FreeBytes(-1));
}

}  // namespace
}  // namespace kdumpd
