// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/vmcore/byte_source.h"

namespace kdumpd {

// The blocks of a file that were read last: what is small and asked for in no order, but often near
// what was asked for before. Keeps a reference to the source.
class BlockCache {
 public:
  static constexpr std::size_t kBlockBytes = 4 << 10;

  BlockCache(const ByteSource& bytes, std::size_t blocks);
  // All of out; errors as of ByteSource::Read.
  [[nodiscard]] Result<void> Read(std::uint64_t offset, std::span<std::byte> out);

 private:
  struct Block {
    std::uint64_t number = 0;
    std::uint64_t used = 0;  // when; 0: holds nothing
    std::size_t held = 0;    // bytes from its start that are there
    std::unique_ptr<std::byte[]> bytes;
  };
  [[nodiscard]] Result<const Block*> Load(std::uint64_t number);

  const ByteSource* source_;
  std::vector<Block> blocks_;
  std::uint64_t now_ = 0;
};

}  // namespace kdumpd
