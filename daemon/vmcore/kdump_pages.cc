// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_pages.h"

#include <algorithm>
#include <array>
#include <bit>

#include "daemon/vmcore/codec.h"

namespace kdumpd {
namespace {

constexpr std::size_t kDescriptorBlocks = 8;
constexpr std::size_t kMostPages = 16;
constexpr std::uint64_t kMostPageBytes = 1 << 20;

}  // namespace

std::string_view Sentence(DescriptorFault fault) {
  switch (fault) {
    case DescriptorFault::kNone:
      return "is right";
    case DescriptorFault::kNeverWritten:
      return "was never written";
    case DescriptorFault::kInvalid:
      return "contradicts itself";
    case DescriptorFault::kBeyondFile:
      return "points past the end of the file";
  }
  return "";
}

KdumpPages::KdumpPages(const ByteSource& bytes, const KdumpPageLayout& layout)
    : bytes_(&bytes),
      layout_(layout),
      descriptors_(bytes, kDescriptorBlocks),
      slots_(std::clamp<std::uint64_t>(kMostPageBytes / layout.page_bytes, 2, kMostPages)) {}

DescriptorFault KdumpPages::Judge(const PageDescriptor& page) const {
  if (page == PageDescriptor{}) return DescriptorFault::kNeverWritten;
  const bool known = (page.flags & ~kDumpCodecs) == 0 && std::popcount(page.flags) <= 1;
  const bool fits = page.flags == 0 ? page.size == layout_.page_bytes
                                    : page.size >= 1 && page.size <= layout_.page_bytes;
  const auto end = CheckedAdd(page.offset, page.size);
  if (!known || !fits || !end || page.offset < layout_.descriptors_end()) {
    return DescriptorFault::kInvalid;
  }
  return *end > file_bytes() ? DescriptorFault::kBeyondFile : DescriptorFault::kNone;
}

PageDescriptor KdumpPages::Parse(Bytes bytes) const {
  const auto number = [&](std::size_t at, std::size_t size) {
    return Number(bytes, at, size, layout_.endian);
  };
  return {number(0, 8), static_cast<std::uint32_t>(number(8, 4)),
          static_cast<std::uint32_t>(number(12, 4))};
}

Result<PageDescriptor> KdumpPages::Descriptor(std::uint64_t index) {
  std::array<std::byte, PageDescriptor::kBytes> bytes{};
  const auto read = descriptors_.Read(layout_.descriptors + index * bytes.size(), bytes);
  if (!read) return std::unexpected(read.error());
  return Parse(bytes);
}

Result<void> KdumpPages::Descriptors(std::uint64_t first, std::span<PageDescriptor> out) const {
  const auto bytes =
      std::make_unique_for_overwrite<std::byte[]>(out.size() * PageDescriptor::kBytes);
  const std::span all(bytes.get(), out.size() * PageDescriptor::kBytes);
  const auto read = bytes_->Read(layout_.descriptors + first * PageDescriptor::kBytes, all);
  if (!read) return read;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = Parse(all.subspan(i * PageDescriptor::kBytes, PageDescriptor::kBytes));
  }
  return {};
}

Result<void> KdumpPages::Fill(const PageDescriptor& page, std::span<std::byte> out) {
  if (page.flags == 0) return bytes_->Read(page.offset, out);
  stored_.resize(layout_.page_bytes);
  const std::span stored(stored_.data(), page.size);
  const auto read = bytes_->Read(page.offset, stored);
  if (!read) return read;
  return Decompress(page.flags, stored, out);
}

Result<Bytes> KdumpPages::Page(const PageDescriptor& page) {
  ++now_;
  for (Slot& slot : slots_) {
    if (slot.used == 0 || slot.page != page) continue;
    slot.used = now_;
    return Bytes(slot.bytes.get(), layout_.page_bytes);
  }
  Slot& oldest = *std::ranges::min_element(slots_, {}, &Slot::used);
  if (!oldest.bytes) {
    oldest.bytes = std::make_unique_for_overwrite<std::byte[]>(layout_.page_bytes);
  }
  oldest.used = 0;
  const std::span out(oldest.bytes.get(), layout_.page_bytes);
  const auto filled = Fill(page, out);
  if (!filled) return std::unexpected(filled.error());
  oldest.page = page;
  oldest.used = now_;
  return Bytes(out);
}

}  // namespace kdumpd
