// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_data_end.h"

#include <algorithm>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/kdump_check.h"

namespace kdumpd {
namespace {

// Descriptors by one read. At first few: mostly the last page with data of its own is near.
constexpr std::uint64_t kFirstPiece = 170, kPiece = 10'240;
// How many pages of zeros at the end are looked through for one with data: 24 MiB of descriptors.
constexpr std::uint64_t kMostTail = 1 << 20;

using Problem = std::optional<Wholeness>;

Problem Found(DumpState state, std::string_view reason, std::string detail) {
  return Judge(state, reason, std::move(detail), CheckLevel::kCheap);
}

class Search {
 public:
  Search(KdumpPages& pages, std::uint64_t end, bool all)
      : pages_(pages), layout_(pages.layout()), all_(all) {
    found_.end = std::max(end, layout_.descriptors_end());
  }
  Problem Run(const Progress& progress);
  [[nodiscard]] const KdumpDataEnd& found() const { return found_; }

 private:
  [[nodiscard]] Problem CheckDescriptorsEnd() const;
  Problem Walk(const Progress& progress);
  Problem Take(std::uint64_t index, const PageDescriptor& page);
  [[nodiscard]] Problem CheckFileEnd() const;
  Problem CheckDataBegin();

  KdumpPages& pages_;
  const KdumpPageLayout& layout_;
  bool all_;
  KdumpDataEnd found_;
  bool certain_ = false;
};

Problem Search::CheckDescriptorsEnd() const {
  if (layout_.room == 0) {
    return Found(DumpState::kDamaged, "bitmap_empty", "by its bitmap no page is in the dump");
  }
  const std::uint64_t end = layout_.descriptors_end(), size = pages_.file_bytes();
  if (end <= size) return std::nullopt;
  return Found(DumpState::kTruncated, "metadata_cut",
               Cat("the descriptors of ", layout_.count, " pages end at byte ", end,
                   ", the file at ", size));
}

Problem Search::Take(std::uint64_t index, const PageDescriptor& page) {
  const bool shared = layout_.IsSharedZero(page);
  const DescriptorFault fault = shared ? DescriptorFault::kNone : pages_.Judge(page);
  if (fault == DescriptorFault::kNone || fault == DescriptorFault::kBeyondFile) {
    found_.end = std::max(found_.end, page.offset + page.size);
    certain_ = !shared;
    if (certain_) found_.last_data = index;
    return std::nullopt;
  }
  std::string what =
      Cat("the descriptor of page ", index, " of ", layout_.count, " ", Sentence(fault));
  if (fault == DescriptorFault::kNeverWritten) {
    return Found(DumpState::kTruncated, "descriptors_cut", std::move(what));
  }
  return Found(DumpState::kDamaged, "descriptor_invalid", std::move(what));
}

// From the last descriptor down to one whose page is not the shared one of zeros.
Problem Search::Walk(const Progress& progress) {
  const std::uint64_t lowest = !all_ && layout_.count > kMostTail ? layout_.count - kMostTail : 0;
  std::vector<PageDescriptor> piece;
  std::uint64_t wanted = kFirstPiece;
  for (std::uint64_t upper = layout_.count; upper > lowest && !certain_;) {
    if (progress && !progress(0, layout_.count)) return StoppedCheck(CheckLevel::kHeaders);
    piece.resize(std::min(wanted, upper - lowest));
    upper -= piece.size();
    wanted = kPiece;
    const auto read = pages_.Descriptors(upper, piece);
    if (!read) return UnreadCheck(CheckLevel::kCheap, read.error());
    for (std::size_t i = piece.size(); i-- > 0 && !certain_;) {
      if (auto problem = Take(upper + i, piece[i])) return problem;
    }
  }
  certain_ = certain_ || lowest == 0;
  return std::nullopt;
}

Problem Search::CheckFileEnd() const {
  const std::uint64_t size = pages_.file_bytes();
  if (found_.end > size) {
    auto cut = Found(DumpState::kTruncated, "data_cut",
                     Cat("the data end at byte ", found_.end, ", the file at ", size));
    cut->needs_bytes = found_.end;
    return cut;
  }
  if (certain_) return std::nullopt;
  return Found(DumpState::kUnknown, "data_end_unknown",
               Cat("the last ", kMostTail, " of ", layout_.count,
                   " pages are zeros, so that nothing tells where the data end"));
}

// The file is longer than its data. It would look so too had the bitmap lost some of its bits: then
// the data do not begin where the descriptors end.
Problem Search::CheckDataBegin() {
  if (layout_.count == 0 || pages_.file_bytes() == found_.end) return std::nullopt;
  const auto first = pages_.Descriptor(0);
  if (!first) return UnreadCheck(CheckLevel::kCheap, first.error());
  if (layout_.IsDataBegin(first->offset)) return std::nullopt;
  const bool behind_zeros = layout_.zero_shared && first->offset >= layout_.page_bytes &&
                            layout_.IsDataBegin(first->offset - layout_.page_bytes);
  if (behind_zeros) return std::nullopt;
  return Found(DumpState::kDamaged, "bitmap_invalid",
               Cat("by the bitmap the descriptors end at byte ", layout_.descriptors_end(),
                   ", the data begin at ", first->offset, " and end at ", found_.end,
                   ", the file at ", pages_.file_bytes()));
}

Problem Search::Run(const Progress& progress) {
  Problem problem = CheckDescriptorsEnd();
  if (!problem) problem = Walk(progress);
  if (!problem) problem = CheckFileEnd();
  if (!problem) problem = CheckDataBegin();
  return problem;
}

}  // namespace

std::expected<KdumpDataEnd, Wholeness> FindDataEnd(KdumpPages& pages, std::uint64_t end,
                                                   const Progress& progress, bool all) {
  Search search(pages, end, all);
  if (auto problem = search.Run(progress)) return std::unexpected(std::move(*problem));
  return search.found();
}

}  // namespace kdumpd
