// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "daemon/core/byte_order.h"
#include "daemon/core/error.h"

// The headers of an ELF file, elf(5), in both classes and byte orders.
namespace kdumpd {

inline constexpr std::size_t kElfHeaderBytes = 64;      // of the larger class
inline constexpr std::size_t kSectionHeaderBytes = 64;  // of the larger class
inline constexpr std::uint64_t kMaxProgramHeaders = 65'536;
inline constexpr std::uint64_t kElfTypeCore = 4;
inline constexpr std::uint64_t kElfIncomplete = 0x1;  // makedumpfile's DUMP_ELF_INCOMPLETE
inline constexpr std::uint64_t kElfPpc64 = 21, kElfX86_64 = 62;
inline constexpr std::uint64_t kElfSegmentLoad = 1, kElfSegmentNote = 4;

struct ElfHeader {
  Endian endian = Endian::kLittle;
  std::size_t word_bytes = 8;  // 8 or 4
  std::uint64_t type = 0, machine = 0, flags = 0;
  std::uint64_t program_headers = 0;       // where they are
  std::uint64_t program_header_count = 0;  // as written: see counts_in_section()
  std::uint64_t program_header_entry = 0;  // bytes of each, as written
  std::uint64_t section_headers = 0;

  // What an entry takes in this class; anything else written is no ELF of ours.
  [[nodiscard]] std::size_t program_header_bytes() const { return word_bytes == 8 ? 56 : 32; }
  [[nodiscard]] std::size_t section_header_bytes() const { return word_bytes == 8 ? 64 : 40; }
  // More program headers than 16 bits count: the count is in section header 0 (PN_XNUM).
  [[nodiscard]] bool counts_in_section() const {
    return program_header_count == 0xffff && section_headers != 0;
  }
  // makedumpfile says that it could not write all of it. On big-endian ppc64 the bit is part of the
  // ABI's version, which fadump (arch/powerpc/kernel/fadump.c) sets in every dump: it says nothing.
  [[nodiscard]] bool incomplete() const {
    const bool abi = machine == kElfPpc64 && endian == Endian::kBig;
    return !abi && (flags & kElfIncomplete) != 0;
  }
};
// kNotFound: `head` ends before the header does; kInvalid: no class or byte order that there is.
[[nodiscard]] Result<ElfHeader> ParseElfHeader(Bytes head);

// sh_info of section header 0, whose bytes these are.
[[nodiscard]] std::uint64_t ProgramHeaderCount(Bytes section_header, const ElfHeader& elf);

struct ProgramHeader {
  std::uint64_t type = 0, offset = 0, physical = 0, file_bytes = 0, memory_bytes = 0;
  std::uint64_t virtual_address = 0;

  // One past its last byte in the file and in memory; nothing when no number holds that.
  [[nodiscard]] std::optional<std::uint64_t> file_end() const {
    return CheckedAdd(offset, file_bytes);
  }
  [[nodiscard]] std::optional<std::uint64_t> memory_end() const {
    return CheckedAdd(physical, memory_bytes);
  }
};
// `entry` holds elf.program_header_bytes().
[[nodiscard]] ProgramHeader ParseProgramHeader(Bytes entry, const ElfHeader& elf);

}  // namespace kdumpd
