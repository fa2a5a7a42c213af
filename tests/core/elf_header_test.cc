// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/elf_header.h"

#include <gtest/gtest.h>

#include "tests/core/dump_bytes.h"

namespace kdumpd {
namespace {

Bytes View(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

TEST(ElfHeaderTest, BothClassesAndByteOrders) {
  for (const bool wide : {true, false}) {
    for (const bool big : {true, false}) {
      std::string bytes = ElfBytes({.wide = wide, .big = big, .flags = 1, .phnum = 7});
      const std::size_t word = wide ? 8 : 4;
      Put(bytes, 18, 0x1234, 2, big);
      Put(bytes, wide ? 40 : 32, 0x01020304, word, big);
      const auto elf = ParseElfHeader(View(bytes));
      ASSERT_TRUE(elf);
      EXPECT_EQ(elf->endian, big ? Endian::kBig : Endian::kLittle);
      EXPECT_EQ(elf->word_bytes, word);
      EXPECT_EQ(elf->type, kElfTypeCore);
      EXPECT_EQ(elf->machine, 0x1234U);
      EXPECT_EQ(elf->flags, kElfIncomplete);
      EXPECT_EQ(elf->program_headers, wide ? 64U : 52U);
      EXPECT_EQ(elf->program_header_count, 7U);
      EXPECT_EQ(elf->program_header_entry, elf->program_header_bytes());
      EXPECT_EQ(elf->program_header_bytes(), wide ? 56U : 32U);
      EXPECT_EQ(elf->section_header_bytes(), wide ? 64U : 40U);
      EXPECT_EQ(elf->section_headers, 0x01020304U);
    }
  }
}

TEST(ElfHeaderTest, CutAndInvalid) {
  struct Row {
    const char* name;
    std::size_t size;
    bool wide;
    int at;  // a byte that becomes 3; 0: none
    std::optional<ErrorCode> expected;
  };
  const Row rows[] = {
      {"whole", 64, true, 0, std::nullopt},
      {"a byte short", 63, true, 0, ErrorCode::kNotFound},
      {"32-bit", 52, false, 0, std::nullopt},
      {"32-bit, a byte short", 51, false, 0, ErrorCode::kNotFound},
      {"magic alone", 4, true, 0, ErrorCode::kNotFound},
      {"nothing", 0, true, 0, ErrorCode::kNotFound},
      {"class", 64, true, 4, ErrorCode::kInvalid},
      {"byte order", 64, true, 5, ErrorCode::kInvalid},
      {"version", 64, true, 6, ErrorCode::kInvalid},
      {"class, cut", 63, true, 4, ErrorCode::kNotFound},
  };
  for (const auto& row : rows) {
    std::string bytes = ElfBytes({.wide = row.wide}).substr(0, row.size);
    if (row.at != 0) bytes[row.at] = 3;
    const auto elf = ParseElfHeader(View(bytes));
    EXPECT_EQ(elf ? std::nullopt : std::optional(elf.error().code), row.expected) << row.name;
  }
}

TEST(ElfHeaderTest, MoreProgramHeadersThanSixteenBitsCount) {
  ElfHeader elf{.program_header_count = 0xffff, .section_headers = 64};
  EXPECT_TRUE(elf.counts_in_section());
  elf.program_header_count = 0xfffe;
  EXPECT_FALSE(elf.counts_in_section());
  elf = {.program_header_count = 0xffff, .section_headers = 0};
  EXPECT_FALSE(elf.counts_in_section());
  std::string section(64, '\0');
  Put(section, 44, 70'000, 4, false);
  Put(section, 28, 80'000, 4, true);
  EXPECT_EQ(ProgramHeaderCount(View(section), {}), 70'000U);
  EXPECT_EQ(ProgramHeaderCount(View(section), {.endian = Endian::kBig, .word_bytes = 4}), 80'000U);
}

TEST(ElfHeaderTest, ProgramHeader) {
  struct Row {
    bool wide, big;
    std::size_t offset, physical, file_bytes, memory_bytes;
  };
  const Row rows[] = {
      {true, false, 8, 24, 32, 40},
      {true, true, 8, 24, 32, 40},
      {false, false, 4, 12, 16, 20},
      {false, true, 4, 12, 16, 20},
  };
  for (const auto& row : rows) {
    const std::size_t word = row.wide ? 8 : 4;
    std::string bytes(row.wide ? 56 : 32, '\0');
    Put(bytes, 0, kElfSegmentLoad, 4, row.big);
    Put(bytes, row.offset, 0x11223344, word, row.big);
    Put(bytes, row.physical, 0x22334455, word, row.big);
    Put(bytes, row.file_bytes, 0x33445566, word, row.big);
    Put(bytes, row.memory_bytes, 0x44556677, word, row.big);
    const ElfHeader elf{.endian = row.big ? Endian::kBig : Endian::kLittle, .word_bytes = word};
    const auto segment = ParseProgramHeader(View(bytes), elf);
    EXPECT_EQ(segment.type, kElfSegmentLoad);
    EXPECT_EQ(segment.offset, 0x11223344U);
    EXPECT_EQ(segment.physical, 0x22334455U);
    EXPECT_EQ(segment.file_bytes, 0x33445566U);
    EXPECT_EQ(segment.memory_bytes, 0x44556677U);
    EXPECT_EQ(segment.file_end(), 0x11223344U + 0x33445566U);
    EXPECT_EQ(segment.memory_end(), 0x22334455U + 0x44556677U);
  }
}

TEST(ElfHeaderTest, EndsPastAnyNumber) {
  constexpr std::uint64_t kLast = ~0ULL;
  EXPECT_EQ((ProgramHeader{.offset = kLast, .file_bytes = 1}).file_end(), std::nullopt);
  EXPECT_EQ((ProgramHeader{.offset = kLast - 1, .file_bytes = 1}).file_end(), kLast);
  EXPECT_EQ((ProgramHeader{.physical = kLast, .memory_bytes = 1}).memory_end(), std::nullopt);
  EXPECT_EQ((ProgramHeader{.physical = 1, .memory_bytes = kLast - 1}).memory_end(), kLast);
}

}  // namespace
}  // namespace kdumpd
