// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/core/error.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

// The kernel's page tables: trees of 8-byte little-endian entries, whose bit 0 says present. The
// architectures differ in numbers only.
struct PageTables {
  std::uint64_t root = 0;         // physical address of the top table
  std::uint64_t lowest = 0;       // virtual address: the kernel's half begins here
  int page_shift = 12;            // log2 of the page size
  int level_bits = 9;             // of the address, by table
  int levels = 4;                 // 1 to 5
  int address_bits = 48;          // the top table takes what the others leave
  std::uint64_t output_mask = 0;  // bits of an entry that are the physical address as they stand
  std::uint64_t high_mask = 0;    // bits of an entry that belong to the address further up:
  int high_shift = 0;             // by so many
  std::uint64_t large_mask = 0;   // above the last level, an entry with (entry & large_mask) ==
  std::uint64_t large_value = 0;  // large_value maps a large page instead of naming a table,
  int largest_level = 0;          // up to this level, where the last is 0
};

// Translates by tables in the dump; a translation reads at most `levels` entries, whatever they
// say. Keeps the last 64 pages. Copies are independent.
class PageWalk {
 public:
  PageWalk(const PageTables& tables, PhysicalRead memory);
  // kNotFound: not in the kernel's half, not mapped, or a table is not in the dump.
  Result<std::uint64_t> operator()(std::uint64_t address);

 private:
  struct Page {
    std::uint64_t number = ~0ULL;  // no page has this one
    std::uint64_t physical = 0;
  };
  Result<std::uint64_t> Walk(std::uint64_t address) const;
  Result<std::uint64_t> Entry(std::uint64_t table, std::uint64_t index) const;

  PageTables tables_;
  PhysicalRead memory_;
  std::array<Page, 64> recent_;
};

// The low `bits` (0 to 63) ones.
[[nodiscard]] constexpr std::uint64_t LowBits(int bits) { return (1ULL << bits) - 1; }
// "0xffff800009a20c08"
[[nodiscard]] std::string AddressText(std::uint64_t address);

}  // namespace kdumpd
