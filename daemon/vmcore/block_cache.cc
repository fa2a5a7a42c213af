// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/block_cache.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {

BlockCache::BlockCache(const ByteSource& bytes, std::size_t blocks)
    : source_(&bytes), blocks_(blocks) {}

Result<const BlockCache::Block*> BlockCache::Load(std::uint64_t number) {
  ++now_;
  for (Block& block : blocks_) {
    if (block.used == 0 || block.number != number) continue;
    block.used = now_;
    return &block;
  }
  Block& oldest = *std::ranges::min_element(blocks_, {}, &Block::used);
  if (!oldest.bytes) oldest.bytes = std::make_unique_for_overwrite<std::byte[]>(kBlockBytes);
  oldest.used = 0;
  const auto got =
      source_->ReadSome(number * kBlockBytes, std::span(oldest.bytes.get(), kBlockBytes));
  if (!got) return std::unexpected(got.error());
  oldest.number = number;
  oldest.held = *got;
  oldest.used = now_;
  return &oldest;
}

Result<void> BlockCache::Read(std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const auto block = Load(offset / kBlockBytes);
    if (!block) return std::unexpected(block.error());
    const std::size_t at = offset % kBlockBytes;
    const std::size_t size = std::min(out.size(), kBlockBytes - at);
    if ((*block)->held < at + size) {
      return Fail(ErrorCode::kNotFound,
                  Cat("bytes ", offset, " to ", offset + size, " of ", source_->Size()));
    }
    std::copy_n((*block)->bytes.get() + at, size, out.begin());
    offset += size;
    out = out.subspan(size);
  }
  return {};
}

}  // namespace kdumpd
