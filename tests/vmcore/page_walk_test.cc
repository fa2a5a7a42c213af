// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/page_walk.h"

#include <gtest/gtest.h>

#include "tests/support/physical_memory.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kRoot = 0x1000;
constexpr std::uint64_t kMiddle = 0x2000;
constexpr std::uint64_t kLast = 0x3000;
constexpr std::uint64_t kFirst = 0xffffffc000000000;  // -(2^38)

// Three levels of 4 KiB pages, 39 bits; bit 1 clear is a large page.
PageTables ThreeLevels() {
  PageTables tables;
  tables.root = kRoot;
  tables.lowest = kFirst;
  tables.levels = 3;
  tables.address_bits = 39;
  tables.output_mask = 0x0000'ffff'ffff'f000;
  tables.large_mask = 2;
  tables.largest_level = 1;
  return tables;
}

class PageWalkTest : public ::testing::Test {
 protected:
  PageWalkTest() {
    memory_.PutNumber(kRoot + 8 * 0x100, kMiddle | 3);  // of kFirst
    memory_.PutNumber(kMiddle, kLast | 3);
    memory_.PutNumber(kLast, 0);
  }
  std::uint64_t Walk(std::uint64_t address) { return walk_(address).value_or(0); }
  Error WalkError(std::uint64_t address) {
    const auto physical = walk_(address);
    return physical ? Error{} : physical.error();
  }
  PhysicalMemory memory_;
  PageWalk walk_{ThreeLevels(), memory_.Reader()};
};

TEST_F(PageWalkTest, EveryPageOfTheLastTable) {
  for (std::uint64_t i = 0; i < 512; ++i) {
    memory_.PutNumber(kLast + 8 * i, (0x7000'0000 + (511 - i) * 4096) | 3);
  }
  for (std::uint64_t i = 0; i < 512; ++i) {
    EXPECT_EQ(Walk(kFirst + i * 4096 + 0xabc), 0x7000'0abc + (511 - i) * 4096) << i;
  }
}

TEST_F(PageWalkTest, NotPresentAtEachLevel) {
  for (const std::uint64_t address : {kFirst, kFirst + 0x20'0000, kFirst + 0x4000'0000}) {
    EXPECT_EQ(WalkError(address).code, ErrorCode::kNotFound);
    EXPECT_EQ(WalkError(address).message, AddressText(address) + " is not mapped");
  }
  // All bits but "present".
  memory_.PutNumber(kLast, ~1ULL);
  EXPECT_EQ(WalkError(kFirst).message, "0xffffffc000000000 is not mapped");
}

TEST_F(PageWalkTest, ATableThatIsNotInTheDump) {
  memory_.Lose(kLast);
  EXPECT_EQ(WalkError(kFirst + 5).code, ErrorCode::kNotFound);
  EXPECT_EQ(WalkError(kFirst + 5).message, "tables of 0xffffffc000000000: page is not in the dump");
}

TEST_F(PageWalkTest, OnlyTheKernelsHalf) {
  memory_.PutNumber(kRoot, kMiddle | 3);  // index 0: what 0 and 2^39 would find
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{1} << 39, kFirst - 4096}) {
    EXPECT_EQ(WalkError(address).message, AddressText(address) + " is not a kernel address");
  }
}

TEST_F(PageWalkTest, LargePagesUpToTheirLevelOnly) {
  memory_.PutNumber(kMiddle, 0x4020'0000 | 1);
  EXPECT_EQ(Walk(kFirst + 0x12345), 0x4021'2345U);
  // A large page is aligned, whatever its entry says.
  memory_.PutNumber(kMiddle + 8, 0x4023'4000 | 1);
  EXPECT_EQ(Walk(kFirst + 0x20'0000 + 0x567), 0x4020'0567U);
  // The top level has none here: that names a table.
  memory_.PutNumber(kRoot + 8 * 0x101, kMiddle | 1);
  EXPECT_EQ(Walk(kFirst + (1 << 30) + 0x12345), 0x4021'2345U);
}

TEST_F(PageWalkTest, ATableThatNamesItselfEnds) {
  memory_.PutNumber(kRoot + 8 * 0x100, kRoot | 3);
  memory_.PutNumber(kRoot, kRoot | 3);
  const int before = memory_.reads();
  EXPECT_EQ(Walk(kFirst + 0x123), kRoot + 0x123);
  EXPECT_EQ(memory_.reads() - before, 3);
}

TEST_F(PageWalkTest, TablesBeyondTheEndOfMemoryEnd) {
  memory_.PutNumber(kMiddle, 0x0000'ffff'ffff'f003);
  EXPECT_EQ(WalkError(kFirst).code, ErrorCode::kNotFound);
}

TEST_F(PageWalkTest, KeepsWhatItFound) {
  memory_.PutNumber(kLast, 0x5000 | 3);
  memory_.PutNumber(kLast + 8 * 64, 0x6000 | 3);
  EXPECT_EQ(Walk(kFirst + 1), 0x5001U);
  const int before = memory_.reads();
  EXPECT_EQ(Walk(kFirst + 2), 0x5002U);
  EXPECT_EQ(memory_.reads(), before);
  // 64 pages on, in the same place of the cache.
  EXPECT_EQ(Walk(kFirst + 64 * 4096), 0x6000U);
  EXPECT_EQ(memory_.reads(), before + 3);
  EXPECT_EQ(Walk(kFirst + 3), 0x5003U);
}

TEST_F(PageWalkTest, WhatIsNotMappedIsNotKept) {
  EXPECT_EQ(Walk(kFirst), 0U);
  memory_.PutNumber(kLast, 0x5000 | 3);
  EXPECT_EQ(Walk(kFirst), 0x5000U);
}

TEST(AddressTextTest, IsHexadecimal) {
  EXPECT_EQ(AddressText(0), "0x0");
  EXPECT_EQ(AddressText(~0ULL), "0xffffffffffffffff");
}

}  // namespace
}  // namespace kdumpd
