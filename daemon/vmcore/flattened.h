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
// as in the sparse file that `makedumpfile -R` makes of it. 24 bytes of memory a record.
class FlattenedBytes final : public ByteSource {
 public:
  static constexpr std::uint64_t kMaxRecords = 4'000'000;

  // Hops over all records. A stream that ends early or contradicts itself still gives what came
  // before: end() says how it ended. The unexpected: nothing in it is usable (header).
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
  // kUnknown "too_many_records" or "budget".
  [[nodiscard]] const Wholeness& end() const { return end_; }

 private:
  explicit FlattenedBytes(const ByteSource& file) : file_(&file) {}

  const ByteSource* file_;
  std::vector<Extent> extents_;  // disjoint, by start
  std::uint64_t size_ = 0;
  Wholeness end_;
};

}  // namespace kdumpd
