// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "daemon/core/elf_header.h"
#include "daemon/vmcore/container.h"
#include "tests/support/memory_bytes.h"

namespace {

using kdumpd::Bytes;
using kdumpd::CheckLevel;

// The first segment that covers an address, found one after the other; nothing when `bytes` has
// more headers than are fun to look through.
std::optional<std::optional<std::byte>> ByteAt(Bytes bytes, std::uint64_t address) {
  const auto elf = kdumpd::ParseElfHeader(bytes);
  if (!elf || elf->counts_in_section() || elf->program_header_count > 1000) return std::nullopt;
  const std::size_t size = elf->program_header_bytes();
  for (std::uint64_t i = 0; i < elf->program_header_count; ++i) {
    const auto at = kdumpd::CheckedAdd(elf->program_headers, i * size);
    if (!at || *at > bytes.size() || size > bytes.size() - *at) break;
    const auto header = kdumpd::ParseProgramHeader(bytes.subspan(*at, size), *elf);
    const bool valid = header.file_end() && header.memory_end() &&
                       kdumpd::CheckedAdd(header.physical, header.file_bytes);
    if (header.type != kdumpd::kElfSegmentLoad || !valid || address < header.physical) continue;
    const std::uint64_t skipped = address - header.physical;
    if (skipped >= header.file_bytes) continue;
    const std::uint64_t offset = header.offset + skipped;
    if (offset >= bytes.size()) return std::optional<std::byte>();
    return bytes[offset];
  }
  return std::optional<std::byte>();
}

}  // namespace

// Eight bytes of address, then a dump.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  const auto all = std::as_bytes(std::span(data, size));
  const std::uint64_t address = kdumpd::Number(all, 0, 8, kdumpd::Endian::kLittle);
  const Bytes dump = all.subspan(8);
  const kdumpd::MemoryBytes bytes(
      std::string(reinterpret_cast<const char*>(dump.data()), dump.size()));
  const auto core = kdumpd::OpenElf(bytes);
  if (!core) {
    if (core.error().state == kdumpd::DumpState::kComplete) __builtin_trap();
    return 0;
  }
  const auto cheap = (*core)->Check(CheckLevel::kCheap, {});
  const auto deep = (*core)->Check(CheckLevel::kPages, {});
  if (cheap.reason.empty() || cheap != deep || cheap.pages_bad != 0) __builtin_trap();
  const bool whole = cheap.state == kdumpd::DumpState::kComplete;
  if (whole && cheap.needs_bytes) __builtin_trap();

  std::array<std::byte, 1> one{};
  const bool there = (*core)->ReadPhysical(address, one).has_value();
  const auto expected = ByteAt(dump, address);
  if (expected && there != expected->has_value()) __builtin_trap();
  if (expected && there && one[0] != **expected) __builtin_trap();
  std::array<std::byte, 5000> many{};
  const bool all_there = (*core)->ReadPhysical(address, many).has_value();
  if (all_there && (!there || many[0] != one[0])) __builtin_trap();
  return 0;
}
