// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/directory_names.h"

#include <gtest/gtest.h>

#include "tests/host/temporary_tree.h"

namespace kdumpd {
namespace {

class DirectoryNames : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"c", "a", "b", ".hidden"}) tree_.Write(std::string("d/") + name, "");
  }
  TemporaryTree tree_;
};

TEST_F(DirectoryNames, SortedAndWithoutTheDots) {
  const auto root = *HostRoot::Open({tree_.path(), {}, {}});
  const auto list = NamesIn(root, "/d", 4);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->names, (std::vector<std::string>{".hidden", "a", "b", "c"}));
  EXPECT_FALSE(list->clipped);
}

TEST_F(DirectoryNames, OneMoreThanAskedForIsClipped) {
  const auto root = *HostRoot::Open({tree_.path(), {}, {}});
  const auto list = NamesIn(root, "/d", 3);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->names.size(), 3U);
  EXPECT_TRUE(list->clipped);
}

TEST_F(DirectoryNames, AnOpenDirectoryCanBeListedTwice) {
  const auto root = *HostRoot::Open({tree_.path(), {}, {}});
  const auto fd = root.OpenDirectory("/d");
  ASSERT_TRUE(fd);
  EXPECT_EQ(NamesIn(fd->get(), 10)->names.size(), 4U);
  EXPECT_EQ(NamesIn(fd->get(), 10)->names.size(), 4U);
}

TEST_F(DirectoryNames, CountsWhatIsWantedAndNoFurtherThanTheLimit) {
  const auto root = *HostRoot::Open({tree_.path(), {}, {}});
  const auto visible = [](std::string_view name) { return !name.starts_with('.'); };
  EXPECT_EQ(*CountNames(root, "/d", visible, 10), 3U);
  EXPECT_EQ(*CountNames(root, "/d", visible, 2), 2U);
}

TEST_F(DirectoryNames, SaysWhichDirectoryIsNotThere) {
  const auto root = *HostRoot::Open({tree_.path(), {}, {}});
  const auto list = NamesIn(root, "/none", 1);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kNotFound);
  EXPECT_NE(list.error().message.find("/none"), std::string::npos);
}

}  // namespace
}  // namespace kdumpd
