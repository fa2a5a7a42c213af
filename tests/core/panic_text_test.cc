// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/panic_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace kdumpd {
namespace {

struct Row {
  const char* name;
  std::vector<std::string> files;
  const char* text;
};

TEST(PanicTextTest, ThePiecesOfTheLastPanicInTheirOrder) {
  const Row rows[] = {
      {"none", {}, ""},
      {"one", {"Panic#1 Part1\n<0>[ 1.0] a\n"}, "<0>[ 1.0] a\n"},
      {"no line end", {"Panic#1 Part1\nlast"}, "last\n"},
      {"nothing but its first line", {"Panic#1 Part1"}, ""},
      {"Part1 is the newest",
       {"Panic#1 Part1\nc\n", "Panic#1 Part3\na\n", "Panic#1 Part2\nb\n"},
       "a\nb\nc\n"},
      {"ten parts", {"Panic#1 Part9\nb\n", "Panic#1 Part10\na\n"}, "a\nb\n"},
      {"a piece that breaks a line",
       {"Panic#1 Part2\n<4>half", "Panic#1 Part1\nrest\n"},
       "<4>half\nrest\n"},
      {"two panics",
       {"Panic#1 Part1\nold\n", "Panic#2 Part1\nnew\n", "Panic#1 Part2\nolder\n"},
       "new\n"},
      {"an oops before it", {"Oops#1 Part1\noops\n", "Panic#2 Part1\npanic\n"}, "panic\n"},
      {"no first line", {"<0>[ 1.0] a\n"}, ""},
      {"no such number", {"Panic#x Part1\na\n"}, ""},
  };
  for (const Row& row : rows) EXPECT_EQ(PanicText(row.files), row.text) << row.name;
}

}  // namespace
}  // namespace kdumpd
