// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/vmcoreinfo.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

using Value = std::optional<std::uint64_t>;

TEST(VmcoreinfoTest, Values) {
  const Vmcoreinfo notes(
      "OSRELEASE=6.1.0-1-test\n"
      "PAGESIZE=4096\n"
      "SYMBOL(prb)=ffffafc110448360\n"
      "SIZE(printk_info)=88\n"
      "OFFSET(printk_info.text_len)=16\n"
      "NUMBER(phys_base)=-1048576\n"
      "NUMBER(VA_BITS)=48\n"
      "NUMBER(kimage_voffset)=0xffffafc0cea00000\n"
      "KERNELOFFSET=2fc106c00000\n"
      "EQUAL=a=b\n"
      "EMPTY=\n"
      "=nameless\n"
      "no sign\n"
      "CRASHTIME=1795334808");
  EXPECT_FALSE(notes.empty());
  EXPECT_EQ(notes.Text("OSRELEASE"), "6.1.0-1-test");
  EXPECT_EQ(notes.Text("EQUAL"), "a=b");
  EXPECT_EQ(notes.Text("EMPTY"), "");
  EXPECT_EQ(notes.Text(""), "");
  EXPECT_EQ(notes.Text("no sign"), "");
  EXPECT_EQ(notes.Decimal("PAGESIZE"), 4096U);
  EXPECT_EQ(notes.Decimal("CRASHTIME"), 1795334808U);
  EXPECT_EQ(notes.Symbol("prb"), 0xffffafc110448360U);
  EXPECT_EQ(notes.Symbol("pr"), std::nullopt);
  EXPECT_EQ(notes.Size("printk_info"), 88U);
  EXPECT_EQ(notes.Offset("printk_info.text_len"), 16U);
  EXPECT_EQ(notes.Offset("printk_info"), std::nullopt);
  EXPECT_EQ(notes.Number("phys_base"), ~0ULL - 1048575);
  EXPECT_EQ(notes.Number("VA_BITS"), 48U);
  EXPECT_EQ(notes.Number("kimage_voffset"), 0xffffafc0cea00000U);
  EXPECT_EQ(notes.Hex("KERNELOFFSET"), 0x2fc106c00000U);
  EXPECT_EQ(notes.Hex("EMPTY"), std::nullopt);
}

TEST(VmcoreinfoTest, WhatIsNoNumber) {
  struct Row {
    const char* text;
    Value number, hex, decimal;
  };
  const Row rows[] = {
      {"", {}, {}, {}},
      {"0", 0, 0, 0},
      {"0x", {}, {}, {}},
      {"0x10", 16, {}, {}},
      {"0X10", {}, {}, {}},
      {"-1", ~0ULL, {}, {}},
      {"--1", {}, {}, {}},
      {"-0x1", {}, {}, {}},
      {"0x-1", {}, {}, {}},
      {"1 ", {}, {}, {}},
      {"1g", {}, {}, {}},
      {"f", {}, 15, {}},
      {"18446744073709551615", ~0ULL, {}, ~0ULL},
      {"18446744073709551616", {}, {}, {}},
      {"-9223372036854775808", 1ULL << 63, {}, {}},
      {"-9223372036854775809", {}, {}, {}},
      {"0xffffffffffffffff", ~0ULL, {}, {}},
      {"0x1ffffffffffffffff", {}, {}, {}},
  };
  for (const auto& row : rows) {
    const std::string text = row.text;
    const Vmcoreinfo notes("NUMBER(n)=" + text + "\nKEY=" + text);
    EXPECT_EQ(notes.Number("n"), row.number) << text;
    EXPECT_EQ(notes.Decimal("KEY"), row.decimal) << text;
    if (text.size() < 16) {
      EXPECT_EQ(notes.Hex("KEY"), row.hex) << text;
    }
  }
}

TEST(VmcoreinfoTest, TheFirstOfAKeyWins) {
  const Vmcoreinfo notes("A=1\nA=2\n");
  EXPECT_EQ(notes.Text("A"), "1");
}

TEST(VmcoreinfoTest, Bounds) {
  EXPECT_TRUE(Vmcoreinfo().empty());
  EXPECT_TRUE(Vmcoreinfo("").empty());
  EXPECT_TRUE(Vmcoreinfo("\n\n\n").empty());
  std::string lines;
  for (int i = 0; i < 8191; ++i) lines += '\n';
  EXPECT_EQ(Vmcoreinfo(lines + "A=1\nB=2\n").Text("A"), "1");
  EXPECT_EQ(Vmcoreinfo(lines + "A=1\nB=2\n").Text("B"), "");
  const std::string bytes = "LONG=" + std::string((64 << 10) - 9, 'x') + "\n";
  EXPECT_EQ(Vmcoreinfo(bytes + "A=1\n").Text("A"), "1");
  EXPECT_EQ(Vmcoreinfo(bytes + "AB=1\n").Text("AB"), "");  // its value lies behind
}

}  // namespace
}  // namespace kdumpd
