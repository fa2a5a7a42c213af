// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// Many small things of a file, in ascending order: one read serves those that lie near each other,
// and what lies between far ones is not read. Keeps a reference to the source.
class ReadAhead {
 public:
  static constexpr std::size_t kMaxPiece = 1 << 10;

  explicit ReadAhead(const ByteSource& bytes)
      : bytes_(&bytes), buffer_(std::make_unique_for_overwrite<std::byte[]>(kMost)) {}
  // `size` (at most kMaxPiece) bytes, fewer only where the source ends. Good until the next call.
  [[nodiscard]] Result<Bytes> At(std::uint64_t offset, std::size_t size);

 private:
  static constexpr std::size_t kLeast = 4 << 10, kMost = 64 << 10;
  [[nodiscard]] bool Holds(std::uint64_t offset, std::size_t size) const;

  const ByteSource* bytes_;
  std::unique_ptr<std::byte[]> buffer_;
  std::uint64_t start_ = 0;
  std::size_t held_ = 0;
  std::size_t wanted_ = kLeast;
};

}  // namespace kdumpd
