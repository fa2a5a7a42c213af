// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/field_line.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(FieldLine, WhatIsWrittenIsRead) {
  const std::string hostile("a b=c%\n\r\0\xff/:+", 14);
  const std::string line = FieldLine("vmcore part")
                               .Add("number", std::uint64_t{3})
                               .Add("when", std::int64_t{-5})
                               .Add("name", hostile)
                               .Add("empty", "")
                               .AddSome("none", "")
                               .Take();
  ASSERT_TRUE(line.ends_with('\n'));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto fields = ParseFieldLine(std::string_view(line).substr(0, line.size() - 1));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->words, "vmcore part");
  EXPECT_EQ(fields->Unsigned("number"), 3u);
  EXPECT_EQ(fields->Signed("when"), -5);
  EXPECT_EQ(fields->Text("name"), hostile);
  EXPECT_TRUE(fields->Has("empty"));
  EXPECT_FALSE(fields->Has("none"));
}

TEST(FieldLine, WhatNobodyWritesIsRefused) {
  for (const std::string_view line : {"a b=c d", "a  b=c", "a b=%", "a b=%4", "a b=%zz", "a b=c=d",
                                      "a =b", "a b=1 b=2", "a b=\t", " a", "a b=1 "}) {
    EXPECT_FALSE(ParseFieldLine(line)) << line;
  }
}

}  // namespace
}  // namespace kdumpd
