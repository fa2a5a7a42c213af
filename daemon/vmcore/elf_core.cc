// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/elf_core.h"

#include <algorithm>
#include <bit>

#include "daemon/core/text.h"
#include "daemon/vmcore/notes.h"
#include "daemon/vmcore/read_ahead.h"
#include "daemon/vmcore/vmcoreinfo.h"

namespace kdumpd {
namespace {

// By e_machine (elf.h): as uname -m says it, little and big endian, and the word of its kernel,
// which need not be that of the file: 32-bit kernels write 64-bit headers for much memory.
struct Machine {
  std::uint64_t number;
  std::string_view little, big;
  int word_bytes;
};
constexpr Machine kMachines[] = {
    {3, "i686", "", 4},      {20, "", "ppc", 4},      {21, "ppc64le", "ppc64", 8},
    {22, "", "s390x", 8},    {40, "arm", "", 4},      {62, "x86_64", "", 8},
    {183, "aarch64", "", 8}, {243, "riscv64", "", 8}, {258, "loongarch64", "", 8},
};

// arch/x86/include/asm/page_64_types.h: __START_KERNEL_map, and the most that its image may take.
constexpr std::uint64_t kX86ImageStart = 0xffffffff80000000;
constexpr std::uint64_t kX86MaxImage = 1ULL << 30;

// Of a segment that is the kernel image: where it was loaded.
std::optional<std::uint64_t> PhysBase(const ElfHeader& elf, const ProgramHeader& header) {
  if (elf.machine != kElfX86_64 || header.type != kElfSegmentLoad) return std::nullopt;
  const std::uint64_t offset = header.virtual_address - kX86ImageStart;
  if (offset >= kX86MaxImage) return std::nullopt;  // below it too
  return header.physical - offset;
}

void FillMachine(const ElfHeader& elf, ContainerFacts& facts) {
  facts.word_bytes = static_cast<int>(elf.word_bytes);
  const auto* machine = std::ranges::find(kMachines, elf.machine, &Machine::number);
  if (machine == std::end(kMachines)) return;
  facts.machine = elf.endian == Endian::kBig ? machine->big : machine->little;
  facts.word_bytes = std::min(facts.word_bytes, machine->word_bytes);
}

std::unexpected<Wholeness> Refuse(DumpState state, std::string_view reason, std::string detail) {
  return std::unexpected(Judge(state, reason, std::move(detail)));
}

}  // namespace

ElfCore::ElfCore(const ByteSource& bytes, const ElfHeader& header)
    : bytes_(&bytes), header_(header) {
  facts_.format = DumpFormat::kElf;
  facts_.endian = header.endian;
  facts_.compression = "none";
  FillMachine(header, facts_);
}

void ElfCore::Fault(DumpState state, std::string_view reason, std::string detail) {
  if (!fault_) fault_ = Judge(state, reason, std::move(detail));
}

Opened ElfCore::Open(const ByteSource& bytes) {
  std::byte head[kElfHeaderBytes];
  const auto got = bytes.ReadSome(0, head);
  if (!got) return Refuse(DumpState::kUnknown, "read_failed", got.error().message);
  const auto elf = ParseElfHeader(Bytes(head).first(*got));
  if (!elf && elf.error().code == ErrorCode::kNotFound) {
    return Refuse(DumpState::kTruncated, "header_cut", elf.error().message);
  }
  if (!elf) return Refuse(DumpState::kDamaged, "header_invalid", elf.error().message);
  if (elf->type != kElfTypeCore) {
    return Refuse(DumpState::kUnknown, "not_a_dump", Cat("an ELF file of type ", elf->type));
  }
  if (elf->program_header_count == 0 || elf->program_header_entry != elf->program_header_bytes()) {
    return Refuse(DumpState::kDamaged, "header_invalid",
                  Cat(elf->program_header_count, " program headers of ", elf->program_header_entry,
                      " bytes"));
  }
  std::unique_ptr<ElfCore> core(new ElfCore(bytes, *elf));
  if (elf->incomplete()) {
    core->Fault(DumpState::kIncomplete, "incomplete_flag",
                "makedumpfile says that it could not write all of it");
  }
  core->ReadProgramHeaders();
  // All that there are, also of a table that is cut, however many come of it.
  (void)MakeDisjoint(core->segments_,
                     [](const Segment& a, const Segment& b) { return a.index < b.index; });
  core->ReadAllNotes();
  if (core->process_ && core->facts_.vmcoreinfo.empty()) {
    return Refuse(DumpState::kUnknown, "not_a_dump", "the core of a program, not of a kernel");
  }
  return core;
}

Result<std::uint64_t> ElfCore::CountProgramHeaders() {
  if (!header_.counts_in_section()) return header_.program_header_count;
  std::byte section[kSectionHeaderBytes];
  const auto entry = std::span(section).first(header_.section_header_bytes());
  const auto read = bytes_->Read(header_.section_headers, entry);
  if (!read) return std::unexpected(read.error());
  return ProgramHeaderCount(entry, header_);
}

void ElfCore::ReadProgramHeaders() {
  const auto count = CountProgramHeaders();
  if (!count) {
    return Fault(DumpState::kTruncated, "metadata_cut",
                 Cat("section header: ", count.error().message));
  }
  if (*count > kMaxProgramHeaders) {
    Fault(DumpState::kDamaged, "program_headers_invalid", Cat(*count, " program headers"));
  }
  ReadAhead ahead(*bytes_);
  const std::size_t size = header_.program_header_bytes();
  const std::uint64_t end = std::min(*count, kMaxProgramHeaders);
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto at = CheckedAdd(header_.program_headers, i * size);
    const auto entry = at ? ahead.At(*at, size) : Result<Bytes>(Bytes());
    if (!entry) return Fault(DumpState::kUnknown, "read_failed", entry.error().message);
    if (entry->size() < size) {
      return Fault(DumpState::kTruncated, "metadata_cut",
                   Cat("the file ends in program header ", i, " of ", *count));
    }
    Take(ParseProgramHeader(*entry, header_), static_cast<std::uint32_t>(i));
  }
  if (segments_.empty()) {
    Fault(DumpState::kDamaged, "program_headers_invalid", "no program header describes memory");
  }
}

