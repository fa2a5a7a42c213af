// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/taint.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace kdumpd {
namespace {

std::string Letters(std::int64_t tainted, bool faults_only = false) {
  std::string letters;
  for (const Taint& taint : TaintsOf(tainted)) {
    if (taint.fault || !faults_only) letters += taint.letter;
  }
  return letters;
}

TEST(Taint, NamesEachBit) {
  EXPECT_EQ(Letters(0), "");
  EXPECT_EQ(Letters(1), "P");
  EXPECT_EQ(Letters(128), "D");
  EXPECT_EQ(Letters(16384), "L");
  EXPECT_EQ(Letters((1 << 20) - 1), "PFSRMBUDAWCIOELKXTNJ");
  EXPECT_EQ(Letters(1 << 20), "?");
  EXPECT_EQ(TaintsOf(1 << 27).front().bit, 27);
}

TEST(Taint, TellsFaultsFromTheRest) {
  EXPECT_EQ(Letters((1 << 20) - 1, true), "MBDWL");
  EXPECT_EQ(Letters(4096 | 8192, true), "");
}

TEST(Taint, TakesAnyNumber) {
  EXPECT_EQ(TaintsOf(-1).size(), 64u);
  EXPECT_EQ(TaintsOf(std::numeric_limits<std::int64_t>::min()).front().bit, 63);
}

}  // namespace
}  // namespace kdumpd
