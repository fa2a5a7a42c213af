// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/virtual_memory.h"
#include "tests/support/physical_memory.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kLarge = 1 << 7;
constexpr std::uint64_t kNoExecute = 1ULL << 63;
constexpr std::uint64_t kSoftware = 1ULL << 58 | 1ULL << 52 | 0xe66;  // bits that are no address

// Where the top table lies: ffffffff82000000 with a phys_base of -16 MiB.
constexpr std::uint64_t kTop = 0x100'0000;
constexpr std::string_view kNotes =
    "SYMBOL(init_top_pgt)=ffffffff82000000\nNUMBER(phys_base)=-16777216\n";

Result<std::uint64_t> Translate(std::string_view notes, PhysicalMemory& memory,
                                std::uint64_t address) {
  const Vmcoreinfo info(notes);
  auto translation = TranslateX86(info, memory.Reader(), info.Number("phys_base").value_or(0));
  if (!translation) return std::unexpected(translation.error());
  return (*translation)(address);
}

struct ImageRow {
  std::string_view name, notes;
  std::uint64_t address, physical;
};

TEST(TranslateX86Test, TheImageByPhysBase) {
  const ImageRow rows[] = {
      {"6.1, positive", "SYMBOL(init_top_pgt)=ffffffff87810000\nNUMBER(phys_base)=94371840\n",
       0xffffffff879f9b60, 0xd3f9b60},
      {"6.12, negative", "SYMBOL(init_top_pgt)=ffffffffb3022000\nNUMBER(phys_base)=-746586112\n",
       0xffffffffb32218a0, 0x6a218a0},
      {"first byte", kNotes, 0xffffffff80000000, ~0ULL - 0x1000000 + 1},
      {"last byte", kNotes, 0xffffffffbfffffff, 0x3effffff},
      {"before 4.10: no phys_base", "SYMBOL(init_level4_pgt)=ffffffff81c0a000\n",
       0xffffffff81c0a000, 0x1c0a000},
  };
  for (const auto& row : rows) {
    PhysicalMemory memory;
    EXPECT_EQ(Translate(row.notes, memory, row.address), row.physical) << row.name;
    EXPECT_EQ(memory.reads(), 0) << row.name;
  }
}

