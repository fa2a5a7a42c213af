// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {
namespace {

TEST(TranslateS390Test, IdentityBefore610) {
  auto translation = TranslateS390(Vmcoreinfo("SYMBOL(_stext)=100000\nKERNELOFFSET=123000\n"));
  ASSERT_TRUE(translation);
  for (const std::uint64_t address : {0UL, 0x874d40UL, 0xffffffffffffffffUL}) {
    EXPECT_EQ((*translation)(address), address);
  }
}

TEST(TranslateS390Test, TwoBasesSince) {
  auto translation = TranslateS390(
      Vmcoreinfo("IDENTITYBASE=1000000000\nKERNELOFFSET=3ffe0000000\nKERNELOFFPHYS=4000000\n"));
  ASSERT_TRUE(translation);
  EXPECT_EQ((*translation)(0x3ffe0874d40), 0x4874d40U);
  EXPECT_EQ((*translation)(0x3ffdfffffff), 0x3efdfffffffU);
  EXPECT_EQ((*translation)(0x1000000000), 0U);
  const auto below = (*translation)(0xfffffffff);
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().code, ErrorCode::kNotFound);
}

TEST(TranslateS390Test, WhatIsMissingIsNamed) {
  EXPECT_EQ(TranslateS390(Vmcoreinfo("IDENTITYBASE=0\nKERNELOFFSET=1\n")).error().message,
            "KERNELOFFPHYS is not in VMCOREINFO");
  const auto none = TranslateS390(Vmcoreinfo("IDENTITYBASE=0\nKERNELOFFPHYS=1\n"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(none.error().message, "KERNELOFFSET is not in VMCOREINFO");
}

}  // namespace
}  // namespace kdumpd
