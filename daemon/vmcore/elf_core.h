// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/core/elf_header.h"
#include "daemon/vmcore/container.h"
#include "daemon/vmcore/extents.h"

namespace kdumpd {

// An ELF core of a kernel: a copy of /proc/vmcore, or makedumpfile -E. Notes say what it is about,
// the PT_LOAD segments hold memory; they overlap, and the first that covers an address counts.
// A segment's tail without bytes in the file (p_filesz < p_memsz) is what was left out.
class ElfCore final : public Container {
 public:
  static Opened Open(const ByteSource& bytes);

  [[nodiscard]] Result<void> ReadPhysical(std::uint64_t address, std::span<std::byte> out) override;
  // An ELF holds no checksum and no count of pages: nothing beyond kCheap can be looked at.
  [[nodiscard]] Wholeness Check(CheckLevel level, const Progress& progress) override;

 private:
  struct Segment : Extent {
    std::uint32_t index = 0;  // among the program headers
  };
  ElfCore(const ByteSource& bytes, const ElfHeader& header);

  void ReadProgramHeaders();
  [[nodiscard]] Result<std::uint64_t> CountProgramHeaders();
  void Take(const ProgramHeader& header, std::uint32_t index);
  void ReadAllNotes();
  [[nodiscard]] std::optional<std::uint64_t> Pages() const;
  // The first one stands.
  void Fault(DumpState state, std::string_view reason, std::string detail);

  const ByteSource* bytes_;
  ElfHeader header_;
  std::vector<Segment> segments_;  // disjoint, by physical address
  std::vector<ProgramHeader> notes_;
  std::uint64_t data_end_ = 0;  // of the furthest segment or note
  bool process_ = false;        // its notes say that it is a program's
  std::optional<Wholeness> fault_;
};

}  // namespace kdumpd
