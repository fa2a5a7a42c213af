// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/makedumpfile_options.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum DumpOption;

struct Use {
  DumpOption option;
  std::string_view value;
  bool operator==(const Use&) const = default;
};

std::vector<Use> Read(std::string_view options) {
  const auto words = Words(options);
  std::vector<Use> uses;
  for (const auto& use : ReadDumpOptions(words)) uses.push_back({use.option, use.value});
  return uses;
}

struct ReadCase {
  std::string_view options;
  std::vector<Use> uses;
};

// Each row was put to makedumpfile 1.7.2 with --check-params.
TEST(MakedumpfileOptionsTest, ReadsAsGetoptDoes) {
  const std::vector<ReadCase> cases{
      {"", {}},
      {"-c", {{kZlib, ""}}},
      {"-lF", {{kLzo, ""}, {kFlatten, ""}}},
      {"-d 31", {{kDumpLevel, "31"}}},
      {"-d31", {{kDumpLevel, "31"}}},
      {"-lFd31,1 -z", {{kLzo, ""}, {kFlatten, ""}, {kDumpLevel, "31,1"}, {kZstd, ""}}},
      {"-d -F", {{kDumpLevel, "-F"}}},
      {"-dF", {{kDumpLevel, "F"}}},
      {"-d", {{kNoArgument, ""}}},
      {"-cQF", {{kZlib, ""}, {kUnknown, ""}}},
      {"-", {{kOperand, ""}}},
      {"--message-level 7", {{kMessageLevel, "7"}}},
      {"--message-level=7", {{kMessageLevel, "7"}}},
      {"--message-level=", {{kMessageLevel, ""}}},
      {"--message-level", {{kNoArgument, ""}}},
      {"--mess 7", {{kMessageLevel, "7"}}},
      {"--me", {{kAmbiguous, ""}}},  // message-level, mem-usage
      {"--split", {{kSplit, ""}}},   // exact, though it begins splitblock-size
      {"--splitb 4", {{kOther, "4"}}},
      {"--spli", {{kAmbiguous, ""}}},
      {"--split=3", {{kHasArgument, "3"}}},
      {"--num-threads 4 -E", {{kThreads, "4"}, {kElf, ""}}},
      {"--bogus x", {{kUnknown, ""}, {kOperand, ""}}},
      {"--message-levels 7", {{kUnknown, ""}, {kOperand, ""}}},
      {"x -c", {{kOperand, ""}, {kZlib, ""}}},
      {"-- -c", {{kOperand, ""}}},
  };
  for (const auto& test : cases) EXPECT_TRUE(Read(test.options) == test.uses) << test.options;
}

TEST(MakedumpfileOptionsTest, KeepsTheWord) {
  const std::vector<std::string_view> words{"-cd", "31"};
  const auto uses = ReadDumpOptions(words);
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].word, "-cd");
  EXPECT_EQ(uses[1].word, "-cd");
}

}  // namespace
}  // namespace kdumpd
