// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/shell_config.h"

#include <gtest/gtest.h>

#include "tests/core/config_problems.h"

namespace kdumpd {
namespace {

constexpr ShellVerdict kVerdicts[] = {
    {ShellOddity::kExpansion, true, "expansion", "no $ here"},
    {ShellOddity::kCommand, false, "command", "no command here"},
};
constexpr Variable kVariables[] = {
    {"TEXT"},
    {"COUNT", VariableType::kNumber},
    {"SWITCH", VariableType::kSwitch},
    {"COLOUR", VariableType::kChoice, "red green"},
    {"OLD", VariableType::kObsolete},
    {"LINE", VariableType::kReplaces},
};

KdumpConfig Read(std::string_view text, bool appends = true) {
  KdumpConfig config;
  ReadShellConfig(text, kVerdicts, kVariables, appends, config);
  return config;
}

struct ProblemCase {
  std::string_view text;
  std::string_view message;
};

TEST(ShellConfigTest, ChecksNamesAndValuesByTheTable) {
  const std::vector<ProblemCase> cases{
      {"TEXT=anything", ""},
      {"COUNT=0", ""},
      {"COUNT=", ""},
      {"COUNT=-1", "COUNT is '-1'; expected a number\n"},
      {"COUNT=1x", "COUNT is '1x'; expected a number\n"},
      {"SWITCH=yes", ""},
      {"SWITCH=false", ""},
      {"SWITCH=YES", "SWITCH is 'YES'; expected true or false\n"},
      {"COLOUR=red", ""},
      {"COLOUR=re", "COLOUR is 're'; expected one of red green\n"},
      {"COLOUR='red green'", "COLOUR is 'red green'; expected one of red green\n"},
      {"OLD=1", ""},
      {"OLD=", ""},
      {"LINE=x", "LINE replaces the whole command line of the capture kernel; expected empty\n"},
      {"LINE=", ""},
      {"TEXTS=1", "unknown variable TEXTS; nothing reads it\n"},
      {"text=1", "unknown variable text; nothing reads it\n"},
      {"TEXT=$A", "TEXT: no $ here\n"},
      {"reboot", "no command here\n"},
      {"TEXT=`x`", ""},  // no row, no problem
  };
  for (const auto& test : cases) EXPECT_EQ(Messages(Read(test.text)), test.message) << test.text;
}

TEST(ShellConfigTest, AppendsWhereTheShellDoes) {
  EXPECT_EQ(ValueOr(Read("TEXT=a\nTEXT+=b"), "TEXT", ""), "ab");
  EXPECT_EQ(ValueOr(Read("TEXT+=b"), "TEXT", ""), "b");
  EXPECT_EQ(ValueOr(Read("TEXT=a\nTEXT+=b", false), "TEXT", ""), "a");
}

TEST(ShellConfigTest, AnEmptyValueCountsAsNone) {
  const KdumpConfig config = Read("TEXT=\nCOUNT=1\n\nCOUNT=2\n");
  EXPECT_EQ(ValueOr(config, "TEXT", "x"), "x");
  EXPECT_EQ(ValueOr(config, "OLD", "y"), "y");
  EXPECT_EQ(LineOf(config, "COUNT"), 4);
  EXPECT_EQ(LineOf(config, "OLD"), 0);
}

TEST(ShellConfigTest, KeepsAThousandSettings) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += "TEXT=1;";
  EXPECT_EQ(Read(text).settings.size(), 1000U);
}

}  // namespace
}  // namespace kdumpd
