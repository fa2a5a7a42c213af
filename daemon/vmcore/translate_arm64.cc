// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <optional>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/vmcore/needed_notes.h"
#include "daemon/vmcore/page_walk.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

namespace {

// What an arm64 kernel says of its address space. All arithmetic is modulo 2^64.
struct Layout {
  int page_shift = 12;
  int built_bits = 48;             // VA_BITS: what the kernel was built for
  int bits = 48;                   // what this processor has
  std::uint64_t image_start = 0;   // _stext
  std::uint64_t image_offset = 0;  // kimage_voffset: virtual less physical, KASLR included
  std::uint64_t memory_start = 0;  // PHYS_OFFSET: physical address of PAGE_OFFSET, often "negative"
  std::uint64_t top_table = 0;     // swapper_pg_dir
  std::uint64_t physical_bits = 48;  // MAX_PHYSMEM_BITS: 52 with LPA or LPA2
};

constexpr int kMinBits = 36;
constexpr int kMaxBits = 52;
constexpr std::uint64_t kHeadBytes = 64 << 10;    // of the image, before _stext
constexpr std::uint64_t kImageBytes = 256 << 20;  // more than any image after it

bool BitsMakeSense(std::uint64_t bits) { return bits >= kMinBits && bits <= kMaxBits; }

Result<Layout> ReadLayout(const Vmcoreinfo& notes) {
  NeededNotes needed(notes);
  Layout layout;
  const std::uint64_t built_bits = needed.Number("VA_BITS");
  layout.image_start = needed.Symbol("_stext");
  layout.image_offset = needed.Number("kimage_voffset");
  layout.memory_start = needed.Number("PHYS_OFFSET");
  layout.top_table = needed.Symbol("swapper_pg_dir");
  layout.physical_bits = notes.Number("MAX_PHYSMEM_BITS").value_or(48);
  if (!needed.missing().empty()) {
    return Fail(ErrorCode::kNotFound, Cat(needed.missing(), " is not in VMCOREINFO"));
  }
  const auto page_size = notes.Decimal("PAGESIZE");
  if (!page_size) return Fail(ErrorCode::kNotFound, "PAGESIZE is not in VMCOREINFO");
  if (*page_size != 4096 && *page_size != 16384 && *page_size != 65536) {
    return Fail(ErrorCode::kInvalid, Cat("PAGESIZE is ", *page_size));
  }
  auto unused = notes.Number("TCR_EL1_T1SZ");  // 5.9 and later
  if (!unused) unused = notes.Number("tcr_el1_t1sz");
  const std::uint64_t bits = unused ? 64 - *unused : built_bits;
  if (!BitsMakeSense(built_bits) || !BitsMakeSense(bits)) {
    return Fail(ErrorCode::kInvalid, Cat("VA_BITS is ", built_bits, ", of this processor ", bits));
  }
  layout.page_shift = std::countr_zero(*page_size);
  layout.built_bits = static_cast<int>(built_bits);
  layout.bits = static_cast<int>(bits);
  return layout;
}

// Without tables: the image, and the linear map of all memory (arch/arm64/include/asm/memory.h).
std::optional<std::uint64_t> ByArithmetic(const Layout& layout, std::uint64_t address) {
  if (address - (layout.image_start - kHeadBytes) < kHeadBytes + kImageBytes) {
    return address - layout.image_offset;
  }
  const int wide_bits = layout.page_shift == 14 ? 47 : 48;
  const int least_bits = layout.built_bits > 48 ? wide_bits : layout.built_bits;
  // 5.4 and later: the linear map is the lower half, where the image was before.
  const bool flipped = layout.image_start >= ~LowBits(least_bits - 1);
  // By what the kernel was built for, also where the processor has less: PHYS_OFFSET makes up for
  // it (not from 5.4 to 5.10).
  const std::uint64_t start = ~LowBits(flipped ? layout.built_bits : layout.built_bits - 1);
  if (address < start || (flipped && address >= ~LowBits(least_bits - 1))) return std::nullopt;
  return address - start + layout.memory_start;
}

PageTables Tables(const Layout& layout) {
  PageTables tables;
  tables.root = layout.top_table - layout.image_offset;
  tables.lowest = ~LowBits(layout.bits);
  tables.page_shift = layout.page_shift;
  tables.level_bits = layout.page_shift - 3;
  const auto levels = [&](int bits) {
    return (bits - layout.page_shift + tables.level_bits - 1) / tables.level_bits;
  };
  tables.levels = levels(layout.bits);
  // 64K with 52 bits on a processor with 48: the table is the one of 52 bits, and the hardware is
  // pointed into it (arch/arm64/include/asm/assembler.h: TTBR1_BADDR_4852_OFFSET).
  tables.address_bits =
      levels(layout.built_bits) == tables.levels ? layout.built_bits : layout.bits;
  // Bit 1 clear: a block instead of a table.
  tables.large_mask = 2;
  tables.largest_level = tables.levels - 1;
  // arch/arm64/include/asm/pgtable-hwdef.h: PTE_ADDR_LOW and PTE_ADDR_HIGH.
  const bool wide = layout.physical_bits == 52;
  const bool lpa2 = wide && layout.page_shift != 16;
  tables.output_mask = LowBits(lpa2 ? 50 : 48) & ~LowBits(layout.page_shift);
  if (lpa2) {
    tables.high_mask = 3 << 8;
    tables.high_shift = 50 - 8;
  } else if (wide) {
    tables.high_mask = 0xf << 12;
    tables.high_shift = 48 - 12;
  }
  return tables;
}

}  // namespace

Result<Translation> TranslateArm64(const Vmcoreinfo& notes, PhysicalRead memory) {
  const auto layout = ReadLayout(notes);
  if (!layout) return std::unexpected(layout.error());
  return [walk = PageWalk(Tables(*layout), std::move(memory)),
          layout = *layout](std::uint64_t address) mutable -> Result<std::uint64_t> {
    auto physical = walk(address);
    if (physical) return physical;
    if (const auto computed = ByArithmetic(layout, address)) return *computed;
    return physical;
  };
}

Result<Translation> TranslateArm64ByLayout(const Vmcoreinfo& notes) {
  const auto layout = ReadLayout(notes);
  if (!layout) return std::unexpected(layout.error());
  return [layout = *layout](std::uint64_t address) -> Result<std::uint64_t> {
    if (const auto computed = ByArithmetic(layout, address)) return *computed;
    return Fail(ErrorCode::kNotFound,
                Cat(AddressText(address), " is neither in the image nor in the linear map"));
  };
}

}  // namespace kdumpd
