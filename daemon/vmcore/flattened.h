// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/core/inspection.h"
#include "daemon/vmcore/byte_source.h"
#include "daemon/vmcore/container.h"
#include "daemon/vmcore/extents.h"

namespace kdumpd {

// The file that a flattened one (makedumpfile -F) describes: 4 KiB of header, then records of
// big-endian offset, size and payload; later records overwrite earlier ones; the last is -1, -1
// (makedumpfile IMPLEMENTATION). What no record wrote, before the last byte that one did, is zeros,
// as in the sparse file that `makedumpfile -R` makes of it. 16 bytes of memory a record.
class FlattenedBytes final : public ByteSource {
 public:
  // 61 MiB; where all overlap, three times as much while they are cut.
  static constexpr std::uint64_t kMaxRecords = 4'000'000;
  static constexpr std::uint64_t kMaxStreamBytes = std::uint64_t{1} << 40;

  // Hops over all records. A stream that ends early or contradicts itself still gives what came
  // before: end() says how it ended. The unexpected: nothing in it is usable (header, or too
  // many overlaps).
  // `progress`: done and total bytes of the file; false stops, and end() is "budget".
  // Keeps a reference to `file`.
  static std::expected<FlattenedBytes, Wholeness> Index(const ByteSource& file,
                                                        const Progress& progress);

  [[nodiscard]] std::uint64_t Size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override;

  // How the stream ended: kComplete "end_marker_found"; kTruncated "end_marker_missing" (ended in a
  // record or between two) with needs_bytes where known; kDamaged "record_invalid" (size 0 or
  // beyond the file's own logic, bytes after the end marker, zeros where a record should be);
  // kUnknown "too_many_records" (also by what they are cut into, and behind kMaxStreamBytes) or
  // "budget".
  [[nodiscard]] const Wholeness& end() const { return end_; }

 private:
  friend class FlattenedRecords;
  // An Extent in 16 bytes: `where` is its place in the file and, in the low bits, its size.
  struct Piece {
    static constexpr int kSizeBits = 24;
    static constexpr std::uint64_t kMaxBytes = (std::uint64_t{1} << kSizeBits) - 1;
    std::uint64_t start = 0;
    std::uint64_t where = 0;

    [[nodiscard]] std::uint64_t size() const { return where & kMaxBytes; }
    [[nodiscard]] std::uint64_t at() const { return where >> kSizeBits; }
    [[nodiscard]] std::uint64_t end() const { return start + size(); }
    [[nodiscard]] static Piece Of(const Extent& all) {
      return {all.start, all.at << kSizeBits | all.size};
    }
    void Keep(std::uint64_t from, std::uint64_t to) {
      *this = Of({from, to - from, at() + (from - start)});
    }
  };

  explicit FlattenedBytes(const ByteSource& file) : file_(&file) {}

  const ByteSource* file_;
  std::vector<Piece> extents_;  // disjoint, by start
  std::uint64_t size_ = 0;
  Wholeness end_;
};

}  // namespace kdumpd
