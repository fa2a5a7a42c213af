// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crashkernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace kdumpd {
namespace {

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB, kTiB = 1024 * kGiB;
using enum CrashkernelError;

struct MemParseCase {
  std::string_view text;
  std::optional<std::uint64_t> value;
  std::string_view rest;
};

TEST(MemParseTest, ReadsWhatTheKernelReads) {
  const std::vector<MemParseCase> cases{
      {"256M", 256 * kMiB, ""},
      {"256m", 256 * kMiB, ""},
      {"0", 0, ""},
      {"4k,", 4 * kKiB, ","},
      {"1G-4G", kGiB, "-4G"},
      {"2T", 2 * kTiB, ""},
      {"3P", 3 * 1024 * kTiB, ""},
      {"1E", 1024 * 1024 * kTiB, ""},
      {"512MB", 512 * kMiB, "B"},      // one unit letter, not two
      {"1.5G", 1, ".5G"},              // no fractions
      {"0x10M", 16 * kMiB, ""},        // hexadecimal
      {"0X1fK", 31 * kKiB, ""},        //
      {"0x1E", 30, ""},                // E is a digit here
      {"0xM", 0, "xM"},                // no digit behind 0x: octal 0
      {"0x", 0, "x"},                  //
      {"010M", 8 * kMiB, ""},          // octal
      {"08M", 0, "8M"},                // 8 is no octal digit
      {"M", 0, ""},                    // a unit alone is 0
      {"G-4G", 0, "-4G"},              //
      {"", std::nullopt, ""},          //
      {"auto", std::nullopt, "auto"},  //
      {"-1", std::nullopt, "-1"},      //
      {"+1", std::nullopt, "+1"},      //
      {" 1", std::nullopt, " 1"},      //
      {"B", std::nullopt, "B"},        //
      {"18446744073709551615", ~0ULL, ""},
      {"18446744073709551616", std::nullopt, "18446744073709551616"},
      {"0xffffffffffffffff", ~0ULL, ""},
      {"0x10000000000000000", std::nullopt, "0x10000000000000000"},
      {"15E", 15 * 1024 * 1024 * kTiB, ""},
      {"16E", std::nullopt, "16E"},
      {"17592186044415M", 17592186044415 * kMiB, ""},
      {"17592186044416M", std::nullopt, "17592186044416M"},
  };
  for (const auto& test : cases) {
    std::string_view text = test.text;
    EXPECT_EQ(MemParse(text), test.value) << test.text;
    EXPECT_EQ(text, test.rest) << test.text;
  }
}

struct SizeCase {
  std::string_view cmdline;
  std::uint64_t ram;
  CrashkernelError error;
  std::uint64_t size = 0;
  std::string_view at = {};
};

void ExpectSizes(const std::vector<SizeCase>& cases) {
  for (const auto& test : cases) {
    const Crashkernel found = EvaluateCrashkernel(test.cmdline, test.ram);
    const std::string label = std::string(test.cmdline) + " on " + std::to_string(test.ram / kMiB);
    EXPECT_EQ(ReasonCode(found.error), ReasonCode(test.error)) << label;
    EXPECT_EQ(found.size_bytes, test.size) << label;
    EXPECT_EQ(found.error_at, test.at) << label;
  }
}

TEST(CrashkernelTest, SimpleSyntax) {
  ExpectSizes({
      {"", 8 * kGiB, kMissing},
      {"ro quiet", 8 * kGiB, kMissing},
      {"crashkernel", 8 * kGiB, kMissing},
      {"crash_kernel=256M", 8 * kGiB, kMissing},
      {"crashkernel=256M", 8 * kGiB, kNone, 256 * kMiB},
      {"root=/dev/sda2 crashkernel=256M quiet", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=256M\n", 8 * kGiB, kNone, 256 * kMiB},  // as /proc/cmdline ends
      {"crashkernel=0x10000000", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=256M@16M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=256M@", 8 * kGiB, kNone, 256 * kMiB},  // the offset is not checked
      {"crashkernel=256M@16MB", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=256MB", 8 * kGiB, kTrailingText, 0, "B"},
      {"crashkernel=256M,hihg", 8 * kGiB, kTrailingText, 0, ",hihg"},
      {"crashkernel=256M,", 8 * kGiB, kTrailingText, 0, ","},
      {"crashkernel=256M\tquiet", 8 * kGiB, kTrailingText, 0, "\tquiet"},  // only a blank ends it
      {"crashkernel=1.5G", 8 * kGiB, kTrailingText, 0, ".5G"},
      {"crashkernel=", 8 * kGiB, kNotANumber},
      {"crashkernel= 256M", 8 * kGiB, kNotANumber},
      {"crashkernel=yes", 8 * kGiB, kNotANumber, 0, "yes"},
      {"crashkernel=99999999999999999999", 8 * kGiB, kNotANumber, 0, "99999999999999999999"},
      {"crashkernel=0", 8 * kGiB, kZero},
      {"crashkernel=M", 8 * kGiB, kZero},
      {"crashkernel=8G", 8 * kGiB, kSizeNotBelowRam},
      {"crashkernel=8191M", 8 * kGiB, kNone, 8191 * kMiB},
      // Compared with the memory itself, not with the memory rounded up.
      {"crashkernel=1020M", 1000 * kMiB, kSizeNotBelowRam},
      {"crashkernel=auto", 8 * kGiB, kAuto, 0, "auto"},
  });
}

TEST(CrashkernelTest, IsFoundBySubstringAndEndsAtABlank) {
  ExpectSizes({
      {"xcrashkernel=256M", 8 * kGiB, kNone, 256 * kMiB},
      {"\"crashkernel=256M\"", 8 * kGiB, kTrailingText, 0, "\""},
      {"dyndbg=\"crashkernel=1G +p\"", 8 * kGiB, kNone, kGiB},
      {"init=/bin/sh -- crashkernel=256M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=crashkernel=256M", 8 * kGiB, kNone, 256 * kMiB},
      {std::string_view("quiet\0crashkernel=256M", 22), 8 * kGiB, kMissing},
      // The colon that makes it extended syntax must stand before the blank.
      {"crashkernel=256M console=a:b", 8 * kGiB, kNone, 256 * kMiB},
  });
}

constexpr std::string_view kRhel9 = "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M";
constexpr std::string_view kTrap = "crashkernel=1G-4G:192M,4G-64G:256M,64G:512M";

TEST(CrashkernelTest, ExtendedSyntaxTakesTheFirstRangeThatCovers) {
  ExpectSizes({
      {kRhel9, 512 * kMiB, kSizeNotBelowRam, 0, "64G-:512M"},  // each size is compared
      {kRhel9, 513 * kMiB, kNoRangeMatches},
      {kRhel9, 895 * kMiB, kNoRangeMatches},                // rounds up to 896 MiB
      {kRhel9, 897 * kMiB, kNone, 192 * kMiB},              // rounds up to 1 GiB
      {kRhel9, 3967 * kMiB, kNone, 192 * kMiB},             //
      {kRhel9, 3969 * kMiB, kNone, 256 * kMiB},             // rounds up to 4 GiB: END is outside
      {kRhel9, 4 * kGiB, kNone, 256 * kMiB},                //
      {kRhel9, 64 * kGiB - 128 * kMiB, kNone, 256 * kMiB},  //
      {kRhel9, 64 * kGiB - 1, kNone, 512 * kMiB},           //
      {kRhel9, 6 * kTiB, kNone, 512 * kMiB},
      {kRhel9, ~0ULL, kNone, 512 * kMiB},  // rounding up must not overflow
      {"crashkernel=0-:256M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=1G-:256M,2G-:512M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=1G-16G:256M,4G-:512M@32M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=2G-4G:256M", 8 * kGiB, kNoRangeMatches},
      {"crashkernel=2G-4G:256M@16M", 8 * kGiB, kNoRangeMatches, 0, "@16M"},
      {"crashkernel=G-:256M", 8 * kGiB, kNone, 256 * kMiB},  // a unit alone is 0
  });
}

TEST(CrashkernelTest, ExtendedSyntaxErrors) {
  ExpectSizes({
      {kTrap, 32 * kGiB, kNone, 256 * kMiB},
      {kTrap, 128 * kGiB, kDashExpected, 0, "64G:512M"},
      {"crashkernel=64G:512M", 8 * kGiB, kDashExpected, 0, "64G:512M"},
      {"crashkernel=1G-4G=192M,4G-:256M", 8 * kGiB, kColonExpected, 0, "1G-4G=192M"},
      {"crashkernel=1G-,4G-:256M", 8 * kGiB, kNotANumber, 0, "1G-"},
      {"crashkernel=1G-x:192M", 8 * kGiB, kNotANumber, 0, "1G-x:192M"},
      {"crashkernel=1G-4G:", 8 * kGiB, kNotANumber, 0, "1G-4G:"},
      {"crashkernel=:256M", 8 * kGiB, kNotANumber, 0, ":256M"},
      {"crashkernel=-4G:256M", 8 * kGiB, kNotANumber, 0, "-4G:256M"},
      {"crashkernel=1G-4G:192M,", 8 * kGiB, kNotANumber},
      {"crashkernel=4G-4G:192M,8G-:256M", 8 * kGiB, kEndNotAfterStart, 0, "4G-4G:192M"},
      {"crashkernel=4G-1G:192M", 8 * kGiB, kEndNotAfterStart, 0, "4G-1G:192M"},
      // A range that does not match is compared with the memory too, rounded up.
      {"crashkernel=1G-4G:8G,4G-:256M", 8 * kGiB, kSizeNotBelowRam, 0, "1G-4G:8G"},
      {"crashkernel=1G-4G:7G,4G-:256M", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=0-:1020M", 1000 * kMiB, kSizeNotBelowRam},
      {"crashkernel=0-:1024M", 1000 * kMiB, kSizeNotBelowRam, 0, "0-:1024M"},
      {"crashkernel=1G-:0", 8 * kGiB, kZero},
      {"crashkernel=1G-:0@x", 8 * kGiB, kZero},
      // Behind a range that does not match only ',' leads on.
      {"crashkernel=1G-4G:192MB,4G-:256M", 8 * kGiB, kTrailingText, 0, "B,4G-:256M"},
      {"crashkernel=1G-4G:192M;4G-:256M", 8 * kGiB, kTrailingText, 0, ";4G-:256M"},
      // Behind the range that matches only an offset is read, and it must be a number.
      {"crashkernel=4G-:256MB", 8 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=4G-:256M@", 8 * kGiB, kNotANumber},
      {"crashkernel=4G-:256M,junk@x", 8 * kGiB, kNotANumber, 0, "x"},
  });
}

TEST(CrashkernelTest, HighAndLow) {
  ExpectSizes({
      {"crashkernel=1G,high", 64 * kGiB, kNone, kGiB},
      {"crashkernel=1G,high crashkernel=256M,low", 64 * kGiB, kNone, kGiB},
      {"crashkernel=1G,high crashkernel=2G,high", 64 * kGiB, kNone, 2 * kGiB},
      {"crashkernel=256M,low", 64 * kGiB, kLowWithoutHigh},
      {"crashkernel=256M,cma", 64 * kGiB, kMissing},
      {"crashkernel=256M crashkernel=1G,cma", 64 * kGiB, kNone, 256 * kMiB},
      {"crashkernel=256M,HIGH", 64 * kGiB, kTrailingText, 0, ",HIGH"},
      {"crashkernel=,high", 64 * kGiB, kNotANumber, 0, ",high"},
      {"crashkernel=1GB,high", 64 * kGiB, kTrailingText, 0, "B,high"},
      {"crashkernel=1G@1G,high", 64 * kGiB, kTrailingText, 0, "@1G,high"},
      {"crashkernel=0,high", 64 * kGiB, kZero},
      {"crashkernel=0,high crashkernel=x,low", 64 * kGiB, kZero},
      {"crashkernel=64G,high", 64 * kGiB, kSizeNotBelowRam},
      // A malformed ,low spoils a good ,high.
      {"crashkernel=1G,high crashkernel=x,low", 64 * kGiB, kNotANumber, 0, "x,low"},
      {"crashkernel=1G,high crashkernel=1MB,low", 64 * kGiB, kTrailingText, 0, "B,low"},
      // The suffix decides before the colon does.
      {"crashkernel=1G-:256M,high", 64 * kGiB, kTrailingText, 0, "-:256M,high"},
      // One without a suffix counts alone, wherever it stands and even when it is malformed.
      {"crashkernel=512M crashkernel=1G,high", 64 * kGiB, kNone, 512 * kMiB},
      {"crashkernel=1G,high crashkernel=512M", 64 * kGiB, kNone, 512 * kMiB},
      {"crashkernel=512MB crashkernel=1G,high", 64 * kGiB, kTrailingText, 0, "B"},
      {"crashkernel=auto crashkernel=1G,high", 64 * kGiB, kAuto, 0, "auto"},
      {"crashkernel=512M crashkernel=768M", 64 * kGiB, kNone, 768 * kMiB},
      {"crashkernel=512M crashkernel=0", 64 * kGiB, kZero},
  });
}

TEST(CrashkernelTest, LowBytesBelongToHigh) {
  const auto low = [](std::string_view cmdline) {
    return EvaluateCrashkernel(cmdline, 64 * kGiB).low_bytes;
  };
  EXPECT_EQ(low("crashkernel=1G,high crashkernel=128M,low"), 128 * kMiB);
  EXPECT_EQ(low("crashkernel=1M,low crashkernel=1G,high crashkernel=128M,low"), 128 * kMiB);
  EXPECT_EQ(low("crashkernel=1G,high crashkernel=0,low"), 0U);
  EXPECT_EQ(low("crashkernel=1G,high"), std::nullopt);
  EXPECT_EQ(low("crashkernel=1G crashkernel=128M,low"), std::nullopt);
}

struct FlagCase {
  std::string_view cmdline;
  bool repeated, high_ignored, low_without_high;
};

TEST(CrashkernelTest, FlagsWhatHasNoEffect) {
  const std::vector<FlagCase> cases{
      {"crashkernel=1G", false, false, false},
      {"crashkernel=1G crashkernel=1G", true, false, false},
      {"crashkernel=1G crashkernel=1G,high", false, true, false},
      {"crashkernel=1G,high crashkernel=2G,high", false, false, false},
      {"crashkernel=1G,high crashkernel=1M,low", false, false, false},
      {"crashkernel=1M,low", false, false, true},
      {"crashkernel=1G crashkernel=1M,low", false, false, true},
      {"crashkernel=1G crashkernel=2G,high crashkernel=1M,low", false, true, true},
      {"crashkernel=1G crashkernel=1G,cma", false, false, false},
  };
  for (const auto& test : cases) {
    const Crashkernel found = EvaluateCrashkernel(test.cmdline, 64 * kGiB);
    EXPECT_EQ(found.repeated, test.repeated) << test.cmdline;
    EXPECT_EQ(found.high_ignored, test.high_ignored) << test.cmdline;
    EXPECT_EQ(found.low_without_high, test.low_without_high) << test.cmdline;
  }
}

TEST(CrashkernelTest, ListsEveryOccurrenceAndTheOneThatDecides) {
  const Crashkernel found = EvaluateCrashkernel(
      "ro crashkernel=512M crashkernel=1G,high crashkernel=256M crashkernel=2G,cma", 64 * kGiB);
  ASSERT_EQ(found.args.size(), 4U);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"512M", ""}, {"1G,high", "high"}, {"256M", ""}, {"2G,cma", "cma"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found.args[i].value, expected[i].first);
    EXPECT_EQ(found.args[i].suffix, expected[i].second);
  }
  EXPECT_EQ(found.used, 2U);
  EXPECT_EQ(EvaluateCrashkernel("crashkernel=1M,low crashkernel=1G,high", 64 * kGiB).used, 1U);
  EXPECT_EQ(EvaluateCrashkernel("crashkernel=1M,low", 64 * kGiB).used, std::nullopt);
}

TEST(CrashkernelTest, KeepsTheLastOfVeryManyOccurrences) {
  std::string cmdline;
  for (int i = 1; i <= 5000; ++i) cmdline += "crashkernel=" + std::to_string(i) + "M ";
  const Crashkernel found = EvaluateCrashkernel(cmdline, 64 * kGiB);
  EXPECT_EQ(found.args.size(), 64U);
  EXPECT_EQ(found.size_bytes, 5000 * kMiB);
  EXPECT_TRUE(found.repeated);
}

TEST(CrashkernelTest, Offset) {
  const auto offset = [](std::string_view value) {
    return EvaluateCrashkernel("crashkernel=" + std::string(value), 8 * kGiB).offset;
  };
  EXPECT_EQ(offset("256M"), std::nullopt);
  EXPECT_EQ(offset("256M@16M"), 16 * kMiB);
  EXPECT_EQ(offset("256M@0"), 0U);
  EXPECT_EQ(offset("256M@x"), 0U);
  EXPECT_EQ(offset("4G-:256M"), std::nullopt);
  EXPECT_EQ(offset("4G-:256M@0x1000000"), 16 * kMiB);
  EXPECT_EQ(offset("4G-16G:256M,16G-:512M@16M"), 16 * kMiB);
}

TEST(CrashkernelTest, NamesTheRangeThatMatched) {
  const Crashkernel found = EvaluateCrashkernel(kRhel9, 32 * kGiB);
  ASSERT_TRUE(found.range);
  EXPECT_EQ(found.range->text, "4G-64G:256M");
  EXPECT_EQ(found.range->start, 4 * kGiB);
  EXPECT_EQ(found.range->end, 64 * kGiB);
  EXPECT_EQ(found.range->size, 256 * kMiB);
  EXPECT_EQ(EvaluateCrashkernel(kRhel9, 128 * kGiB).range->end, std::nullopt);
  EXPECT_FALSE(EvaluateCrashkernel("crashkernel=256M", 32 * kGiB).range);
}

struct LastRangeCase {
  std::string_view value;
  std::optional<std::uint64_t> end;
  std::string_view malformed;  // "": none is
};

TEST(CrashkernelTest, LooksAtRangesBehindTheOneThatMatched) {
  const std::vector<LastRangeCase> cases{
      {"1G-4G:192M,4G-64G:256M,64G-:512M", std::nullopt, ""},
      {"1G-4G:192M,4G-64G:256M,64G:512M", 64 * kGiB, "64G:512M"},
      {"1G-4G:192M,4G-64G:256M", 64 * kGiB, ""},
      {"4G-64G:256M@16M", 64 * kGiB, ""},
      {"4G-64G:256M,64G-1T:512M", kTiB, ""},
      {"4G-64G:256M,64G-1T:512M@16M", kTiB, ""},
      {"4G-64G:256MB,64G-:512M", 64 * kGiB, "B,64G-:512M"},
      {"4G-64G:256M,64G-:x,1T-:1G", 64 * kGiB, "64G-:x"},
      {"4G-64G:256M,64G-32G:512M", 64 * kGiB, "64G-32G:512M"},
      {"4G-64G:256M,64G-:512M;", std::nullopt, ";"},
      {"256M", std::nullopt, ""},
  };
  for (const auto& test : cases) {
    const Crashkernel found =
        EvaluateCrashkernel("crashkernel=" + std::string(test.value), 32 * kGiB);
    EXPECT_EQ(found.error, kNone) << test.value;
    EXPECT_EQ(found.size_bytes, 256 * kMiB) << test.value;
    EXPECT_EQ(found.last_range_end, test.end) << test.value;
    EXPECT_EQ(found.last_range_bounded, test.end.has_value()) << test.value;
    EXPECT_EQ(found.later_range_malformed, !test.malformed.empty()) << test.value;
    EXPECT_EQ(found.later_range_text, test.malformed) << test.value;
  }
}

TEST(CrashkernelTest, AutoWhereTheKernelKnowsIt) {
  const Crashkernel found = EvaluateCrashkernel("crashkernel=auto", 8 * kGiB, true);
  EXPECT_EQ(found.error, kNone);
  EXPECT_EQ(found.size_bytes, 0U);  // the kernel's own table decides
  EXPECT_EQ(found.used, 0U);
  EXPECT_EQ(EvaluateCrashkernel("crashkernel=aut", 8 * kGiB, true).error, kNotANumber);
  EXPECT_EQ(EvaluateCrashkernel("crashkernel=auto crashkernel=1G", 8 * kGiB, true).size_bytes,
            kGiB);
}

TEST(CrashkernelTest, EveryErrorHasACodeAndASentence) {
  std::set<std::string_view> codes;
  std::set<std::string_view> sentences;
  for (int i = static_cast<int>(kNone); i <= static_cast<int>(kLowWithoutHigh); ++i) {
    const auto error = static_cast<CrashkernelError>(i);
    const std::string_view code = ReasonCode(error);
    EXPECT_FALSE(code.empty());
    EXPECT_TRUE(std::ranges::all_of(code, [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z');
    })) << code;
    codes.insert(code);
    sentences.insert(Sentence(error));
  }
  EXPECT_EQ(codes.size(), 12U);
  EXPECT_EQ(sentences.size(), 12U);
  EXPECT_EQ(ReasonCode(kDashExpected), "dash_expected");
  EXPECT_EQ(Sentence(kDashExpected), "'-' expected");
}

}  // namespace
}  // namespace kdumpd
