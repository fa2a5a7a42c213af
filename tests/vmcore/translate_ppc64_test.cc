// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {
namespace {

TEST(TranslatePpc64Test, TheLinearMapAndNothingElse) {
  auto translation = TranslatePpc64(Vmcoreinfo());
  ASSERT_TRUE(translation);
  EXPECT_EQ((*translation)(0xc0000000026ab1c0), 0x26ab1c0U);
  EXPECT_EQ((*translation)(0xc000000000000000), 0U);
  EXPECT_EQ((*translation)(0xc007ffffffffffff), 0x7ffffffffffffU);
  for (const std::uint64_t address : {0xc008000000000000UL, 0xbfffffffffffffffUL,
                                      0xd000000000000000UL, 0UL, 0xffffffffffffffffUL}) {
    const auto none = (*translation)(address);
    ASSERT_FALSE(none) << address;
    EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ((*translation)(0xc008000000000000).error().message,
            "0xc008000000000000 is not in the linear map");
}

}  // namespace
}  // namespace kdumpd