TEST(TranslateX86Test, BeyondTheImageByTables) {
  PhysicalMemory memory;
  memory.PutNumber(kTop + 8 * 0x1ff, 0x2000 | kPresent);
  memory.PutNumber(0x2000 + 8 * 0x1fe, 0x8000'0000 | kPresent | kLarge);  // ffffffff80000000
  memory.PutNumber(0x2000 + 8 * 0x1ff, 0x4000'0000 | kPresent | kLarge);  // ffffffffc0000000
  EXPECT_EQ(Translate(kNotes, memory, 0xffffffffc0001234), 0x4000'1234U);
  // A kernel without KASLR has half of it: modules begin at ffffffffa0000000.
  const std::string half = Cat(kNotes, "NUMBER(KERNEL_IMAGE_SIZE)=536870912\n");
  EXPECT_EQ(Translate(half, memory, 0xffffffff9fffffff), 0x1eff'ffffU);
  EXPECT_EQ(Translate(half, memory, 0xffffffffa0000000), 0xa000'0000U);
  // More than the address space has is not believed.
  const std::string huge = Cat(kNotes, "NUMBER(KERNEL_IMAGE_SIZE)=-1\n");
  EXPECT_EQ(Translate(huge, memory, 0xffffffffc0001234), 0x4000'1234U);
}

struct Entry {
  std::uint64_t at, value;
};
struct WalkRow {
  std::string_view name, notes;  // beyond kNotes
  std::vector<Entry> entries;
  std::uint64_t address, physical;
};

// Indices by hand: ffff888052345678 is 0x111, 1, 0x91, 0x145 and 0x678 in the page.
TEST(TranslateX86Test, EveryLevelAndSizeOfPage) {
  const WalkRow rows[] = {
      {"4 KiB",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000 + 8 * 1, 0x3000 | kPresent},
        {0x3000 + 8 * 0x91, 0x4000 | kPresent},
        {0x4000 + 8 * 0x145, 0x5234'5000 | kPresent}},
       0xffff888052345678,
       0x5234'5678},
      {"2 MiB",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000 + 8 * 1, 0x3000 | kPresent},
        {0x3000 + 8 * 0x91, 0x5220'0000 | kPresent | kLarge}},
       0xffff888052345678,
       0x5234'5678},
      {"2 MiB with PAT, which is bit 12",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000 + 8 * 1, 0x3000 | kPresent},
        {0x3000 + 8 * 0x91, 0x5220'1000 | kPresent | kLarge}},
       0xffff888052345678,
       0x5234'5678},
      {"1 GiB",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent}, {0x2000 + 8 * 1, 0x4000'0000 | kPresent | kLarge}},
       0xffff888052345678,
       0x5234'5678},
      {"the bit means PAT in the last table",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000 + 8 * 1, 0x3000 | kPresent},
        {0x3000 + 8 * 0x91, 0x4000 | kPresent},
        {0x4000 + 8 * 0x145, 0x5234'5000 | kPresent | kLarge}},
       0xffff888052345678,
       0x5234'5678},
      {"and nothing in the top one",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent | kLarge},
        {0x2000 + 8 * 1, 0x4000'0000 | kPresent | kLarge}},
       0xffff888052345678,
       0x5234'5678},
      {"NX, protection key, software bits",
       "",
       {{kTop + 8 * 0x111, 0x2000 | kPresent | kNoExecute | kSoftware},
        {0x2000 + 8 * 1, 0x3000 | kPresent | kNoExecute | kSoftware},
        {0x3000 + 8 * 0x91, 0x4000 | kPresent | kNoExecute | kSoftware},
        {0x4000 + 8 * 0x145, 0x5234'5000 | kPresent | kNoExecute | kSoftware}},
       0xffff888052345678,
       0x5234'5678},
      {"up to bit 51",
       "",
       {{kTop + 8 * 0x111, 0x8'0000'0000'2000 | kPresent},
        {0x8'0000'0000'2000 + 8 * 1, 0xc'0000'4000'0000 | kPresent | kLarge}},
       0xffff888052345678,
       0xc'0000'5234'5678},
      {"encrypted memory: bit 47",
       "NUMBER(sme_mask)=140737488355328\n",
       {{kTop + 8 * 0x111, 0x8000'0000'2000 | kPresent},
        {0x2000 + 8 * 1, 0x8000'0000'3000 | kPresent},
        {0x3000 + 8 * 0x91, 0x8000'0000'4000 | kPresent},
        {0x4000 + 8 * 0x145, 0x8000'5234'5000 | kPresent}},
       0xffff888052345678,
       0x5234'5678},
      {"five levels",
       "NUMBER(pgtable_l5_enabled)=1\n",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000, 0x3000 | kPresent},
        {0x3000, 0x4000 | kPresent},
        {0x4000 + 8 * 0x91, 0x5000 | kPresent},
        {0x5000 + 8 * 0x145, 0x1234'5000 | kPresent}},
       0xff11000012345678,
       0x1234'5678},
      {"five levels, 1 GiB",
       "NUMBER(pgtable_l5_enabled)=1\n",
       {{kTop + 8 * 0x111, 0x2000 | kPresent},
        {0x2000, 0x3000 | kPresent},
        {0x3000, 0x4000'0000 | kPresent | kLarge}},
       0xff11000012345678,
       0x5234'5678},
  };
  for (const auto& row : rows) {
    PhysicalMemory memory;
    for (const auto& entry : row.entries) memory.PutNumber(entry.at, entry.value);
    EXPECT_EQ(Translate(Cat(kNotes, row.notes), memory, row.address), row.physical) << row.name;
    EXPECT_EQ(memory.reads(), static_cast<int>(row.entries.size())) << row.name;
    // Without any one of them there is no answer.
    for (const auto& entry : row.entries) {
      PhysicalMemory other;
      for (const auto& kept : row.entries) other.PutNumber(kept.at, kept.value);
      other.PutNumber(entry.at, entry.value & ~kPresent);
      const auto none = Translate(Cat(kNotes, row.notes), other, row.address);
      ASSERT_FALSE(none) << row.name;
      EXPECT_EQ(none.error().code, ErrorCode::kNotFound) << row.name;
    }
  }
}

TEST(TranslateX86Test, AddressesThatNoTableHas) {
  PhysicalMemory memory;
  memory.PutNumber(kTop, 0x4000'0000 | kPresent);
  memory.PutNumber(kTop + 8 * 0x111, 0x2000 | kPresent);
  for (const std::uint64_t address : {0ULL, 0x7fffffffffffULL, 0xffff7fffffffffffULL}) {
    EXPECT_EQ(Translate(kNotes, memory, address).error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(memory.reads(), 0);
  // Of five levels, fewer bits are sign.
  const std::string five = Cat(kNotes, "NUMBER(pgtable_l5_enabled)=1\n");
  EXPECT_FALSE(Translate(five, memory, 0xff10000000000000));
  EXPECT_EQ(memory.reads(), 1);
  EXPECT_FALSE(Translate(five, memory, 0xfeffffffffffffff));
  EXPECT_EQ(memory.reads(), 1);
}

TEST(TranslateX86Test, TheTopTableByItsThreeNames) {
  for (const auto* name : {"init_top_pgt", "swapper_pg_dir", "init_level4_pgt"}) {
    PhysicalMemory memory;
    memory.PutNumber(kTop + 8 * 0x111, 0x2000 | kPresent);
    memory.PutNumber(0x2000, 0x4000'0000 | kPresent | kLarge);
    const auto notes = Cat("NUMBER(phys_base)=-16777216\nSYMBOL(", name, ")=ffffffff82000000\n");
    EXPECT_EQ(Translate(notes, memory, 0xffff888000000001), 0x4000'0001U) << name;
  }
  PhysicalMemory memory;
  const auto without = Translate("NUMBER(phys_base)=0\nSYMBOL(init_top_pg)=1\n", memory, 0);
  EXPECT_EQ(without.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(without.error().message, "SYMBOL(init_top_pgt) is not in VMCOREINFO");
}

}  // namespace
}  // namespace kdumpd
