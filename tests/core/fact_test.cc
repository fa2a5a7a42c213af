// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/fact.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(Fact, KeepsThreeAnswersApart) {
  const auto known = Fact<int>::Known(0, "/a");
  const auto absent = Fact<int>::Absent("/b");
  const auto unreadable = Fact<int>::Unreadable("/c", "Permission denied");
  EXPECT_TRUE(known.known() && !known.absent() && !known.unreadable());
  EXPECT_TRUE(!absent.known() && absent.absent() && !absent.unreadable());
  EXPECT_TRUE(!unreadable.known() && !unreadable.absent() && unreadable.unreadable());
  EXPECT_TRUE(known.Is(0));
  EXPECT_FALSE(absent.Is(0)) << "nothing is not 0";
  EXPECT_EQ(absent.ValueOr(7), 7);
  EXPECT_EQ(unreadable.why(), "Permission denied");
}

TEST(Fact, WhatNobodyLookedAtIsUnreadable) {
  EXPECT_TRUE(Fact<int>().unreadable());
  EXPECT_FALSE(Fact<int>().why().empty());
}

TEST(Fact, FromAResult) {
  EXPECT_TRUE(Fact<int>::From(5, "/a").Is(5));
  EXPECT_TRUE(Fact<int>::From(Fail(ErrorCode::kNotFound, "no"), "/a").absent());
  for (const ErrorCode code : {ErrorCode::kPermission, ErrorCode::kBusy, ErrorCode::kTooLarge,
                               ErrorCode::kUnreachable, ErrorCode::kInvalid, ErrorCode::kIo}) {
    EXPECT_TRUE(Fact<int>::From(Fail(code, "why"), "/a").unreadable());
  }
}

TEST(Fact, LikeAnother) {
  EXPECT_TRUE(Fact<int>::Like(Fact<bool>::Absent("/a")).absent());
  const auto unreadable = Fact<int>::Like(Fact<bool>::Unreadable("/a", "why"));
  EXPECT_TRUE(unreadable.unreadable());
  EXPECT_EQ(unreadable.source(), "/a");
  EXPECT_TRUE(Fact<int>::Like(Fact<bool>::Known(true, "/a")).unreadable()) << "never a value";
}

TEST(Error, ContextGrowsOutward) {
  const Error error{ErrorCode::kPermission, "Permission denied"};
  EXPECT_EQ(error.In("reading /proc/iomem").In("first look").message,
            "first look: reading /proc/iomem: Permission denied");
  EXPECT_EQ(error.In("x").code, ErrorCode::kPermission);
}

}  // namespace
}  // namespace kdumpd
