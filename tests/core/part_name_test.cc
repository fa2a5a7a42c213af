// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/part_name.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(PartName, IsAStemAndANumber) {
  EXPECT_EQ(PartNameOf("dump.0"), (PartName{"dump.", 0}));
  EXPECT_EQ(PartNameOf("vmcore-12"), (PartName{"vmcore-", 12}));
  EXPECT_EQ(PartNameOf("vmcore1"), (PartName{"vmcore", 1}));
  EXPECT_EQ(PartNameOf("dump.202611220715.001"), (PartName{"dump.202611220715.", 1}));
}

TEST(PartName, NearMisses) {
  for (const auto name : {"", "vmcore", "123", "dump.202611220715", "dump.1234", "dump.1.gz"}) {
    EXPECT_FALSE(PartNameOf(name)) << name;
  }
}

}  // namespace
}  // namespace kdumpd
