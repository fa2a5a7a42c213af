// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/vmcore/kdump_file.h"

namespace kdumpd {
namespace {

using Part = std::unique_ptr<KdumpFile>;

// The same crash of the same machine.
bool BelongTogether(const KdumpFile& one, const KdumpFile& other) {
  const ContainerFacts &a = one.facts(), &b = other.facts();
  return b.split && a.node == b.node && a.release == b.release && a.machine == b.machine &&
         a.endian == b.endian && a.word_bytes == b.word_bytes && a.page_size == b.page_size &&
         one.header().seconds == other.header().seconds && one.end_pfn() == other.end_pfn();
}

// Holds a page frame that one of the others is there for too.
bool Overlaps(const std::vector<Part>& parts, const SplitRange& range) {
  return std::ranges::any_of(parts, [&](const Part& part) {
    const SplitRange other = part->range();
    return std::max(range.start_pfn, other.start_pfn) < std::min(range.end_pfn, other.end_pfn);
  });
}

// Files of one `makedumpfile --split`, by page frame. Each has the bitmap of the whole machine and
// the descriptors and data of its own page frames.
class SplitSet final : public Container {
 public:
  // At least one; they belong together and do not overlap. The facts are those of the first.
  explicit SplitSet(std::vector<Part> parts) : parts_(std::move(parts)) {
    facts_ = parts_.front()->facts();
    std::ranges::sort(parts_, {}, [](const Part& part) {
      const SplitRange range = part->range();
      return std::pair(range.start_pfn, range.end_pfn);
    });
    facts_.split = SplitRange{parts_.front()->range().start_pfn, parts_.back()->range().end_pfn,
                              parts_.size()};
    for (const Part& part : parts_) facts_.set_bytes += part->file_bytes();
  }

  [[nodiscard]] Result<void> ReadPhysical(std::uint64_t address, std::span<std::byte> out) override;
  [[nodiscard]] Wholeness Check(CheckLevel level, const Progress& progress) override;

 private:
  [[nodiscard]] KdumpFile* PartOf(std::uint64_t pfn) const;
  // The first page frame that no part is there for; end_pfn when there is none.
  [[nodiscard]] std::uint64_t FirstMissing() const;

  std::vector<Part> parts_;
};

KdumpFile* SplitSet::PartOf(std::uint64_t pfn) const {
  const auto part = std::ranges::find_if(parts_, [&](const Part& candidate) {
    const SplitRange range = candidate->range();
    return range.start_pfn <= pfn && pfn < range.end_pfn;
  });
  return part == parts_.end() ? nullptr : part->get();
}

std::uint64_t SplitSet::FirstMissing() const {
  std::uint64_t covered = 0;
  for (const Part& part : parts_) {
    if (part->range().start_pfn > covered) break;
    covered = std::max(covered, part->range().end_pfn);
  }
  return covered;
}

Result<void> SplitSet::ReadPhysical(std::uint64_t address, std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t pfn = address / facts_.page_size, at = address % facts_.page_size;
    const std::size_t size = std::min<std::uint64_t>(out.size(), facts_.page_size - at);
    KdumpFile* const part = PartOf(pfn);
    if (part == nullptr) {
      return Fail(ErrorCode::kNotFound, Cat("page frame ", pfn, " is in no file of the set"));
    }
    const auto read = part->ReadPhysical(address, out.first(size));
    if (!read) return read;
    out = out.subspan(size);
    address += size;
  }
  return {};
}

// What is wrong with a part says more than that another one is missing; that is certain even where
// the parts could not be read.
Wholeness SplitSet::Check(CheckLevel level, const Progress& progress) {
  Wholeness sum = Judge(DumpState::kComplete, "", "", level);
  std::optional<Wholeness> unknown;
  for (const Part& part : parts_) {
    Wholeness one = part->Check(level, progress);
    if (one.pages) sum.pages = sum.pages.value_or(0) + *one.pages;
    sum.pages_checked += one.pages_checked;
    sum.pages_bad += one.pages_bad;
    sum.reason = one.reason;
    if (one.state == DumpState::kComplete) continue;
    const SplitRange range = part->range();
    one.detail =
        Cat("part of page frames ", range.start_pfn, " to ", range.end_pfn, ": ", one.detail);
    if (one.state != DumpState::kUnknown) return one;
    unknown = std::move(one);
    break;
  }
  const std::uint64_t missing = FirstMissing(), end = parts_.front()->end_pfn();
  const std::string parts = Cat(parts_.size(), parts_.size() == 1 ? " part" : " parts");
  if (missing < end) {
    sum.state = DumpState::kIncomplete;
    sum.reason = "split_parts_missing";
    sum.detail = Cat(parts, "; page frame ", missing, " of ", end, " is in none of them");
    return sum;
  }
  if (unknown) return *unknown;
  sum.detail = sum.pages ? Cat(parts, ", ", *sum.pages, " pages") : parts;
  if (sum.pages_checked > 0) sum.detail += Cat("; ", sum.pages_checked, " looked at");
  return sum;
}

}  // namespace

Opened OpenSplitSet(const std::vector<const ByteSource*>& files) {
  if (files.empty()) {
    return std::unexpected(Judge(DumpState::kTruncated, "empty", "no file at all"));
  }
  auto first = KdumpFile::Open(*files.front());
  if (!first) return std::unexpected(std::move(first.error()));
  if (!(*first)->facts().split) return std::move(*first);
  std::vector<Part> parts;
  parts.push_back(std::move(*first));
  for (std::size_t i = 1; i < files.size(); ++i) {
    auto part = KdumpFile::Open(*files[i]);
    if (part && BelongTogether(*parts.front(), **part) && !Overlaps(parts, (*part)->range())) {
      parts.push_back(std::move(*part));
    }
  }
  return std::make_unique<SplitSet>(std::move(parts));
}

}  // namespace kdumpd
