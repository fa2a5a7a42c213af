// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/support/dump_maker.h"

// ELF cores as /proc/vmcore gives them and makedumpfile -E writes them.
namespace kdumpd {
namespace {

constexpr std::uint32_t kPtLoad = 1;
constexpr std::uint32_t kPtNote = 4;

struct Segment {
  std::uint32_t type = kPtLoad;
  std::uint64_t physical = 0;
  std::uint64_t memory_bytes = 0;
  std::string bytes;
};

struct ElfMachineRow {
  std::string_view name;
  std::uint16_t number;       // e_machine
  std::uint64_t linear_base;  // virtual address of physical 0, as kexec-tools has it
};
constexpr ElfMachineRow kElfMachines[] = {
    {"x86_64", 62, 0xffff888000000000},
    {"aarch64", 183, 0xffff000000000000},
    {"ppc64le", 21, 0xc000000000000000},
    {"ppc64", 21, 0xc000000000000000},
    {"s390x", 22, 0},
    {"i686", 3, 0xc0000000},
    {"armv7l", 40, 0xc0000000},
    {"ppc", 20, 0xc0000000},
};

const ElfMachineRow& RowOf(std::string_view name) {
  const auto* const row = std::ranges::find(kElfMachines, name, &ElfMachineRow::name);
  return row == std::end(kElfMachines) ? kElfMachines[0] : *row;
}

// Runs of neighbouring pages.
std::vector<Segment> Loads(const Machine& machine) {
  std::vector<Segment> loads;
  for (const auto& [pfn, page] : machine.pages) {
    const std::uint64_t address = pfn * machine.page_size;
    if (loads.empty() || loads.back().physical + loads.back().bytes.size() != address) {
      loads.push_back({kPtLoad, address, 0, ""});
    }
    loads.back().bytes += page;
    loads.back().memory_bytes = loads.back().bytes.size();
  }
  return loads;
}

std::vector<Segment> Segments(const Machine& machine, const ElfOptions& options) {
  std::vector<Segment> segments = Loads(machine);
  if (options.overlapping && !segments.empty()) segments.insert(segments.begin(), segments.front());
  if (options.empty_segment) {
    segments.push_back({kPtLoad, machine.EndPfn() * machine.page_size, machine.page_size, ""});
  }
  segments.insert(segments.begin(),
                  {kPtNote, 0, 0, MakeNotes(machine, options.final_newline).bytes});
  return segments;
}

void PutProgramHeader(const Machine& machine, const Segment& segment, std::uint64_t offset,
                      FieldWriter& out) {
  const int word = machine.word_bytes;
  const std::uint64_t at =
      segment.type == kPtNote ? 0 : RowOf(machine.architecture).linear_base + segment.physical;
  out.Put(4, segment.type);
  if (word == 8) out.Put(4, 7);  // p_flags: rwx
  out.Put(word, offset).Put(word, at).Put(word, segment.physical);
  out.Put(word, segment.bytes.size()).Put(word, segment.memory_bytes);
  if (word == 4) out.Put(4, 7);
  out.Put(word, 0);
}

std::string ElfHeader(const Machine& machine, const ElfOptions& options, std::size_t count) {
  const int word = machine.word_bytes;
  const std::uint64_t header = word == 8 ? 64 : 52;
  const std::uint64_t section = word == 8 ? 64 : 40;
  FieldWriter out(machine.endian, 8);
  out.Text(
         "\x7f"
         "ELF",
         4)
      .Put(1, word == 8 ? 2 : 1);
  out.Put(1, machine.endian == Endian::kLittle ? 1 : 2).Put(1, 1).Text("", 9);
  out.Put(2, 4).Put(2, RowOf(machine.architecture).number).Put(4, 1).Put(word, 0);
  // With an extended count, section header 0 stands between the header and the program headers.
  const bool extended = options.extended_phnum;
  out.Put(word, header + (extended ? section : 0)).Put(word, extended ? header : 0);
  out.Put(4, options.incomplete ? 1 : 0).Put(2, header).Put(2, word == 8 ? 56 : 32);
  out.Put(2, extended ? 0xffff : count).Put(2, extended ? section : 0).Put(2, extended ? 1 : 0);
  out.Put(2, 0);
  if (extended) {
    FieldWriter zero(machine.endian, 8);
    zero.Put(4, 0).Put(4, 0);
    for (int i = 0; i < 4; ++i) zero.Put(word, 0);
    zero.Put(4, 0).Put(4, count).Put(word, 0).Put(word, 0);  // sh_link, sh_info
    out.Text(zero.bytes(), section);
  }
  return out.bytes();
}

}  // namespace

std::string ElfDump(const Machine& machine, const ElfOptions& options) {
  const std::vector<Segment> segments = Segments(machine, options);
  const std::uint64_t entry = machine.word_bytes == 8 ? 56 : 32;
  std::string file = ElfHeader(machine, options, segments.size());
  FieldWriter headers(machine.endian, 8);
  std::uint64_t offset = file.size() + entry * segments.size();
  std::string content;
  for (const Segment& segment : segments) {
    PutProgramHeader(machine, segment, offset + content.size(), headers);
    content += segment.bytes;
  }
  return file + headers.bytes() + content;
}

}  // namespace kdumpd
