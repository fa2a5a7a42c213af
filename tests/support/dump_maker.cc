// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dump_maker.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// What is needed of an architecture to write its notes. Sizes: struct elf_prstatus of each.
struct ArchitectureRow {
  std::string_view name;
  Endian endian;
  int word_bytes;
  std::size_t prstatus_bytes;
  std::string_view extra_owner;  // a further note per CPU; "" none
  std::uint32_t extra_type;
  std::size_t extra_bytes;
};
constexpr ArchitectureRow kArchitectures[] = {
    {"x86_64", Endian::kLittle, 8, 336, "", 0, 0},
    {"aarch64", Endian::kLittle, 8, 392, "", 0, 0},
    {"ppc64le", Endian::kLittle, 8, 504, "", 0, 0},
    {"ppc64", Endian::kBig, 8, 504, "LINUX", 0x100, 544},  // NT_PPC_VMX
    {"s390x", Endian::kBig, 8, 336, "LINUX", 0x305, 128},  // NT_S390_PREFIX and others
    {"i686", Endian::kLittle, 4, 144, "", 0, 0},
    {"armv7l", Endian::kLittle, 4, 148, "", 0, 0},
    {"ppc", Endian::kBig, 4, 268, "", 0, 0},
};

const ArchitectureRow& RowOf(std::string_view architecture) {
  const auto* const row = std::ranges::find(kArchitectures, architecture, &ArchitectureRow::name);
  return row == std::end(kArchitectures) ? kArchitectures[0] : *row;
}

std::string Note(Endian endian, std::string_view owner, std::uint32_t type, std::string_view text) {
  FieldWriter note(endian, 4);
  note.Put(4, owner.size() + 1).Put(4, text.size()).Put(4, type);
  note.Text(owner, owner.size() + 1).Pad(4).Text(text, text.size()).Pad(4);
  return note.bytes();
}

std::string Prstatus(const Machine& machine, std::uint32_t cpu) {
  std::string status(RowOf(machine.architecture).prstatus_bytes, '\0');
  const std::size_t pid_at = machine.word_bytes == 8 ? 32 : 24;
  Overwrite(status, pid_at, NumberBytes(machine.endian, 4, 1000 + cpu));
  return status;
}

}  // namespace

std::string NumberBytes(Endian endian, int size, std::uint64_t value) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  for (int i = 0; i < size; ++i) {
    const int at = endian == Endian::kBig ? size - 1 - i : i;
    bytes[static_cast<std::size_t>(at)] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

void Overwrite(std::string& text, std::uint64_t at, std::string_view bytes) {
  if (text.size() < at + bytes.size()) text.resize(at + bytes.size());
  std::ranges::copy(bytes, text.begin() + static_cast<std::ptrdiff_t>(at));
}

FieldWriter& FieldWriter::Put(int size, std::uint64_t value) {
  Pad(std::min(align_, static_cast<std::size_t>(size)));
  bytes_ += NumberBytes(endian_, size, value);
  return *this;
}

FieldWriter& FieldWriter::Text(std::string_view text, std::size_t width) {
  const std::string_view kept = text.substr(0, width);
  bytes_ += kept;
  bytes_.append(width - kept.size(), '\0');
  return *this;
}

FieldWriter& FieldWriter::Pad(std::size_t multiple) {
  bytes_.resize((bytes_.size() + multiple - 1) / multiple * multiple);
  return *this;
}

void Machine::Write(std::uint64_t address, std::string_view bytes) {
  while (!bytes.empty()) {
    std::string& page = pages[address / page_size];
    page.resize(page_size);
    const std::uint64_t at = address % page_size;
    const std::string_view piece = bytes.substr(0, page_size - at);
    Overwrite(page, at, piece);
    bytes.remove_prefix(piece.size());
    address += piece.size();
  }
}

void Machine::WriteNumber(std::uint64_t address, int size, std::uint64_t value) {
  Write(address, NumberBytes(endian, size, value));
}

std::string Machine::VmcoreinfoText() const {
  return Cat("OSRELEASE=", release, "\nPAGESIZE=", page_size, '\n', vmcoreinfo,
             "CRASHTIME=", crash_time, '\n');
}

std::uint64_t Machine::EndPfn() const {
  std::uint64_t end = 0;
  if (!pages.empty()) end = pages.rbegin()->first + 1;
  if (!excluded.empty()) end = std::max(end, *excluded.rbegin() + 1);
  return end;
}

Machine BareMachine(std::string_view architecture, std::uint64_t page_size) {
  const ArchitectureRow& row = RowOf(architecture);
  Machine machine;
  machine.architecture = architecture;
  machine.endian = row.endian;
  machine.word_bytes = row.word_bytes;
  machine.page_size = page_size;
  machine.vmcoreinfo = "BUILD-ID=0123456789abcdef0123456789abcdef01234567\n";
  // Compresses well, not at all, and to something between; twice nothing but zeros.
  machine.Write(0, std::string(page_size, 'a'));
  std::uint32_t noise = 1;
  for (std::uint64_t at = page_size; at < 2 * page_size; ++at) {
    noise = noise * 1664525 + 1013904223;
    machine.Write(at, std::string(1, static_cast<char>(noise >> 24)));
  }
  machine.Write(2 * page_size, std::string(page_size, '\0'));
  machine.Write(3 * page_size + page_size / 2, "something in the middle of a page");
  machine.Write(5 * page_size, std::string(page_size, '\0'));  // frame 4: a hole in memory
  machine.Write(6 * page_size, std::string(page_size / 2, 'z'));
  machine.excluded = {7, 9};
  machine.Write(8 * page_size, "behind an excluded page");
  return machine;
}

NoteBytes MakeNotes(const Machine& machine, bool final_newline) {
  const ArchitectureRow& row = RowOf(machine.architecture);
  NoteBytes notes;
  // s390: first the process that zfcpdump makes up (NT_PRPSINFO).
  if (row.name == "s390x") notes.bytes += Note(machine.endian, "CORE", 3, std::string(136, '\0'));
  for (std::uint32_t cpu = 0; cpu < machine.cpus; ++cpu) {
    notes.bytes += Note(machine.endian, "CORE", 1, Prstatus(machine, cpu));
    if (row.extra_owner.empty()) continue;
    notes.bytes +=
        Note(machine.endian, row.extra_owner, row.extra_type, std::string(row.extra_bytes, '\0'));
  }
  std::string text = machine.VmcoreinfoText();
  if (!final_newline) text.pop_back();
  constexpr std::string_view kOwner = "VMCOREINFO";
  notes.vmcoreinfo_at = notes.bytes.size() + 12 + 12;  // header and padded name
  notes.vmcoreinfo_size = text.size();
  notes.bytes += Note(machine.endian, kOwner, 0, text);
  return notes;
}

}  // namespace kdumpd
