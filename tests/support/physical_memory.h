// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/byte_order.h"
#include "daemon/core/error.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

// The memory of a machine that a test has made up: pages of 4 KiB that come into being, zeroed,
// when something is put into them. Others are not in the dump.
class PhysicalMemory {
 public:
  static constexpr std::uint64_t kPage = 4096;

  void Put(std::uint64_t address, std::string_view bytes) {
    for (const char c : bytes) {
      std::string& page = pages_[address / kPage];
      page.resize(kPage);
      page[address % kPage] = c;
      ++address;
    }
  }
  void PutNumber(std::uint64_t address, std::uint64_t value, std::size_t size = 8,
                 Endian endian = Endian::kLittle) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i);
    if (endian == Endian::kBig) std::ranges::reverse(bytes);
    Put(address, bytes);
  }
  Result<void> Read(std::uint64_t address, std::span<std::byte> out) {
    ++reads_;
    for (std::byte& byte : out) {
      const auto page = pages_.find(address / kPage);
      if (page == pages_.end()) return Fail(ErrorCode::kNotFound, "page is not in the dump");
      byte = static_cast<std::byte>(page->second[address % kPage]);
      ++address;
    }
    return {};
  }
  // Keeps a reference to this.
  [[nodiscard]] PhysicalRead Reader() {
    return [this](std::uint64_t address, std::span<std::byte> out) { return Read(address, out); };
  }
  void Lose(std::uint64_t address) { pages_.erase(address / kPage); }
  [[nodiscard]] int reads() const { return reads_; }

 private:
  std::map<std::uint64_t, std::string> pages_;
  int reads_ = 0;
};

}  // namespace kdumpd
