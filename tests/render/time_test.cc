// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "daemon/render/render.h"

namespace kdumpd {
namespace {

TEST(Rfc3339, KnownMoments) {
  const std::pair<std::int64_t, const char*> rows[] = {
      {0, "1970-01-01T00:00:00Z"},
      {86'399, "1970-01-01T23:59:59Z"},
      {951'782'399, "2000-02-28T23:59:59Z"},
      {951'782'400, "2000-02-29T00:00:00Z"},  // a leap year although divisible by 100
      {1'795'331'703, "2026-11-22T07:15:03Z"},
      {4'107'542'399, "2100-02-28T23:59:59Z"},
      {4'107'542'400, "2100-03-01T00:00:00Z"},  // no leap year
      {253'402'300'799, "9999-12-31T23:59:59Z"},
  };
  for (const auto& [seconds, expected] : rows) EXPECT_EQ(Rfc3339(seconds), expected);
}

TEST(Rfc3339, OutsideItsYearsTheNearestMomentItCanWrite) {
  EXPECT_EQ(Rfc3339(-1), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Rfc3339(std::numeric_limits<std::int64_t>::min()), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Rfc3339(253'402'300'800), "9999-12-31T23:59:59Z");
  EXPECT_EQ(Rfc3339(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace kdumpd
