// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace kdumpd {
namespace {

int OpenNull() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFd, ClosesWhatItOwns) {
  const int fd = OpenNull();
  {
    const UniqueFd owner(fd);
  }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(UniqueFd, MoveAssignmentClosesTheOldOne) {
  const int old_fd = OpenNull();
  const int new_fd = OpenNull();
  UniqueFd to(old_fd);
  UniqueFd from(new_fd);
  to = std::move(from);
  EXPECT_FALSE(IsOpen(old_fd));
  EXPECT_TRUE(IsOpen(new_fd));
  EXPECT_EQ(to.get(), new_fd);
}

TEST(UniqueFd, SurvivesMovingOntoItself) {
  UniqueFd fd(OpenNull());
  UniqueFd& alias = fd;
  fd = std::move(alias);
  EXPECT_TRUE(IsOpen(fd.get()));
}

TEST(UniqueFd, ReleaseGivesItAway) {
  UniqueFd owner(OpenNull());
  const int fd = owner.Release();
  EXPECT_FALSE(owner);
  owner.Reset();
  EXPECT_TRUE(IsOpen(fd));
  ::close(fd);
}

}  // namespace
}  // namespace kdumpd
