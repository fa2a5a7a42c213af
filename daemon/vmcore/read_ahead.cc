// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/read_ahead.h"

#include <algorithm>

namespace kdumpd {

bool ReadAhead::Holds(std::uint64_t offset, std::size_t size) const {
  return offset >= start_ && offset - start_ <= held_ && size <= held_ - (offset - start_);
}

Result<Bytes> ReadAhead::At(std::uint64_t offset, std::size_t size) {
  if (!Holds(offset, size)) {
    const bool goes_on = held_ > 0 && offset >= start_ && offset - start_ <= held_ + kMaxPiece;
    wanted_ = goes_on ? std::min(2 * wanted_, kMost) : kLeast;
    // Up to the end of a page of the file: no second one for a few bytes.
    std::size_t wanted = wanted_ - offset % kLeast;
    if (wanted < kMaxPiece) wanted += kLeast;
    held_ = 0;
    const auto got = bytes_->ReadSome(offset, {buffer_.get(), wanted});
    if (!got) return std::unexpected(got.error());
    start_ = offset;
    held_ = *got;
  }
  const std::size_t skipped = offset - start_;
  return Bytes(buffer_.get() + skipped, std::min(size, held_ - skipped));
}

}  // namespace kdumpd
