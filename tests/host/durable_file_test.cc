// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/durable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/core/unique_fd.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

namespace fs = std::filesystem;

class DurableFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] Result<void> Replace(std::string_view bytes) const {
    const UniqueFd directory(open(tree_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return ReplaceFile(directory.get(), "file", bytes);
  }
  [[nodiscard]] std::string Text(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(tree_.path() + "/" + name).rdbuf();
    return text.str();
  }
  [[nodiscard]] bool Unfinished() const {
    return fs::exists(fs::symlink_status(tree_.path() + "/" + UnfinishedName("file")));
  }
  TemporaryTree tree_;
};

TEST_F(DurableFileTest, MakesAndReplaces) {
  for (const std::string text : {"old", "", "longer than before", "short"}) {
    ASSERT_TRUE(Replace(text));
    EXPECT_EQ(Text("file"), text);
    EXPECT_FALSE(Unfinished());
  }
}

TEST_F(DurableFileTest, WhatFailsLeavesTheOldFile) {
  tree_.Write("file/inside", "old");  // a directory cannot be replaced by a file
  const auto failed = Replace("new");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "writing file: Is a directory");
  EXPECT_EQ(Text("file/inside"), "old");
  EXPECT_FALSE(Unfinished());
}

TEST_F(DurableFileTest, LeftoversAndPlantedNamesDoNotMislead) {
  tree_.Write("file.tmp", "a longer leftover of a power loss");
  ASSERT_TRUE(Replace("new"));
  EXPECT_EQ(Text("file"), "new");

  tree_.Write("victim", "untouched");
  tree_.Link("victim", "file.tmp");
  EXPECT_TRUE(Replace("newer"));
  EXPECT_EQ(Text("victim"), "untouched");
  EXPECT_EQ(Text("file"), "newer");

  fs::create_hard_link(tree_.path() + "/victim", tree_.path() + "/file.tmp");
  EXPECT_TRUE(Replace("newest"));
  EXPECT_EQ(Text("victim"), "untouched");

  ASSERT_EQ(mkfifo((tree_.path() + "/file.tmp").c_str(), 0600), 0);
  EXPECT_TRUE(Replace("last"));  // and has not waited for a reader
  EXPECT_FALSE(Unfinished());
  EXPECT_EQ(Text("file"), "last");
}

}  // namespace
}  // namespace kdumpd
