// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/vmcore/codec.h"
#include "daemon/vmcore/kdump_check.h"
#include "daemon/vmcore/notes.h"

namespace kdumpd {
namespace {

// 64 TiB of memory in pages of 4 KiB.
constexpr std::uint64_t kMaxPfn = std::uint64_t{1} << 34;
// Writers of earlier versions did not yet say the codec in the header: there no bit is no answer.
constexpr int kCodecInStatus = 6;

// One past the last page frame; 0 for what the bitmap cannot hold.
std::uint64_t EndPfn(const KdumpHeader& header, const KdumpSubHeader& sub) {
  const std::uint64_t bits = (header.bitmaps_end() - header.bitmaps_begin()) * 8;
  return sub.max_pfn <= bits ? sub.max_pfn : 0;
}

// One past the last byte, 0 for what is not there; nothing when no number holds it.
std::optional<std::uint64_t> End(const FileRange& range) {
  if (range.bytes == 0) return 0;
  return range.end();
}

// The range of a part, within the machine's page frames.
std::optional<SplitRange> RangeOf(const KdumpSubHeader& sub, std::uint64_t end_pfn) {
  if (!sub.split) return std::nullopt;
  const std::uint64_t end = std::min(sub.end_pfn, end_pfn);
  return SplitRange{std::min(sub.start_pfn, end), end, 1};
}

}  // namespace

Opened OpenKdump(const ByteSource& bytes) {
  auto file = KdumpFile::Open(bytes);
  if (!file) return std::unexpected(std::move(file.error()));
  return std::move(*file);
}

std::expected<std::unique_ptr<KdumpFile>, Wholeness> KdumpFile::Open(const ByteSource& bytes) {
  std::array<std::byte, kKdumpHeaderBytes> head{};
  const auto head_bytes = bytes.ReadSome(0, head);
  if (!head_bytes) return std::unexpected(UnreadCheck(CheckLevel::kHeaders, head_bytes.error()));
  auto header = ParseKdumpHeader(std::span(head).first(*head_bytes));
  if (!header) {
    const bool cut = header.error().code == ErrorCode::kNotFound;
    return std::unexpected(Judge(cut ? DumpState::kTruncated : DumpState::kDamaged,
                                 cut ? "header_cut" : "header_invalid", header.error().message));
  }
  std::array<std::byte, kKdumpSubHeaderBytes> sub{};
  const auto sub_bytes = bytes.ReadSome(header->block_bytes, sub);
  if (!sub_bytes) return std::unexpected(UnreadCheck(CheckLevel::kHeaders, sub_bytes.error()));
  const auto parsed = ParseKdumpSubHeader(*header, std::span(sub).first(*sub_bytes));
  return std::unique_ptr<KdumpFile>(new KdumpFile(bytes, std::move(*header), parsed));
}

KdumpFile::KdumpFile(const ByteSource& bytes, KdumpHeader header, const KdumpSubHeader& sub)
    : bytes_(&bytes),
      header_(std::move(header)),
      sub_(sub),
      end_pfn_(EndPfn(header_, sub_)),
      bitmap_(MakeBitmap()) {
  TakeFacts();
  TakeNotes();
}

// The second of two bitmaps says what is in the dump. Where half of their bits are not enough for
// all page frames there is only that one.
KdumpBitmap KdumpFile::MakeBitmap() const {
  const std::uint64_t half = header_.bitmap_blocks / 2 * header_.block_bytes;
  const bool single = end_pfn_ > half * 8;
  return {*bytes_, header_.bitmaps_begin() + (single ? 0 : half), std::min(end_pfn_, kMaxPfn)};
}

void KdumpFile::TakeFacts() {
  facts_.format = DumpFormat::kKdump;
  facts_.endian = header_.endian;
  facts_.word_bytes = static_cast<int>(header_.word_bytes);
  facts_.machine = header_.machine;
  facts_.page_size = header_.block_bytes;
  const bool said = header_.version >= kCodecInStatus || (header_.status & kDumpCodecs) != 0;
  if (said) facts_.compression = CodecName(header_.status);
  facts_.header_version = header_.version;
  facts_.dump_level = sub_.dump_level;
  facts_.phys_base = sub_.phys_base;
  facts_.crash_time = header_.crash_time();
  facts_.node = header_.node;
  facts_.release = header_.release;
  facts_.version = header_.kernel_version;
  facts_.erased = sub_.eraseinfo.bytes > 0;
  facts_.split = RangeOf(sub_, end_pfn_);
}

// Version 4 and later have the notes of /proc/vmcore, version 3 the text of one of them.
void KdumpFile::TakeNotes() {
  if (sub_.notes.bytes > 0) {
    auto notes = ReadNotes(*bytes_, sub_.notes.offset, sub_.notes.bytes, header_.endian);
    if (notes && notes->cpus > 0) facts_.cpus = notes->cpus;
    if (notes) facts_.vmcoreinfo = std::move(notes->vmcoreinfo);
  }
  if (!facts_.vmcoreinfo.empty() || !End(sub_.vmcoreinfo)) return;
  std::string text(std::min<std::uint64_t>(sub_.vmcoreinfo.bytes, kMaxVmcoreinfoBytes), '\0');
  const auto got =
      bytes_->ReadSome(sub_.vmcoreinfo.offset, std::as_writable_bytes(std::span(text)));
  text.resize(got.value_or(0));
  text.resize(std::min(text.find('\0'), text.size()));
  facts_.vmcoreinfo = std::move(text);
}

std::optional<Wholeness> KdumpFile::HeaderProblem() const {
  if ((header_.status & kKdumpIncomplete) != 0) {
    return Judge(DumpState::kIncomplete, "incomplete_flag",
                 "makedumpfile could not write all of it and says so");
  }
  if (header_.version > kMaxKdumpVersion) {
    return Judge(DumpState::kUnknown, "header_version_unknown",
                 Cat("header version ", header_.version, " is newer than ", kMaxKdumpVersion));
  }
  const auto vmcoreinfo = End(sub_.vmcoreinfo), notes = End(sub_.notes),
             erased = End(sub_.eraseinfo);
  const bool sane = vmcoreinfo && notes && erased && end_pfn_ > 0 && sub_.start_pfn <= sub_.end_pfn;
  const std::uint64_t size = bytes_->Size();
  const std::uint64_t metadata =
      std::max({header_.bitmaps_end(), vmcoreinfo.value_or(0), notes.value_or(0)});
  // A file that ends before the sub-header has no numbers to contradict each other.
  const std::uint64_t readable = header_.block_bytes + kKdumpSubHeaderBytes;
  if (metadata > size && (sane || size < readable)) {
    return Judge(DumpState::kTruncated, "metadata_cut",
                 Cat("header and bitmaps end at byte ", metadata, ", the file at ", size));
  }
  if (!sane) {
    return Judge(DumpState::kDamaged, "header_invalid", "the sub-header contradicts itself");
  }
  if (end_pfn_ <= kMaxPfn) return std::nullopt;
  return Judge(DumpState::kUnknown, "bitmap_too_large",
               Cat("a bitmap of ", end_pfn_, " pages, more than the ", kMaxPfn, " that are read"));
}

Result<bool> KdumpFile::Prepare(const Progress& progress) {
  if (pages_) return true;
  if (failed_) return std::unexpected(*failed_);
  const SplitRange all = range();
  const auto counted = bitmap_.Count(progress);
  if (counted && !*counted) return false;
  const auto first = counted ? bitmap_.Rank(all.start_pfn)
                             : Result<std::uint64_t>(std::unexpected(counted.error()));
  const auto last = first ? bitmap_.Rank(all.end_pfn) : first;
  if (!last) {
    failed_ = last.error();
    return std::unexpected(*failed_);
  }
  first_rank_ = *first;
  KdumpPageLayout layout;
  layout.endian = header_.endian;
  layout.page_bytes = header_.block_bytes;
  layout.descriptors = header_.bitmaps_end();
  layout.count = *last - *first;
  layout.room = bitmap_.total();
  layout.zero_shared = (sub_.dump_level.value_or(0) & 1) != 0;
  pages_.emplace(*bytes_, layout);
  return true;
}

Result<std::uint64_t> KdumpFile::Index(std::uint64_t pfn) {
  const auto prepared = Prepare({});
  if (!prepared) return std::unexpected(prepared.error());
  const SplitRange mine = range();
  if (pfn < mine.start_pfn || pfn >= mine.end_pfn) {
    return Fail(ErrorCode::kNotFound,
                Cat("page frame ", pfn, " is not of ", mine.start_pfn, " to ", mine.end_pfn));
  }
  const auto rank = bitmap_.RankIfSet(pfn);
  if (!rank) return std::unexpected(rank.error());
  if (!*rank) return Fail(ErrorCode::kNotFound, Cat("page frame ", pfn, " was left out"));
  // Both are of a file that may change while it is read.
  const std::uint64_t index = **rank - first_rank_;
  if (index < pages_->layout().count) return index;
  return Fail(ErrorCode::kInvalid, Cat("the bitmap has changed at page frame ", pfn));
}

Result<Bytes> KdumpFile::Page(std::uint64_t pfn) {
  const auto index = Index(pfn);
  if (!index) return std::unexpected(index.error());
  const auto page = pages_->Descriptor(*index);
  if (!page) return std::unexpected(page.error());
  const DescriptorFault fault = pages_->Judge(*page);
  if (fault == DescriptorFault::kNone) return pages_->Page(*page);
  const bool written = fault != DescriptorFault::kNeverWritten;
  return Fail(written ? ErrorCode::kInvalid : ErrorCode::kNotFound,
              Cat("the descriptor of page frame ", pfn, " ", Sentence(fault)));
}

Result<void> KdumpFile::ReadPhysical(std::uint64_t address, std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t at = address % header_.block_bytes;
    const std::size_t size = std::min<std::uint64_t>(out.size(), header_.block_bytes - at);
    const auto page = Page(address / header_.block_bytes);
    if (!page) return std::unexpected(page.error());
    std::ranges::copy(page->subspan(at, size), out.begin());
    out = out.subspan(size);
    address += size;  // back to 0 only after the last page frame there is, which is in no dump
  }
  return {};
}

Wholeness KdumpFile::Check(CheckLevel level, const Progress& progress) {
  if (auto problem = HeaderProblem()) return *problem;
  if (level == CheckLevel::kHeaders) {
    return Judge(DumpState::kComplete, "headers_checked",
                 Cat("header and bitmaps end at byte ", header_.bitmaps_end()));
  }
  const auto prepared = Prepare(progress);
  if (!prepared) return UnreadCheck(CheckLevel::kCheap, prepared.error());
  if (!*prepared) return StoppedCheck(CheckLevel::kHeaders);
  return CheckKdumpPages(*pages_, End(sub_.eraseinfo).value_or(0), level, progress);
}

}  // namespace kdumpd
