// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/journal_wire.h"

#include <gtest/gtest.h>

#include <limits>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using namespace std::string_literals;

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOther = "fedcba9876543210fedcba9876543210";

JournalBoot Boot(std::string_view id = kId) {
  JournalBoot boot;
  boot.boot_id = id;
  boot.first = 1'700'000'000;
  boot.last = 1'700'000'600;
  return boot;
}
JournalBoot WithText(std::string text) {
  JournalBoot boot = Boot();
  boot.capture_kernel = true;
  boot.text = std::move(text);
  return boot;
}
std::vector<JournalBoot> Again(const std::vector<JournalBoot>& boots) {
  const auto again = ParseBoots(EncodeBoots(boots));
  EXPECT_TRUE(again) << again.error().message;
  return again.value_or(std::vector<JournalBoot>{});
}

TEST(JournalWire, Lines) {
  JournalBoot boot = WithText("kernel: Linux version 6.1\nkdump-tools: failed");
  boot.shutdown = true;
  boot.panic = "Kernel panic - not syncing: sysrq";
  EXPECT_EQ(EncodeBoots(std::vector{boot, Boot(kOther)}),
            "kdumpd-boots 1\n"
            "boot 0123456789abcdef0123456789abcdef 1700000000 1700000600 shutdown capture\n"
            "panic Kernel panic - not syncing: sysrq\n"
            "|kernel: Linux version 6.1\n"
            "|kdump-tools: failed\n"
            "boot fedcba9876543210fedcba9876543210 1700000000 1700000600\n"
            "done 2\n");
  EXPECT_EQ(EncodeBoots(std::vector<JournalBoot>{}), "kdumpd-boots 1\ndone 0\n");
  EXPECT_EQ(EncodeBoots(Fail(ErrorCode::kNotFound, "no journal\nat all")),
            "kdumpd-boots 1\nerror 1 no journal\\x0aat all\n");
}

TEST(JournalWire, ThereAndBack) {
  JournalBoot full = WithText("a\n\nb\n");
  full.first = 0;
  full.last = std::numeric_limits<std::int64_t>::max();
  full.shutdown = true;
  full.panic = "Kernel panic";
  JournalBoot down = Boot(kOther);
  down.shutdown = true;
  const std::vector<JournalBoot> rows[] = {
      {}, {Boot()}, {full, down}, {WithText("|\n| \nboot x\ndone 1")}, {WithText("\n")}};
  for (const auto& boots : rows) EXPECT_EQ(Again(boots), boots);
  for (int code = 1; code <= 8; ++code) {
    const auto error =
        ParseBoots(EncodeBoots(Fail(static_cast<ErrorCode>(code), "opening it: not now")));
    ASSERT_FALSE(error);
    EXPECT_EQ(static_cast<int>(error.error().code), code);
    EXPECT_EQ(error.error().message, "opening it: not now");
  }
}

TEST(JournalWire, TextsAreCleanOnBothSides) {
  JournalBoot boot = WithText("kernel: \x1b[2J\r\0x\xff \\ \n\xe2\x80\xae left\ndone 1"s);
  boot.panic = "Kernel panic\ndone 1\n"s;
  const std::string clean = "kernel: \\x1b[2J\\x0d\\x00x\\xff \\ \n\\xe2\\x80\\xae left\ndone 1";
  const auto again = Again({boot});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].text, clean);
  EXPECT_EQ(again[0].panic, "Kernel panic\\x0adone 1\\x0a");
  EXPECT_EQ(Again(again), again);

  // A helper that does not clean.
  const auto raw =
      ParseBoots(Cat("kdumpd-boots 1\nboot ", kId, " 1 2\npanic a\x1b\n|b\x1b\ndone 1\n"));
  ASSERT_TRUE(raw) << raw.error().message;
  EXPECT_EQ(raw->front().panic, "a\\x1b");
  EXPECT_EQ(raw->front().text, "b\\x1b");
  EXPECT_EQ(ParseBoots("kdumpd-boots 1\nerror 2 a\x1b\n").error().message, "a\\x1b");
}