void ElfCore::Take(const ProgramHeader& header, std::uint32_t index) {
  const auto end = header.file_end();
  // kexec-tools 2.0.25 writes such when it cannot find _text of an arm64 kernel in kallsyms.
  const bool in_memory = header.type != kElfSegmentLoad ||
                         (header.memory_end() && CheckedAdd(header.physical, header.file_bytes));
  if (!end || !in_memory) {
    return Fault(DumpState::kDamaged, "program_headers_invalid",
                 Cat("program header ", index, " ends past any address"));
  }
  if (header.type == 0) {  // PT_NULL: nobody writes it, zeros where headers should be
    return Fault(DumpState::kDamaged, "program_headers_invalid",
                 Cat("program header ", index, " is empty"));
  }
  if (!facts_.phys_base) facts_.phys_base = PhysBase(header_, header);
  if (header.file_bytes > 0) data_end_ = std::max(data_end_, *end);
  if (header.type == kElfSegmentNote) notes_.push_back(header);
  if (header.type != kElfSegmentLoad || header.file_bytes == 0) return;
  segments_.push_back({{header.physical, header.file_bytes, header.offset}, index});
}

void ElfCore::ReadAllNotes() {
  std::uint64_t left = kMaxNoteBytes;
  std::uint32_t cpus = 0;
  for (const ProgramHeader& header : notes_) {
    const auto notes = header.file_bytes <= left
                           ? ReadNotes(*bytes_, header.offset, header.file_bytes, header_.endian)
                           : Fail(ErrorCode::kTooLarge, "more notes than there may be");
    if (!notes && notes.error().code == ErrorCode::kIo) {
      return Fault(DumpState::kUnknown, "read_failed", notes.error().message);
    }
    if (*header.file_end() > bytes_->Size()) {
      Fault(DumpState::kTruncated, "metadata_cut", "the file ends in the notes");
    }
    if (!notes || !notes->valid) {
      Fault(DumpState::kDamaged, "notes_invalid",
            notes ? "a note runs past the end of the notes" : notes.error().message);
    }
    if (!notes) return;
    left -= header.file_bytes;
    cpus += notes->cpus;
    process_ = process_ || notes->process;
    if (facts_.vmcoreinfo.empty()) facts_.vmcoreinfo = notes->vmcoreinfo;
  }
  if (cpus > 0) facts_.cpus = cpus;
}

Result<void> ElfCore::ReadPhysical(std::uint64_t address, std::span<std::byte> out) {
  auto segment = ExtentAt(segments_, address);
  while (!out.empty()) {
    if (segment == segments_.end() || address < segment->start) {
      return Fail(ErrorCode::kNotFound, Cat("physical address ", address, " is not in the dump"));
    }
    const std::uint64_t skipped = address - segment->start;
    const auto part = out.first(std::min<std::uint64_t>(out.size(), segment->size - skipped));
    const auto read = bytes_->Read(segment->at + skipped, part);
    if (!read) return read;
    out = out.subspan(part.size());
    address += part.size();
    ++segment;
  }
  return {};
}

std::optional<std::uint64_t> ElfCore::Pages() const {
  const auto page_size = Vmcoreinfo(facts_.vmcoreinfo).Decimal("PAGESIZE");
  if (!page_size || !std::has_single_bit(*page_size)) return std::nullopt;
  std::uint64_t bytes = 0;  // disjoint, so within 64 bits
  for (const Segment& segment : segments_) bytes += segment.size;
  return bytes / *page_size;
}

Wholeness ElfCore::Check(CheckLevel level, const Progress& /*progress*/) {
  Wholeness found;
  const std::uint64_t have = bytes_->Size();
  if (fault_) {
    found = *fault_;
  } else if (level == CheckLevel::kHeaders) {
    found = Judge(DumpState::kComplete, "headers_checked", "the headers contradict nothing");
  } else if (data_end_ > have) {
    found = Judge(DumpState::kTruncated, "segments_cut",
                  Cat("needs ", data_end_, " bytes, has ", have), CheckLevel::kCheap);
  } else {
    found = Judge(DumpState::kComplete, "data_end_checked",
                  "every segment lies within the file; an ELF core holds nothing by which its "
                  "contents could be verified",
                  CheckLevel::kCheap);
  }
  if (data_end_ > have) found.needs_bytes = data_end_;
  found.pages = Pages();
  return found;
}

Opened OpenElf(const ByteSource& bytes) { return ElfCore::Open(bytes); }

}  // namespace kdumpd
