// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/elf_header.h"

namespace kdumpd {
namespace {

// Offsets in the two classes.
struct ElfLayout {
  std::size_t word, header_bytes;
  std::size_t phoff, shoff, flags, phentsize, phnum;
  std::size_t sh_info;
  std::size_t p_offset, p_paddr, p_filesz, p_memsz;
};
constexpr ElfLayout kElf64{8, 64, 32, 40, 48, 54, 56, 44, 8, 24, 32, 40};
constexpr ElfLayout kElf32{4, 52, 28, 32, 36, 42, 44, 28, 4, 12, 16, 20};

const ElfLayout& LayoutOf(const ElfHeader& elf) { return elf.word_bytes == 8 ? kElf64 : kElf32; }

}  // namespace

Result<ElfHeader> ParseElfHeader(Bytes head) {
  const auto identity = [&](std::size_t at) { return Number(head, at, 1, Endian::kLittle); };
  const std::uint64_t bits = identity(4), data = identity(5);
  const bool known = bits >= 1 && bits <= 2 && data >= 1 && data <= 2 && identity(6) == 1;
  const ElfLayout& at = bits == 1 ? kElf32 : kElf64;
  if (head.size() < (known ? at.header_bytes : kElf64.header_bytes)) {
    return Fail(ErrorCode::kNotFound, "the ELF header ends early");
  }
  if (!known) return Fail(ErrorCode::kInvalid, "an ELF of no known class, byte order or version");
  ElfHeader elf;
  elf.endian = data == 2 ? Endian::kBig : Endian::kLittle;
  elf.word_bytes = at.word;
  const auto field = [&](std::size_t offset, std::size_t size) {
    return Number(head, offset, size, elf.endian);
  };
  elf.type = field(16, 2);
  elf.machine = field(18, 2);
  elf.flags = field(at.flags, 4);
  elf.program_headers = field(at.phoff, at.word);
  elf.program_header_count = field(at.phnum, 2);
  elf.program_header_entry = field(at.phentsize, 2);
  elf.section_headers = field(at.shoff, at.word);
  return elf;
}

std::uint64_t ProgramHeaderCount(Bytes section_header, const ElfHeader& elf) {
  return Number(section_header, LayoutOf(elf).sh_info, 4, elf.endian);
}

ProgramHeader ParseProgramHeader(Bytes entry, const ElfHeader& elf) {
  const ElfLayout& at = LayoutOf(elf);
  const auto word = [&](std::size_t offset) { return Number(entry, offset, at.word, elf.endian); };
  // p_vaddr is the word before p_paddr.
  return {Number(entry, 0, 4, elf.endian),
          word(at.p_offset),
          word(at.p_paddr),
          word(at.p_filesz),
          word(at.p_memsz),
          word(at.p_paddr - at.word)};
}

}  // namespace kdumpd
