// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/vmcore/block_cache.h"
#include "daemon/vmcore/container.h"

namespace kdumpd {

// Which page frames are in a dump: a bitmap in the file, lowest bit of a byte first, and for each
// block of it how many bits are set before that block. 64 KiB of memory for 1 TiB of the machine's.
// Keeps a reference to the source.
class KdumpBitmap {
 public:
  KdumpBitmap(const ByteSource& bytes, std::uint64_t offset, std::uint64_t bits);

  // Reads all of it, the first time. False: `progress`, which may be empty and is given bits,
  // stopped it. kNotFound: the file has not all of it.
  [[nodiscard]] Result<bool> Count(const Progress& progress);
  // What follows is for after Count() has come to its end.
  [[nodiscard]] std::uint64_t total() const { return ranks_.back(); }
  // How many are set before `pfn`, which is at most the number of bits.
  [[nodiscard]] Result<std::uint64_t> Rank(std::uint64_t pfn);
  // The same when `pfn` itself is set; else nothing.
  [[nodiscard]] Result<std::optional<std::uint64_t>> RankIfSet(std::uint64_t pfn);

 private:
  static constexpr std::uint64_t kRankBytes = 4 << 10;
  static constexpr std::uint64_t kRankBits = kRankBytes * 8;

  const ByteSource* source_;
  std::uint64_t offset_;
  std::uint64_t bits_;
  std::vector<std::uint64_t> ranks_;  // of each block, and of the end
  BlockCache blocks_;
};

}  // namespace kdumpd
