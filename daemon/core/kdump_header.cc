// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_header.h"

#include <bit>
#include <string_view>

namespace kdumpd {
namespace {

// struct disk_dump_header: where its tail lies depends on the size of the writer's timeval.
struct HeaderLayout {
  std::size_t word_bytes;
  std::size_t seconds;
  std::size_t status;  // then block_size, sub_hdr_size, bitmap_blocks, max_mapnr, 4 bytes each
  std::size_t bytes;
};
constexpr HeaderLayout kHeaderLayouts[] = {{8, 408, 424, 464}, {4, 404, 412, 452}};
constexpr std::size_t kVersion = 8, kUtsname = 12, kUtsnameBytes = 65;

bool IsSane(const KdumpHeader& header) {
  return header.version >= 1 && header.version <= 99 && std::has_single_bit(header.block_bytes) &&
         header.block_bytes >= 4 << 10 && header.block_bytes <= 256 << 10 &&
         header.sub_header_blocks <= 1 << 16 && header.bitmap_blocks >= 1;
}

// Member `index` of struct new_utsname, up to its NUL.
std::string UtsField(Bytes head, std::size_t index) {
  const Bytes field = head.subspan(kUtsname + index * kUtsnameBytes, kUtsnameBytes);
  std::string text;
  for (const std::byte b : field) {
    if (b == std::byte{0}) break;
    text += static_cast<char>(b);
  }
  return text;
}

KdumpHeader Parse(Bytes head, const HeaderLayout& layout, Endian endian) {
  const auto field = [&](std::size_t offset) {
    return static_cast<std::uint32_t>(Number(head, offset, 4, endian));
  };
  KdumpHeader header;
  header.endian = endian;
  header.word_bytes = layout.word_bytes;
  header.version = static_cast<int>(field(kVersion));
  header.seconds =
      static_cast<std::int64_t>(Number(head, layout.seconds, layout.word_bytes, endian));
  header.status = field(layout.status);
  header.block_bytes = field(layout.status + 4);
  header.sub_header_blocks = field(layout.status + 8);
  header.bitmap_blocks = field(layout.status + 12);
  header.max_pfn = field(layout.status + 16);
  return header;
}

// struct kdump_sub_header: offsets of its members. i386 aligns 64-bit ones to 4 bytes.
struct SubHeaderLayout {
  std::size_t word;  // of start_pfn, end_pfn and the sizes
  std::size_t dump_level, split, start_pfn, end_pfn;
  std::size_t vmcoreinfo, vmcoreinfo_size, notes, notes_size, eraseinfo, eraseinfo_size;
  std::size_t start_pfn_64, end_pfn_64, max_mapnr_64;
};
constexpr SubHeaderLayout kSub64{8, 8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96};
constexpr SubHeaderLayout kSub32{4, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88};
constexpr SubHeaderLayout kSubI386{4, 4, 8, 12, 16, 20, 28, 32, 40, 44, 52, 56, 64, 72};

bool IsI386(std::string_view machine) {
  return machine.size() == 4 && machine.front() == 'i' && machine.ends_with("86");
}

std::uint64_t SignExtended(std::uint64_t number, std::size_t bytes) {
  if (bytes == 8) return number;
  return static_cast<std::uint64_t>(static_cast<std::int32_t>(number));
}

const SubHeaderLayout& SubLayoutOf(const KdumpHeader& header) {
  if (header.word_bytes == 8) return kSub64;
  return IsI386(header.machine) ? kSubI386 : kSub32;
}

}  // namespace

std::optional<std::int64_t> KdumpHeader::crash_time() const {
  if (seconds <= 0 || seconds > 253'402'300'799) return std::nullopt;
  return seconds;
}

Result<KdumpHeader> ParseKdumpHeader(Bytes head) {
  for (const HeaderLayout& layout : kHeaderLayouts) {
    if (head.size() < layout.bytes) continue;
    for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
      KdumpHeader header = Parse(head, layout, endian);
      if (!IsSane(header)) continue;
      header.node = UtsField(head, 1);
      header.release = UtsField(head, 2);
      header.kernel_version = UtsField(head, 3);
      header.machine = UtsField(head, 4);
      return header;
    }
  }
  if (head.size() < kKdumpHeaderBytes) return Fail(ErrorCode::kNotFound, "the header is cut");
  return Fail(ErrorCode::kInvalid, "the header makes no sense");
}

KdumpSubHeader ParseKdumpSubHeader(const KdumpHeader& header, Bytes bytes) {
  const SubHeaderLayout& at = SubLayoutOf(header);
  const auto number = [&](std::size_t offset, std::size_t size) {
    return Number(bytes, offset, size, header.endian);
  };
  const auto range = [&](int since, std::size_t offset, std::size_t size) {
    if (header.version < since) return FileRange{};
    return FileRange{number(offset, 8), number(size, at.word)};
  };
  KdumpSubHeader sub;
  // The first member, a long.
  if (bytes.size() >= at.word) sub.phys_base = SignExtended(number(0, at.word), at.word);
  if (bytes.size() >= at.split) sub.dump_level = static_cast<int>(number(at.dump_level, 4));
  sub.split = header.version >= 2 && number(at.split, 4) != 0;
  sub.vmcoreinfo = range(3, at.vmcoreinfo, at.vmcoreinfo_size);
  sub.notes = range(4, at.notes, at.notes_size);
  sub.eraseinfo = range(5, at.eraseinfo, at.eraseinfo_size);
  const bool wide = header.version >= 6;
  if (sub.split) {
    sub.start_pfn = wide ? number(at.start_pfn_64, 8) : number(at.start_pfn, at.word);
    sub.end_pfn = wide ? number(at.end_pfn_64, 8) : number(at.end_pfn, at.word);
  }
  sub.max_pfn = wide ? number(at.max_mapnr_64, 8) : 0;
  if (sub.max_pfn == 0) sub.max_pfn = header.max_pfn;
  return sub;
}

}  // namespace kdumpd
