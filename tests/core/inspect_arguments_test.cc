// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspect_arguments.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

TEST(InspectArguments, OneEndReadsWhatTheOtherWrites) {
  const std::vector<InspectArguments> rows{
      {},
      {CheckLevel::kHeaders, 0, 1, 1 << 20, 0},
      {CheckLevel::kPages, 16 << 20, 256, std::uint64_t{1} << 40, 1'000'000},
      {CheckLevel::kCheap, 65536, 2, 64 << 20, 1},
      {CheckLevel::kDescriptors, 1, 3, 1 << 30, 5},
  };
  for (const InspectArguments& row : rows) {
    const auto words = CommandLine(row);
    const auto read = ParseCommandLine({words.begin(), words.end()});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, row);
  }
}

TEST(InspectArguments, WordsAreWhatTheyWere) {
  EXPECT_EQ(CommandLine({}),
            (std::vector<std::string>{"--level=sampled", "--log-bytes=0", "--files=1",
                                      "--memory-bytes=268435456", "--cpu-seconds=10"}));
}

TEST(InspectArguments, TooMuchIsAskedAsTheMost) {
  const auto words = CommandLine({CheckLevel::kCheap, 1ULL << 40, 1000, 1, 1ULL << 40});
  EXPECT_TRUE(ParseCommandLine({words.begin(), words.end()}));
}

TEST(InspectArguments, NearMisses) {
  for (const char* word : {"",
                           "-",
                           "--level",
                           "--level=",
                           "--level=deep",
                           "--level=Cheap",
                           "--level=cheap ",
                           "level=cheap",
                           "--files=",
                           "--files=0",
                           "--files=257",
                           "--files=-1",
                           "--files=1x",
                           "--file=1",
                           "--filess=1",
                           "--log-bytes=16777217",
                           "--log-bytes=0x10",
                           "--log-bytes=18446744073709551616",
                           "--memory-bytes=1048575",
                           "--memory-bytes=1099511627777",
                           "--cpu-seconds=1000001",
                           "/var/crash/vmcore",
                           "--help"}) {
    EXPECT_FALSE(ParseCommandLine({"--level=cheap", word})) << word;
  }
  EXPECT_TRUE(ParseCommandLine({}));
  EXPECT_EQ(ParseCommandLine({"--a\nb"}).error().message, "not understood: --a\\x0ab");
}

}  // namespace
}  // namespace kdumpd
