// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/machine_texts.h"

#include <gtest/gtest.h>

#include <optional>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using namespace std::string_view_literals;

TEST(MachineTexts, Knobs) {
  struct Row {
    Knob knob;
    std::string_view text;
    std::optional<std::int64_t> expected;
  };
  const std::vector<Row> rows{
      {Knob::kPanicOnOom, "0", 0},
      {Knob::kPanicOnOom, "2", 2},
      {Knob::kSysrq, "-1", -1},
      {Knob::kHungTaskTimeout, "9223372036854775807", 9223372036854775807},
      {Knob::kHungTaskTimeout, "9223372036854775808", std::nullopt},
      {Knob::kPostNotifiers, "Y", 1},
      {Knob::kPostNotifiers, "N", 0},
      {Knob::kPostNotifiers, "y", std::nullopt},
      {Knob::kPostNotifiers, "YN", std::nullopt},
      {Knob::kPanicOnOom, "", std::nullopt},
      {Knob::kPanicOnOom, "one", std::nullopt},
      {Knob::kPanicOnOom, "1 ", std::nullopt},
      {Knob::kFtraceDumpOnOops, "0", 0},
      {Knob::kFtraceDumpOnOops, "1", 1},
      {Knob::kFtraceDumpOnOops, "2", 2},
      {Knob::kFtraceDumpOnOops, "orig_cpu", 1},
      {Knob::kFtraceDumpOnOops, "2,foo=2", 1},
      {Knob::kFtraceDumpOnOops, "", std::nullopt},
  };
  for (const Row& row : rows) {
    const auto value = ParseKnob(row.knob, row.text);
    EXPECT_EQ(value ? std::optional(*value) : std::nullopt, row.expected)
        << PathOf(row.knob) << " " << row.text;
  }
}

TEST(MachineTexts, Modules) {
  const auto modules = ParseModules(
      "xfs 2375680 2 - Live 0xffffffffc0a00000\n"
      "libcrc32c 16384 1 xfs, Live 0x0000000000000000\n"
      "hpwdt 20480 0\n"
      "nosize\n"
      "badsize 0x10 0\n"
      "huge 18446744073709551616 0\n"
      "\n");
  ASSERT_EQ(modules.size(), 3u);
  EXPECT_EQ(modules[0].name, "xfs");
  EXPECT_EQ(modules[0].bytes, 2375680u);
  EXPECT_EQ(modules[1].name, "libcrc32c");
  EXPECT_EQ(modules[2].name, "hpwdt");
  EXPECT_TRUE(ParseModules("").empty());
}

TEST(MachineTexts, ModulesAreBounded) {
  std::string text;
  for (int i = 0; i < 10'001; ++i) text += "m 1\n";
  EXPECT_EQ(ParseModules(text).size(), 10'000u);
}

TEST(MachineTexts, Consoles) {
  const auto consoles = ParseConsoles(
      "ttyS0                -W- (EC  p a)    4:64\n"
      "tty0                 -WU (E  p  )    4:2\n"
      "netcon0              -W- (  p a)\n"
      "broken               -W- (EC\n"
      "nothing\n"
      "\n");
  ASSERT_EQ(consoles.size(), 4u);
  const auto look = [&](std::size_t i) {
    return Cat(consoles[i].name, consoles[i].enabled ? " E" : "",
               consoles[i].preferred ? " C" : "");
  };
  EXPECT_EQ(look(0), "ttyS0 E C");
  EXPECT_EQ(look(1), "tty0 E");
  EXPECT_EQ(look(2), "netcon0");
  EXPECT_EQ(look(3), "broken");
}

TEST(MachineTexts, ConsolesAreBounded) {
  std::string text;
  for (int i = 0; i < 101; ++i) text += "tty0 -W- (E)\n";
  EXPECT_EQ(ParseConsoles(text).size(), 100u);
}

TEST(MachineTexts, PstoreKinds) {
  struct Row {
    std::string_view text;
    std::string_view kind;
  };
  const std::vector<Row> rows{
      {"Panic#1 Part1\n<0>[ 1.0] Kernel panic", "Panic"},
      {"Oops#2 Part13\n", "Oops"},
      {"Emergency#1 Part1", "Emergency"},
      {"Panic#1 Part1\r\n", "Panic"},
      {"Panic#1\n", ""},
      {"Panic#1 Part\n", ""},
      {"Panic#x Part1\n", ""},
      {"Panic# Part1\n", ""},
      {"Panic1 Part1\n", ""},
      {"#1 Part1\n", ""},
      {"Panic#1 Part1 more\n", ""},
      {"Panic#1 part1\n", ""},
      {"Pa<ic#1 Part1\n", ""},
      {"\nPanic#1 Part1\n", ""},
      {"abcdefghijklmnopqrstuvwxyzabcdef#1 Part1\n", "abcdefghijklmnopqrstuvwxyzabcdef"},
      {"abcdefghijklmnopqrstuvwxyzabcdefg#1 Part1\n", ""},
      {"<4>[    0.000000] Linux version 6.1\n", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(PstoreKind(row.text), row.kind) << row.text;
}

TEST(MachineTexts, Lockdown) {
  EXPECT_EQ(ParseLockdown("[none] integrity confidentiality").value_or(""), "none");
  EXPECT_EQ(ParseLockdown("none [integrity] confidentiality\n").value_or(""), "integrity");
  for (const std::string_view text : {"none integrity", "[none", "none]", "[]", "[a b]", ""}) {
    EXPECT_FALSE(ParseLockdown(text).has_value()) << text;
  }
}

TEST(MachineTexts, EfiFlags) {
  EXPECT_EQ(ParseEfiFlag("\x06\0\0\0\1"sv).value_or(false), true);
  EXPECT_EQ(ParseEfiFlag("\x06\0\0\0\0"sv).value_or(true), false);
  for (const std::string_view bytes :
       {""sv, "\x06\0\0\0"sv, "\x06\0\0\0\2"sv, "\x06\0\0\0\xff"sv, "\x06\0\0\0\1\0"sv}) {
    EXPECT_FALSE(ParseEfiFlag(bytes).has_value()) << bytes.size();
  }
}

TEST(MachineTexts, Cells) {
  EXPECT_EQ(ParseCell("\0\0\0\2"sv).value_or(0), 2u);
  EXPECT_EQ(ParseCell("\xff\1\2\3"sv).value_or(0), 0xff010203u);
  EXPECT_FALSE(ParseCell("\0\0\2"sv).has_value());
  EXPECT_FALSE(ParseCell("\0\0\0\0\2"sv).has_value());
}

}  // namespace
}  // namespace kdumpd
