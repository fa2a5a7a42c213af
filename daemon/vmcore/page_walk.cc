// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/page_walk.h"

#include <charconv>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {

namespace {

constexpr std::size_t kEntryBytes = 8;
constexpr std::uint64_t kPresent = 1;

}  // namespace

std::string AddressText(std::uint64_t address) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), address, 16).ptr;
  return Cat("0x", std::string_view(digits.data(), end));
}

PageWalk::PageWalk(const PageTables& tables, PhysicalRead memory)
    : tables_(tables), memory_(std::move(memory)) {}

Result<std::uint64_t> PageWalk::operator()(std::uint64_t address) {
  const std::uint64_t number = address >> tables_.page_shift;
  const std::uint64_t within = address & LowBits(tables_.page_shift);
  Page& page = recent_[number % recent_.size()];
  if (page.number == number) return page.physical + within;
  const auto physical = Walk(address - within);
  if (!physical) return physical;
  page = {number, *physical};
  return *physical + within;
}

Result<std::uint64_t> PageWalk::Walk(std::uint64_t address) const {
  if (address < tables_.lowest) {
    return Fail(ErrorCode::kNotFound, Cat(AddressText(address), " is not a kernel address"));
  }
  std::uint64_t table = tables_.root;
  int bits = tables_.address_bits;
  for (int level = tables_.levels - 1; level >= 0; --level) {
    const int shift = tables_.page_shift + tables_.level_bits * level;
    const auto entry = Entry(table, (address & LowBits(bits)) >> shift);
    if (!entry) return std::unexpected(entry.error().In(Cat("tables of ", AddressText(address))));
    if ((*entry & kPresent) == 0) break;
    const std::uint64_t output = (*entry & tables_.output_mask) | (*entry & tables_.high_mask)
                                                                      << tables_.high_shift;
    const bool large =
        level <= tables_.largest_level && (*entry & tables_.large_mask) == tables_.large_value;
    if (level == 0 || large) return (output & ~LowBits(shift)) | (address & LowBits(shift));
    table = output;
    bits = shift;
  }
  return Fail(ErrorCode::kNotFound, Cat(AddressText(address), " is not mapped"));
}

Result<std::uint64_t> PageWalk::Entry(std::uint64_t table, std::uint64_t index) const {
  std::array<std::byte, kEntryBytes> entry{};
  const auto read = memory_(table + index * kEntryBytes, entry);
  if (!read) return std::unexpected(read.error());
  return Number(entry, 0, entry.size(), Endian::kLittle);
}

}  // namespace kdumpd
