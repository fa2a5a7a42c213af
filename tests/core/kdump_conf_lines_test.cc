// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_conf_lines.h"

#include <gtest/gtest.h>

#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

// "2 option=[value]", one for each directive.
std::vector<std::string> Read(std::string_view text) {
  KdumpConfig config;
  std::vector<std::string> lines;
  for (const ConfLine& line : ReadConfLines(text, config)) {
    lines.push_back(Cat(line.number, ' ', line.option, "=[", line.value, ']'));
  }
  return lines;
}

struct LineCase {
  std::string_view text;
  std::vector<std::string> lines;
};

TEST(KdumpConfLinesTest, SplitsOptionAndValue) {
  const std::vector<LineCase> cases{
      {"", {}},
      {"\n#x\n", {}},
      {"a", {"1 a=[]"}},
      {"a b", {"1 a=[b]"}},
      {"\n\n a \t b  c \n", {"3 a=[b c]"}},
      {"a b#c", {"1 a=[b]"}},
      {"a#b c", {"1 a=[]"}},
      {"a b \\\nc", {"1 a=[b \\]", "2 c=[]"}},  // no continuation
      {"a \"b  c\"", {"1 a=[b c]"}},
      {"a \"", {"1 a=[\"]"}},
      {"a \"b\" \"c\"", {"1 a=[b\" \"c]"}},
      {"a 'b'", {"1 a=['b']"}},
      {"a b\"", {"1 a=[b\"]"}},
      {"a b\r\nc d\r", {"1 a=[b]", "2 c=[d]"}},
  };
  for (const auto& test : cases) EXPECT_EQ(Read(test.text), test.lines) << test.text;
}

TEST(KdumpConfLinesTest, TellsOfCarriageReturnsOnce) {
  KdumpConfig config;
  (void)ReadConfLines("# x\r\na b\r\nc d\r\n", config);
  EXPECT_EQ(Told(config), std::vector<std::string>{"1 fatal crlf"});
}

}  // namespace
}  // namespace kdumpd