TEST(JournalWire, TheNewestLinesStay) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += Cat(i, '\n');
  const std::string few = Again({WithText(many)})[0].text;
  EXPECT_TRUE(few.starts_with("7953\n")) << few.substr(0, 20);
  EXPECT_TRUE(few.ends_with("\n9999\n"));

  std::string large;
  for (int i = 0; i < 100; ++i) large += Cat(std::string(1023, 'x'), '\n');
  const std::string half = Again({WithText(large + "end")})[0].text;
  EXPECT_EQ(half.size(), 63 * 1024U + 3);
  EXPECT_TRUE(half.ends_with("x\nend"));

  const std::string line = Again({WithText(std::string(100'000, 'x'))})[0].text;
  EXPECT_LE(line.size(), kJournalLineBytes);
  EXPECT_TRUE(line.ends_with("x…"));

  JournalBoot boot = Boot();
  boot.panic = std::string(100'000, 'x');
  EXPECT_LE(Again({boot})[0].panic.size(), 512U);
}

TEST(JournalWire, NoMoreThanSoMany) {
  std::vector<JournalBoot> boots;
  for (std::size_t i = 0; i < kMostJournalBoots + 1; ++i) {
    boots.push_back(Boot(Cat(std::string(30, 'a'), 10 + i)));
    boots.back().text = std::string(200'000, '\n');
  }
  EXPECT_EQ(Again(boots).size(), kMostJournalBoots);
  EXPECT_LT(EncodeBoots(boots).size(), 2U << 20);
}

TEST(JournalWire, NearMisses) {
  const std::string boot = Cat("boot ", kId, " 1 2");
  const std::string id(kId);
  std::string seventeen = "kdumpd-boots 1\n";
  for (int i = 10; i < 27; ++i) seventeen += Cat("boot ", std::string(30, 'a'), i, " 1 2\n");
  std::string lines = "kdumpd-boots 1\n" + boot + "\n";
  for (std::size_t i = 0; i <= kJournalTextLines; ++i) lines += "|\n";
  const std::string rows[] = {
      "",
      "\n",
      "kdumpd-boots 1\n",
      "kdumpd-boots 2\ndone 0\n",
      "kdumpd-boots 1 \ndone 0\n",
      " kdumpd-boots 1\ndone 0\n",
      "kdumpd-boots 1\r\ndone 0\r\n",
      "kdumpd-boots 1\ndone 0",
      "kdumpd-boots 1\ndone 1\n",
      "kdumpd-boots 1\ndone 00\n",
      "kdumpd-boots 1\ndone\n",
      "kdumpd-boots 1\ndone 0\ndone 0\n",
      "kdumpd-boots 1\ndone 0\n\n",
      "kdumpd-boots 1\n\ndone 0\n",
      "kdumpd-boots 1\n" + boot + "\n",
      "kdumpd-boots 1\n" + boot + "\ndone 0\n",
      "kdumpd-boots 1\n" + boot + "\ndone 2\n",
      "kdumpd-boots 1\n" + boot + "\n" + boot + "\ndone 2\n",
      "kdumpd-boots 1\n" + boot + " \ndone 1\n",
      "kdumpd-boots 1\n" + boot + " capture shutdown\ndone 1\n",
      "kdumpd-boots 1\n" + boot + " shutdown shutdown\ndone 1\n",
      "kdumpd-boots 1\n" + boot + " panic\ndone 1\n",
      "kdumpd-boots 1\nboot  1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id.substr(1) + " 1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + "0 1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id.substr(1) + "A 1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id.substr(1) + "- 1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + " 1\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + " 1 2 3\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + " -1 2\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + " 1 x\ndone 1\n",
      "kdumpd-boots 1\nboot " + id + " 1 9223372036854775808\ndone 1\n",
      "kdumpd-boots 1\npanic x\ndone 0\n",
      "kdumpd-boots 1\n|x\ndone 0\n",
      "kdumpd-boots 1\n" + boot + "\npanic \ndone 1\n",
      "kdumpd-boots 1\n" + boot + "\npanic x\npanic x\ndone 1\n",
      "kdumpd-boots 1\n" + boot + "\n|x\npanic x\ndone 1\n",
      "kdumpd-boots 1\n" + boot + "\nx\ndone 1\n",
      "kdumpd-boots 1\nerror 1\n",
      "kdumpd-boots 1\nerror 0 x\n",
      "kdumpd-boots 1\nerror 9 x\n",
      "kdumpd-boots 1\nerror x y\n",
      "kdumpd-boots 1\nerror 1 x\nerror 1 x\n",
      "kdumpd-boots 1\n" + boot + "\nerror 1 x\n",
      seventeen + "done 17\n",
      lines + "done 1\n",
  };
  for (const std::string& row : rows) {
    const auto boots = ParseBoots(row);
    ASSERT_FALSE(boots) << row;
    EXPECT_EQ(boots.error().code, ErrorCode::kInvalid) << row;
    EXPECT_TRUE(boots.error().message.starts_with("not an answer of kdumpd-boots: ")) << row;
  }
}

}  // namespace
}  // namespace kdumpd
