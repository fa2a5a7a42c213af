// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/vmcore/block_cache.h"
#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// struct page_desc (makedumpfile diskdump_mod.h).
struct PageDescriptor {
  static constexpr std::uint64_t kBytes = 24;
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t flags = 0;

  friend bool operator==(const PageDescriptor&, const PageDescriptor&) = default;
};

enum class DescriptorFault {
  kNone,
  kNeverWritten,  // all zeros: makedumpfile writes the data first, then their descriptors
  kInvalid,       // data before the data, of no size or more than a page, or of no codec
  kBeyondFile,    // otherwise right
};
[[nodiscard]] std::string_view Sentence(DescriptorFault fault);

// Where the pages are.
struct KdumpPageLayout {
  Endian endian = Endian::kLittle;
  std::uint64_t page_bytes = 0;
  std::uint64_t descriptors = 0;  // where they begin
  std::uint64_t count = 0;        // how many there are
  // How many the bitmap counts: in a part of a split set more than its own. makedumpfile leaves
  // room for so many before the data.
  std::uint64_t room = 0;
  bool zero_shared = false;  // pages of zeros have no data of their own (dump level, bit 0)

  // One past the descriptors; the data are not before it. Below 2^63: count is below 2^37.
  [[nodiscard]] std::uint64_t descriptors_end() const {
    return descriptors + count * PageDescriptor::kBytes;
  }
  [[nodiscard]] std::uint64_t room_end() const {
    return descriptors + room * PageDescriptor::kBytes;
  }
  // Whether data can begin there: behind the descriptors or behind the room for them.
  [[nodiscard]] bool IsDataBegin(std::uint64_t offset) const {
    return offset == descriptors_end() || offset == room_end();
  }
  // The one page that stands for all pages of zeros is the first of the data.
  [[nodiscard]] bool IsSharedZero(const PageDescriptor& page) const {
    return zero_shared && IsDataBegin(page.offset) && page.size == page_bytes && page.flags == 0;
  }
};

// The pages of one kdump file by their number among those that are in it, from 0. Memory: the last
// pages that were read, at most 1 MiB. Keeps a reference to the source.
class KdumpPages {
 public:
  KdumpPages(const ByteSource& bytes, const KdumpPageLayout& layout);

  [[nodiscard]] const KdumpPageLayout& layout() const { return layout_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return bytes_->Size(); }
  [[nodiscard]] DescriptorFault Judge(const PageDescriptor& page) const;

  // `index` below count. kNotFound where the file is too short.
  [[nodiscard]] Result<PageDescriptor> Descriptor(std::uint64_t index);
  // Descriptors from `first` on, by one read: as many as `out` holds. kNotFound as above.
  [[nodiscard]] Result<void> Descriptors(std::uint64_t first, std::span<PageDescriptor> out) const;
  // The page of a descriptor without fault; good until the next call. kInvalid: it does not
  // decompress.
  [[nodiscard]] Result<Bytes> Page(const PageDescriptor& page);

 private:
  struct Slot {
    PageDescriptor page;
    std::uint64_t used = 0;  // when; 0: holds nothing
    std::unique_ptr<std::byte[]> bytes;
  };
  [[nodiscard]] PageDescriptor Parse(Bytes bytes) const;
  [[nodiscard]] Result<void> Fill(const PageDescriptor& page, std::span<std::byte> out);

  const ByteSource* bytes_;
  KdumpPageLayout layout_;
  BlockCache descriptors_;
  std::vector<Slot> slots_;
  std::vector<std::byte> stored_;  // of the page that is being read
  std::uint64_t now_ = 0;
};

}  // namespace kdumpd
