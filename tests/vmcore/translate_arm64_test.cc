// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/page_walk.h"
#include "daemon/vmcore/virtual_memory.h"
#include "tests/support/physical_memory.h"

namespace kdumpd {
namespace {

struct Kernel {
  std::uint64_t page_size;
  int built_bits, unused_bits, physical_bits;  // VA_BITS, TCR_EL1_T1SZ, MAX_PHYSMEM_BITS
  std::uint64_t memory_start, image_offset;    // PHYS_OFFSET, kimage_voffset
};

// _stext 2 MiB and 64 KiB into memory, swapper_pg_dir 1 MiB: as the kernels of the table below.
std::string Notes(const Kernel& kernel) {
  return Cat("PAGESIZE=", kernel.page_size,
             "\nSYMBOL(swapper_pg_dir)=", AddressText(kernel.image_offset + 0x4010'0000).substr(2),
             "\nSYMBOL(_stext)=", AddressText(kernel.image_offset + 0x4021'0000).substr(2),
             "\nNUMBER(VA_BITS)=", kernel.built_bits,
             "\nNUMBER(TCR_EL1_T1SZ)=", AddressText(static_cast<std::uint64_t>(kernel.unused_bits)),
             "\nNUMBER(MAX_PHYSMEM_BITS)=", kernel.physical_bits,
             "\nNUMBER(kimage_voffset)=", AddressText(kernel.image_offset),
             "\nNUMBER(PHYS_OFFSET)=", AddressText(kernel.memory_start), "\n");
}

struct LayoutRow {
  std::string_view name;
  Kernel kernel;
  std::uint64_t ring, physical;  // the text of the log ring
};

// Kernels that ran and crashed, each in an address space of its own.
const LayoutRow kLayouts[] = {
    {"6.1 4K",
     {4096, 48, 16, 48, 0xffffea43c0000000, 0xffffafc0cea00000},
     0xffffafc110620c08,
     0x41c20c08},
    {"6.1 4K again",
     {4096, 48, 16, 48, 0xffffaadb40000000, 0xffffd17f42000000},
     0xffffd17f83c20c08,
     0x41c20c08},
    {"6.1 4K log_buf_len=1M: linear map",
     {4096, 48, 16, 48, 0xffffeb1cc0000000, 0xffffb52c4cc00000},
     0xffff14e38b700000,
     0x4b700000},
    {"6.1 4K nokaslr",
     {4096, 48, 16, 48, 0x40000000, 0xffff7fffc7e00000},
     0xffff800009a20c08,
     0x41c20c08},
    {"6.1 4K, processor max",
     {4096, 48, 16, 48, 0x40000000, 0xffffa776b6c00000},
     0xffffa776f8820c08,
     0x41c20c08},
    {"6.1 4K, two processors",
     {4096, 48, 16, 48, 0xffff994c40000000, 0xffffd821a3000000},
     0xffffd821e4c20c08,
     0x41c20c08},
    {"6.12 4K 52 on 48",
     {4096, 52, 16, 48, 0xfff0bf6c80000000, 0xffffa2de56600000},
     0xffffa2de98592600,
     0x41f92600},
    {"6.12 4K 52 on 48 again",
     {4096, 52, 16, 48, 0xfff0a1f140000000, 0xffffb601e8400000},
     0xffffb6022a392600,
     0x41f92600},
    {"6.12 4K LPA2",
     {4096, 52, 12, 52, 0x40000000, 0xffffac43f1200000},
     0xffffac4433192600,
     0x41f92600},
    {"6.12 16K 52 on 47",
     {16384, 52, 17, 48, 0xfff0800040000000, 0xffffee4c39200000},
     0xffffee4c7b899678,
     0x42699678},
    {"6.12 16K LPA2",
     {16384, 52, 12, 52, 0x40000000, 0xffffcc3b08000000},
     0xffffcc3b4a699678,
     0x42699678},
    {"6.1 64K 52 on 48",
     {65536, 52, 16, 52, 0xfff0f98fc0000000, 0xffffac2138c00000},
     0xffffac21794e6530,
     0x408e6530},
    {"6.1 64K LVA and LPA",
     {65536, 52, 12, 52, 0x40000000, 0xffffce3225200000},
     0xffffce3265ae6530,
     0x408e6530},
};

TEST(TranslateArm64Test, ByLayoutWhereTheTablesAreNotInTheDump) {
  for (const auto& row : kLayouts) {
    const Vmcoreinfo notes(Notes(row.kernel));
    PhysicalMemory memory;
    auto with_tables = TranslateArm64(notes, memory.Reader());
    const auto layout = TranslateArm64ByLayout(notes);
    ASSERT_TRUE(with_tables && layout) << row.name;
    EXPECT_EQ((*with_tables)(row.ring), row.physical) << row.name;
    EXPECT_GE(memory.reads(), 1) << row.name;
    EXPECT_EQ((*layout)(row.ring), row.physical) << row.name;
    // Tables of zeros, as in a dump that was cut, say no more.
    for (std::uint64_t at = 0; at < 0x10000; at += 8) memory.PutNumber(0x4010'0000 + at, 0);
    EXPECT_EQ((*with_tables)(row.ring), row.physical) << row.name;
  }
}

TEST(TranslateArm64Test, TheEdgesOfImageAndLinearMap) {
  for (const auto& row : kLayouts) {
    const Kernel& kernel = row.kernel;
    const auto layout = TranslateArm64ByLayout(Vmcoreinfo(Notes(kernel)));
    ASSERT_TRUE(layout) << row.name;
    const std::uint64_t text = kernel.image_offset + 0x4021'0000;
    EXPECT_EQ((*layout)(text - 0x10000), 0x4020'0000U) << row.name;
    EXPECT_FALSE((*layout)(text - 0x10001)) << row.name;
    EXPECT_EQ((*layout)(text + 0xfff'ffff), 0x5020'ffffU) << row.name;
    EXPECT_FALSE((*layout)(text + 0x1000'0000)) << row.name;
    // The linear map begins at PAGE_OFFSET and ends where the image may be.
    const std::uint64_t page_offset = kernel.built_bits == 52 ? 0xfff0000000000000   //
                                                              : 0xffff000000000000;  //
    const std::uint64_t end = kernel.page_size == 16384 ? 0xffffc00000000000 : 0xffff800000000000;
    EXPECT_EQ((*layout)(page_offset), kernel.memory_start) << row.name;
    EXPECT_FALSE((*layout)(page_offset - 1)) << row.name;
    EXPECT_EQ((*layout)(end - 1), kernel.memory_start + (end - page_offset) - 1) << row.name;
    for (const std::uint64_t address : {end, std::uint64_t{0}, ~std::uint64_t{0}}) {
      const auto none = (*layout)(address);
      ASSERT_FALSE(none) << row.name;
      EXPECT_EQ(none.error().code, ErrorCode::kNotFound) << row.name;
    }
  }
}

// 5.3 and earlier: image in the lower half, linear map in the upper one.
TEST(TranslateArm64Test, TheOldLayout) {
  const std::string notes =
      "PAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffff000009400000\nSYMBOL(_stext)=ffff000008081000\n"
      "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xfffeffffc8000000\n"
      "NUMBER(PHYS_OFFSET)=0x40000000\n";
  const auto layout = TranslateArm64ByLayout(Vmcoreinfo(notes));
  ASSERT_TRUE(layout);
  EXPECT_EQ((*layout)(0xffff000009400000), 0x4140'0000U);
  EXPECT_EQ((*layout)(0xffff800000000000), 0x4000'0000U);
  EXPECT_EQ((*layout)(0xffff80000b700123), 0x4b70'0123U);
  EXPECT_FALSE((*layout)(0xffff7fffffffffff));
  EXPECT_FALSE((*layout)(0xffff000000000000));  // modules
}

struct Entry {
  std::uint64_t at, value;
};
struct WalkRow {
  std::string_view name;
  Kernel kernel;
  std::vector<Entry> entries;  // from the top; 3 in the low bits: table or page, 1: block
  std::uint64_t address, physical;
};

constexpr std::uint64_t kTop = 0x4010'0000;
constexpr std::uint64_t kImage = 0xffffe000'0000'0000;  // kimage_voffset, far from the addresses
constexpr std::uint64_t kAttributes = 0x0068'0000'0000'0f00;  // UXN, contiguous, AF, SH ...

Kernel Built(std::uint64_t page_size, int built_bits, int bits, int physical_bits) {
  // PHYS_OFFSET is such that nothing but the tables gives the right answer.
  return {page_size, built_bits, 64 - bits, physical_bits, 0x7777'0000'0000, kImage};
}

// Indices by hand; ...12345678 is 0x91, 0x145 and 0x678 at the end of 4K.
const WalkRow kWalks[] = {
    {"4K, 48 bits: page",
     Built(4096, 48, 48, 48),
     {{kTop + 8 * 0x100, 0x20'0003},
      {0x20'0000, 0x20'1003},
      {0x20'1000 + 8 * 0x91, 0x20'2003},
      {0x20'2000 + 8 * 0x145, 0x5234'5003 | kAttributes}},
     0xffff800012345678,
     0x5234'5678},
    {"4K, 48 bits: block of 2 MiB",
     Built(4096, 48, 48, 48),
     {{kTop + 8 * 0x100, 0x20'0003},
      {0x20'0000, 0x20'1003},
      {0x20'1000 + 8 * 0x91, 0x5220'0001 | kAttributes}},
     0xffff800012345678,
     0x5234'5678},
    {"4K, 48 bits: block of 1 GiB",
     Built(4096, 48, 48, 48),
     {{kTop + 8 * 0x100, 0x20'0003}, {0x20'0000, 0x4000'0001 | kAttributes}},
     0xffff800012345678,
     0x5234'5678},
    {"4K, 39 bits",
     Built(4096, 39, 39, 48),
     {{kTop + 8 * 0x140, 0x20'0003},
      {0x20'0000 + 8 * 0x91, 0x20'1003},
      {0x20'1000 + 8 * 0x145, 0x5234'5003}},
     0xffffffd012345678,
     0x5234'5678},
    {"4K, 52 bits on 48",
     Built(4096, 52, 48, 48),
     {{kTop + 8 * 0x100, 0x20'0003}, {0x20'0000, 0x4000'0001}},
     0xffff800012345678,
     0x5234'5678},
    {"4K, LPA2: five levels, address bits 50 and 51 in 8 and 9",
     Built(4096, 52, 52, 52),
     {{kTop + 8 * 0x4, 0x20'0003 | 0x100},
      {0x4'0000'0020'0000 + 8 * 0xac, 0x20'1003},
      {0x20'1000 + 8 * 0x1e0, 0x20'2003 | 0x200},
      {0x8'0000'0020'2000 + 8 * 0x91, 0x2'0000'0020'3003},
      {0x2'0000'0020'3000 + 8 * 0x145, 0x5234'5003 | 0x300}},
     0xfff4567812345678,
     0xc'0000'5234'5678},
    {"4K, LPA2: block of 2 MiB",
     Built(4096, 52, 52, 52),
     {{kTop + 8 * 0x4, 0x20'0003},
      {0x20'0000 + 8 * 0xac, 0x20'1003},
      {0x20'1000 + 8 * 0x1e0, 0x20'2003},
      {0x20'2000 + 8 * 0x91, 0x5220'0101}},
     0xfff4567812345678,
     0x4'0000'5234'5678},
    {"16K, 52 bits on 47: page",
     Built(16384, 52, 47, 48),
     {{kTop + 8 * 0x123, 0x20'0003},
      {0x20'0000 + 8 * 0x209, 0x20'4003},
      {0x20'4000 + 8 * 0xd1, 0x5234'4003 | kAttributes}},
     0xffff923412345678,
     0x5234'5678},
    {"16K, 52 bits on 47: block of 32 MiB",
     Built(16384, 52, 47, 48),
     {{kTop + 8 * 0x123, 0x20'0003}, {0x20'0000 + 8 * 0x209, 0x5200'0001}},
     0xffff923412345678,
     0x5234'5678},
    {"16K, 48 bits: a top table of two",
     Built(16384, 48, 48, 48),
     {{kTop + 8 * 0x1, 0x20'0003},
      {0x20'0000 + 8 * 0x123, 0x20'4003},
      {0x20'4000 + 8 * 0x209, 0x5200'0001}},
     0xffff923412345678,
     0x5234'5678},
    {"16K, LPA2",
     Built(16384, 52, 52, 52),
     {{kTop + 8 * 0xb, 0x20'0003},
      {0x20'0000 + 8 * 0x123, 0x20'4003 | 0x200},
      {0x8'0000'0020'4000 + 8 * 0x209, 0x20'8003},
      {0x20'8000 + 8 * 0xd1, 0x5234'4003 | 0x100}},
     0xfff5923412345678,
     0x4'0000'5234'5678},
    {"64K, 48 bits",
     Built(65536, 48, 48, 48),
     {{kTop + 8 * 0x24, 0x20'0003},
      {0x20'0000 + 8 * 0x11a0, 0x21'0003},
      {0x21'0000 + 8 * 0x1234, 0x5234'0003 | kAttributes}},
     0xffff923412345678,
     0x5234'5678},
    {"64K, 52 bits on 48: the top table is the one of 52",
     Built(65536, 52, 48, 52),
     {{kTop + 8 * 0x3e4, 0x20'0003},
      {0x20'0000 + 8 * 0x11a0, 0x21'0003},
      {0x21'0000 + 8 * 0x1234, 0x5234'0003}},
     0xffff923412345678,
     0x5234'5678},
    {"64K, LVA and LPA: address bits 48 to 51 in 12 to 15",
     Built(65536, 52, 52, 52),
     {{kTop + 8 * 0x164, 0x20'0003 | 0x1000},
      {0x1'0000'0020'0000 + 8 * 0x11a0, 0x21'0003 | 0x8000},
      {0x8'0000'0021'0000 + 8 * 0x1234, 0x5234'0003 | 0xf000}},
     0xfff5923412345678,
     0xf'0000'5234'5678},
    {"64K, LVA and LPA: block of 512 MiB",
     Built(65536, 52, 52, 52),
     {{kTop + 8 * 0x164, 0x20'0003}, {0x20'0000 + 8 * 0x11a0, 0x4000'1001}},
     0xfff5923412345678,
     0x1'0000'5234'5678},
    {"64K, 42 bits",
     Built(65536, 42, 42, 48),
     {{kTop + 8 * 0x11a0, 0x20'0003}, {0x20'0000 + 8 * 0x1234, 0x5234'0003}},
     0xfffffe3412345678,
     0x5234'5678},
};

TEST(TranslateArm64Test, EveryFormOfTables) {
  for (const auto& row : kWalks) {
    PhysicalMemory memory;
    for (const auto& entry : row.entries) memory.PutNumber(entry.at, entry.value);
    auto translation = TranslateArm64(Vmcoreinfo(Notes(row.kernel)), memory.Reader());
    ASSERT_TRUE(translation) << row.name;
    EXPECT_EQ((*translation)(row.address), row.physical) << row.name;
    EXPECT_EQ(memory.reads(), static_cast<int>(row.entries.size())) << row.name;
    // With any one entry not valid, the tables do not give that.
    for (const auto& entry : row.entries) {
      PhysicalMemory other;
      for (const auto& kept : row.entries) other.PutNumber(kept.at, kept.value);
      other.PutNumber(entry.at, entry.value & ~std::uint64_t{1});
      auto cut = TranslateArm64(Vmcoreinfo(Notes(row.kernel)), other.Reader());
      EXPECT_NE((*cut)(row.address).value_or(0), row.physical) << row.name;
    }
  }
}

TEST(TranslateArm64Test, TheImageByTablesToo) {
  // kimage_voffset gives the first guess of where the tables are, and they have the last word.
  PhysicalMemory memory;
  const Kernel kernel = Built(4096, 48, 48, 48);
  memory.PutNumber(kTop + 8 * 0x1c0, 0x20'0003);
  memory.PutNumber(0x20'0000 + 8 * 0x1, 0x8000'0001);
  auto translation = TranslateArm64(Vmcoreinfo(Notes(kernel)), memory.Reader());
  ASSERT_TRUE(translation);
  EXPECT_EQ((*translation)(kImage + 0x4021'0000), 0x8021'0000U);
  const auto layout = TranslateArm64ByLayout(Vmcoreinfo(Notes(kernel)));
  EXPECT_EQ((*layout)(kImage + 0x4021'0000), 0x4021'0000U);
}

TEST(TranslateArm64Test, BitsOfTheProcessorByEitherSpellingElseAsBuilt) {
  const std::string notes = Notes(Built(4096, 52, 48, 48));
  const auto at = notes.find("TCR_EL1_T1SZ");
  std::string lower = notes, without = notes;
  lower.replace(at, 12, "tcr_el1_t1sz");
  without.replace(at, 12, "something___");
  for (const auto& [text, levels] : {std::pair(lower, 4), std::pair(without, 5)}) {
    PhysicalMemory memory;
    const std::uint64_t address = 0xffff800012345678;
    // Every entry is the top table again: as many reads as levels.
    for (std::uint64_t i = 0; i < 512; ++i) memory.PutNumber(kTop + 8 * i, kTop | 3);
    auto translation = TranslateArm64(Vmcoreinfo(text), memory.Reader());
    ASSERT_TRUE(translation);
    EXPECT_EQ((*translation)(address), kTop + 0x678) << levels;
    EXPECT_EQ(memory.reads(), levels);
  }
}

TEST(TranslateArm64Test, WhatIsMissingIsNamed) {
  const std::string notes = Notes(Built(4096, 48, 48, 48));
  for (const auto* key : {"NUMBER(VA_BITS)", "SYMBOL(_stext)", "NUMBER(kimage_voffset)",
                          "NUMBER(PHYS_OFFSET)", "SYMBOL(swapper_pg_dir)", "PAGESIZE"}) {
    std::string text = notes;
    text.replace(text.find(key), 1, "_");
    const auto translation = TranslateArm64(Vmcoreinfo(text), {});
    ASSERT_FALSE(translation) << key;
    EXPECT_EQ(translation.error().code, ErrorCode::kNotFound) << key;
    EXPECT_EQ(translation.error().message, Cat(key, " is not in VMCOREINFO"));
    EXPECT_EQ(TranslateArm64ByLayout(Vmcoreinfo(text)).error().message,
              translation.error().message);
  }
}

TEST(TranslateArm64Test, WhatMakesNoSenseIsRefused) {
  const Kernel kernels[] = {
      Built(0, 48, 48, 48),       Built(8192, 48, 48, 48), Built(4097, 48, 48, 48),
      Built(1 << 20, 48, 48, 48), Built(4096, 35, 48, 48), Built(4096, 53, 48, 48),
      Built(4096, -1, 48, 48),    Built(4096, 48, 35, 48), Built(4096, 48, 53, 48),
      Built(4096, 48, 64, 48),    Built(4096, 48, 0, 48),
  };
  for (const auto& kernel : kernels) {
    const auto translation = TranslateArm64(Vmcoreinfo(Notes(kernel)), {});
    ASSERT_FALSE(translation) << Notes(kernel);
    EXPECT_EQ(translation.error().code, ErrorCode::kInvalid) << Notes(kernel);
  }
  EXPECT_TRUE(TranslateArm64(Vmcoreinfo(Notes(Built(4096, 36, 36, 48))), {}));
  EXPECT_TRUE(TranslateArm64(Vmcoreinfo(Notes(Built(65536, 52, 52, 0))), {}));
}

}  // namespace
}  // namespace kdumpd
