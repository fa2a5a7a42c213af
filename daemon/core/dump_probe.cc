// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "daemon/core/byte_order.h"
#include "daemon/core/dump.h"
#include "daemon/core/dump_magic.h"
#include "daemon/core/elf_header.h"
#include "daemon/core/kdump_header.h"

namespace kdumpd {
namespace {

bool AllAre(Bytes bytes, std::byte value) {
  return std::ranges::all_of(bytes, [&](std::byte b) { return b == value; });
}

DumpProbe Verdict(DumpFormat format, DumpState state, std::string_view reason) {
  return {format, state, std::string(reason), std::nullopt};
}

DumpProbe ProbeKdump(Bytes head, std::uint64_t bytes) {
  constexpr auto kFormat = DumpFormat::kKdump;
  const auto header = ParseKdumpHeader(head);
  if (!header && header.error().code == ErrorCode::kNotFound) {
    return Verdict(kFormat, DumpState::kTruncated, "header_cut");
  }
  if (!header) return Verdict(kFormat, DumpState::kDamaged, "header_invalid");
  DumpProbe probe = Verdict(kFormat, DumpState::kComplete, "headers_checked");
  if ((header->status & kKdumpIncomplete) != 0) {
    probe = Verdict(kFormat, DumpState::kIncomplete, "incomplete_flag");
  } else if (bytes < header->bitmaps_end()) {
    probe = Verdict(kFormat, DumpState::kTruncated, "metadata_cut");
  }
  probe.crash_time = header->crash_time();
  return probe;
}

// The end of the furthest segment among the program headers within `head`; nothing when one of them
// ends past what a number holds.
std::optional<std::uint64_t> SegmentsEnd(Bytes head, const ElfHeader& elf) {
  const std::size_t entry = elf.program_header_bytes();
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < elf.program_header_count; ++i) {
    const std::uint64_t at = elf.program_headers + i * entry;  // the first fits the file
    if (at > head.size() || entry > head.size() - at) break;
    const auto segment_end = ParseProgramHeader(head.subspan(at, entry), elf).file_end();
    if (!segment_end) return std::nullopt;
    end = std::max(end, *segment_end);
  }
  return end;
}

DumpProbe ProbeElf(Bytes head, std::uint64_t bytes) {
  constexpr auto kFormat = DumpFormat::kElf;
  const auto elf = ParseElfHeader(head);
  if (!elf && elf.error().code == ErrorCode::kNotFound) {
    return Verdict(kFormat, DumpState::kTruncated, "header_cut");
  }
  if (!elf) return Verdict(kFormat, DumpState::kDamaged, "header_invalid");
  if (elf->type != kElfTypeCore) {
    return Verdict(DumpFormat::kOther, DumpState::kUnknown, "not_a_dump");
  }
  const std::uint64_t count = elf->program_header_count, entry = elf->program_header_entry;
  if (count == 0 || entry != elf->program_header_bytes()) {
    return Verdict(kFormat, DumpState::kDamaged, "header_invalid");
  }
  if (elf->incomplete()) {
    return Verdict(kFormat, DumpState::kIncomplete, "incomplete_flag");
  }
  if (elf->program_headers > bytes || count * entry > bytes - elf->program_headers) {
    return Verdict(kFormat, DumpState::kTruncated, "metadata_cut");
  }
  const auto end = SegmentsEnd(head, *elf);
  if (!end) return Verdict(kFormat, DumpState::kDamaged, "header_invalid");
  if (*end > bytes) return Verdict(kFormat, DumpState::kTruncated, "segments_cut");
  return Verdict(kFormat, DumpState::kComplete, "headers_checked");
}

// What the header of the logical file says, which is the payload of the first record: its flags and
// its time. Sizes say nothing here: the logical file's differ from the flattened one's.
DumpProbe ProbeInner(Bytes inner) {
  constexpr auto kAnySize = std::numeric_limits<std::uint64_t>::max();
  const DumpFormat format = FormatOf(inner);
  if (format == DumpFormat::kKdump) return ProbeKdump(inner, kAnySize);
  // makedumpfile writes the ELF header alone in the first record; the program headers follow in
  // others.
  if (format == DumpFormat::kElf) return ProbeElf(inner, kAnySize);
  return Verdict(DumpFormat::kOther, DumpState::kDamaged, "header_invalid");
}

// struct makedumpfile_header and makedumpfile_data_header, all big-endian: 4096 bytes, then records
// of offset, size and payload, the last of them -1 and -1 (makedumpfile IMPLEMENTATION).
DumpProbe ProbeFlattened(Bytes head, Bytes tail) {
  constexpr auto kFormat = DumpFormat::kFlattened;
  constexpr std::size_t kRecords = 4096, kPayload = kRecords + 16;
  if (head.size() < kPayload) return Verdict(kFormat, DumpState::kTruncated, "header_cut");
  const auto field = [&](std::size_t offset) { return Number(head, offset, 8, Endian::kBig); };
  if (field(16) != 1 || field(24) != 1) {  // type and version
    return Verdict(kFormat, DumpState::kDamaged, "header_invalid");
  }
  const bool ended = tail.size() == kDumpTailBytes && AllAre(tail, std::byte{0xff});
  DumpProbe probe = ended ? Verdict(kFormat, DumpState::kComplete, "end_marker_found")
                          : Verdict(kFormat, DumpState::kTruncated, "end_marker_missing");
  const std::uint64_t room = head.size() - kPayload;
  const std::uint64_t size = std::min(field(kRecords + 8), room);
  if (field(kRecords) != 0 || size == 0) return probe;  // the header is not in the first record
  const DumpProbe inner = ProbeInner(head.subspan(kPayload, size));
  probe.crash_time = inner.crash_time;
  if (ended && inner.state != DumpState::kComplete && inner.state != DumpState::kTruncated) {
    probe.state = inner.state;
    probe.reason = inner.reason;
  }
  return probe;
}

}  // namespace

DumpProbe ProbeDump(Bytes head, Bytes tail, std::uint64_t bytes) {
  if (bytes == 0) return Verdict(DumpFormat::kNone, DumpState::kTruncated, "empty");
  switch (FormatOf(head)) {
    case DumpFormat::kKdump:
      return ProbeKdump(head, bytes);
    case DumpFormat::kElf:
      return ProbeElf(head, bytes);
    case DumpFormat::kFlattened:
      return ProbeFlattened(head, tail);
    case DumpFormat::kCompressedFile:
      return Verdict(DumpFormat::kCompressedFile, DumpState::kUnknown, "compressed_container");
    default:
      break;
  }
  if (IsZeroFilled(head)) return Verdict(DumpFormat::kOther, DumpState::kDamaged, "zero_filled");
  if (IsCollectorsRefusal(head, bytes)) {
    return Verdict(DumpFormat::kOther, DumpState::kIncomplete, "collector_refused");
  }
  return Verdict(DumpFormat::kOther, DumpState::kUnknown, "not_a_dump");
}

}  // namespace kdumpd
