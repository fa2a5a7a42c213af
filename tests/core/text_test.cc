// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace kdumpd {
namespace {

using Views = std::vector<std::string_view>;

TEST(CatTest, JoinsTextAndNumbers) {
  EXPECT_EQ(Cat("a", std::string("b"), std::string_view("c"), 'd', 5, -6, 7ULL), "abcd5-67");
  EXPECT_EQ(Cat(), "");
  EXPECT_EQ(Cat(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(TrimTest, TakesBlanksFromBothEnds) {
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim("a"), "a");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(Trim(""), "");
  EXPECT_EQ(Trim("\va\v"), "\va\v");
}

TEST(SplitTest, KeepsEmptyPieces) {
  EXPECT_EQ(Split("a,b", ','), (Views{"a", "b"}));
  EXPECT_EQ(Split(",a,,b,", ','), (Views{"", "a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), (Views{""}));
  EXPECT_EQ(Split("a b", ','), (Views{"a b"}));
}

TEST(WordsTest, HasNoEmptyPieces) {
  EXPECT_EQ(Words("  a \t b\r\n"), (Views{"a", "b"}));
  EXPECT_EQ(Words("a"), (Views{"a"}));
  EXPECT_EQ(Words(" "), (Views{}));
  EXPECT_EQ(Words(""), (Views{}));
}

TEST(LinesTest, AFinalNewlineStartsNoFurtherLine) {
  EXPECT_EQ(Lines("a\nb\n"), (Views{"a", "b"}));
  EXPECT_EQ(Lines("a\nb"), (Views{"a", "b"}));
  EXPECT_EQ(Lines("a\n\n"), (Views{"a", ""}));
  EXPECT_EQ(Lines("\n"), (Views{""}));
  EXPECT_EQ(Lines(""), (Views{}));
  EXPECT_EQ(Lines("a\r\n"), (Views{"a\r"}));
}

struct UnsignedCase {
  std::string_view text;
  int base;
  std::optional<std::uint64_t> value;
};

TEST(ParseUnsignedTest, TakesTheWholeTextOrNothing) {
  const std::vector<UnsignedCase> cases{
      {"0", 10, 0},
      {"007", 10, 7},
      {"18446744073709551615", 10, std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", 10, std::nullopt},
      {"ff", 16, 255},
      {"FF", 16, 255},
      {"0xff", 16, std::nullopt},
      {"ffffffffffffffff", 16, std::numeric_limits<std::uint64_t>::max()},
      {"10000000000000000", 16, std::nullopt},
      {"777", 8, 511},
      {"8", 8, std::nullopt},
      {"", 10, std::nullopt},
      {"-1", 10, std::nullopt},
      {"+1", 10, std::nullopt},
      {" 1", 10, std::nullopt},
      {"1 ", 10, std::nullopt},
      {"1\n", 10, std::nullopt},
      {"1.0", 10, std::nullopt},
      {"a", 10, std::nullopt},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(ParseUnsigned(test.text, test.base), test.value) << test.text;
  }
}

TEST(ParseSignedTest, AllowsALeadingMinus) {
  EXPECT_EQ(ParseSigned("-1"), -1);
  EXPECT_EQ(ParseSigned("10"), 10);
  EXPECT_EQ(ParseSigned("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ParseSigned("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const std::string_view text :
       {"9223372036854775808", "-9223372036854775809", "--1", "+1", "-", "", "1x", " 1"}) {
    EXPECT_EQ(ParseSigned(text), std::nullopt) << text;
  }
}

TEST(FormatBytesTest, BinaryUnitsWithAtMostOneDecimal) {
  constexpr std::uint64_t kMiB = 1ULL << 20U;
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1024), "1 KiB");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes(256 * kMiB), "256 MiB");
  EXPECT_EQ(FormatBytes(1536 * kMiB), "1.5 GiB");
  EXPECT_EQ(FormatBytes(2047 * kMiB), "2 GiB");
  EXPECT_EQ(FormatBytes(kMiB - 1), "1 MiB");  // never "1024 KiB"
  EXPECT_EQ(FormatBytes(1ULL << 40U), "1 TiB");
  EXPECT_EQ(FormatBytes(std::numeric_limits<std::uint64_t>::max()), "16384 PiB");
}

TEST(FormatSecondsTest, TwoUnitsAtMost) {
  EXPECT_EQ(FormatSeconds(0), "0 s");
  EXPECT_EQ(FormatSeconds(119), "119 s");
  EXPECT_EQ(FormatSeconds(120), "2 min");
  EXPECT_EQ(FormatSeconds(7199), "119 min");
  EXPECT_EQ(FormatSeconds(11100), "3 h 5 min");
  EXPECT_EQ(FormatSeconds(172799), "47 h 59 min");
  EXPECT_EQ(FormatSeconds(187200), "2 d 4 h");
}

struct PrintableCase {
  std::string_view text;
  std::string_view printable;
};

TEST(PrintableTest, NothingHostileComesThrough) {
  const std::vector<PrintableCase> cases{
      {"plain text", "plain text"},
      {"", ""},
      {"a\nb\tc", "a\\x0ab\\x09c"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {std::string_view("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"a\\x41", "a\\x5cx41"},  // what is shown as \x41 cannot be forged
      {"é€😀", "é€😀"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},  // U+009B does what ESC [ does
      {"\xc2\xa0", "\xc2\xa0"},
      {"\xc3", "\\xc3"},                    // cut off
      {"\xe2\x82", "\\xe2\\x82"},           //
      {"\xc3(", "\\xc3("},                  //
      {"\x80", "\\x80"},                    //
      {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
      {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},  //
      {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // past U+10FFFF
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},      // U+10FFFF
      {"\xff", "\\xff"},
  };
  for (const auto& test : cases) EXPECT_EQ(Printable(test.text), test.printable) << test.printable;
}

TEST(PrintableTest, ClipsBetweenCharacters) {
  EXPECT_EQ(Printable("abcd", 4), "abcd");
  EXPECT_EQ(Printable("abcde", 4), "abcd…");
  EXPECT_EQ(Printable("abcé", 4), "abc…");
  EXPECT_EQ(Printable("a\n", 4), "a…");
  EXPECT_EQ(Printable("\n", 4), "\\x0a");
  EXPECT_EQ(Printable("a", 0), "…");
  EXPECT_EQ(Printable(std::string(300, 'a')), std::string(256, 'a') + "…");
}

// What shows nothing, and what makes the rest show otherwise.
TEST(Printable, EscapesWhatCannotBeSeen) {
  EXPECT_EQ(Printable("a\u202e b"), "a\\xe2\\x80\\xae b");
  for (const std::string_view hidden : {"\u200b", "\u200f", "\u2028", "\u202a", "\u2060", "\u2066",
                                        "\u206f", "\ufeff", "\U000e0041"}) {
    EXPECT_TRUE(Printable(hidden).starts_with("\\x")) << Printable(hidden);
  }
  for (const std::string_view shown :
       {"\u200a", "\u2010", "\u2027", "\u202f", "\u205f", "\u2070", "\u00e4"}) {
    EXPECT_EQ(Printable(shown), shown);
  }
}

}  // namespace
}  // namespace kdumpd
