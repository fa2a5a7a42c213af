// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// The bytes of a dump that a test has made up.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t Size() const override { return bytes_.size(); }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override {
    if (offset >= bytes_.size()) return 0;
    const auto size = std::min<std::uint64_t>(out.size(), bytes_.size() - offset);
    std::ranges::copy(std::as_bytes(std::span(bytes_).subspan(offset, size)), out.begin());
    return size;
  }

 private:
  std::string bytes_;
};

}  // namespace kdumpd
