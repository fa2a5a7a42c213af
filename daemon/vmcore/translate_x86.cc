// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/core/text.h"
#include "daemon/vmcore/page_walk.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

namespace {

// arch/x86/include/asm/page_64_types.h: __START_KERNEL_map, and the most that its image may take.
constexpr std::uint64_t kImageStart = 0xffffffff80000000;
constexpr std::uint64_t kMaxImage = 1ULL << 30;
// arch/x86/include/asm/pgtable_types.h: bits 12 to 51 are the address, above are NX and keys.
constexpr std::uint64_t kOutputMask = LowBits(52) & ~LowBits(12);
constexpr std::uint64_t kPageSize = 1ULL << 7;  // _PAGE_PSE

// By which name the top table goes: 4.13 and later, some, and before.
std::optional<std::uint64_t> TopTable(const Vmcoreinfo& notes) {
  for (const auto* name : {"init_top_pgt", "swapper_pg_dir", "init_level4_pgt"}) {
    if (const auto top = notes.Symbol(name)) return top;
  }
  return std::nullopt;
}

}  // namespace

Result<Translation> TranslateX86(const Vmcoreinfo& notes, PhysicalRead memory,
                                 std::uint64_t phys_base) {
  const auto top = TopTable(notes);
  if (!top) return Fail(ErrorCode::kNotFound, "SYMBOL(init_top_pgt) is not in VMCOREINFO");
  const std::uint64_t said = notes.Number("KERNEL_IMAGE_SIZE").value_or(kMaxImage);
  const std::uint64_t image = said <= kMaxImage ? said : kMaxImage;
  const bool five = notes.Number("pgtable_l5_enabled").value_or(0) != 0;

  PageTables tables;
  tables.root = *top - kImageStart + phys_base;
  tables.levels = five ? 5 : 4;
  tables.address_bits = five ? 57 : 48;
  tables.lowest = ~LowBits(tables.address_bits - 1);
  tables.output_mask = kOutputMask & ~notes.Number("sme_mask").value_or(0);
  tables.large_mask = tables.large_value = kPageSize;
  tables.largest_level = 2;  // 1 GiB
  return [walk = PageWalk(tables, std::move(memory)), phys_base,
          image](std::uint64_t address) mutable -> Result<std::uint64_t> {
    const std::uint64_t offset = address - kImageStart;
    if (address >= kImageStart && offset < image) return offset + phys_base;
    return walk(address);
  };
}

}  // namespace kdumpd
