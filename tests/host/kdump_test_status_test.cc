// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/kdump_test_status.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/core/text.h"
#include "tests/support/tree.h"

namespace kdumpd {
namespace {

constexpr char kFile[] = "var/lib/kdump/vmcore-creation.status";

Fact<KdumpTestMark> Read(const Tree& tree) {
  return ReadKdumpTest(*HostRoot::Open({tree.path(), "", ""}));
}

TEST(KdumpTestStatus, TellsAbsentFromUnreadable) {
  const Tree tree("etc/");
  EXPECT_TRUE(Read(tree).absent());
  tree.Write(kFile, "success kdump_test_id=1795000000-5\n");
  const auto mark = Read(tree);
  ASSERT_TRUE(mark.known()) << mark.why();
  EXPECT_EQ(mark.source(), Cat('/', kFile));
  EXPECT_EQ(mark->status, KdumpTestMark::Status::kSuccess);
  EXPECT_EQ(mark->test_time, 1'795'000'000);
  EXPECT_GT(mark->written_at, 1'700'000'000) << "the time of the file";
  EXPECT_TRUE(ReadKdumpTest(*HostRoot::Open({tree.path(), "", ""}), "blind").unreadable());
}

TEST(KdumpTestStatus, NothingInItIsTrusted) {
  for (const std::string& text :
       {std::string(), std::string("perfect"), std::string(1 << 20, 's'), std::string(64, '\0')}) {
    const Tree tree("");
    tree.Write(kFile, text);
    EXPECT_TRUE(Read(tree).unreadable()) << text.substr(0, 20);
  }
  const Tree tree("var/lib/kdump/");
  ASSERT_EQ(mkfifo((tree.path() + "/" + kFile).c_str(), 0600), 0);
  EXPECT_TRUE(Read(tree).unreadable());
}

}  // namespace
}  // namespace kdumpd
