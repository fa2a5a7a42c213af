// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_bitmap.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;
// How many buffers between two calls of Progress: 4 MiB, about a millisecond.
constexpr std::uint64_t kBuffersPerCall = 16;

constexpr std::uint64_t BytesOf(std::uint64_t bits) { return bits / 8 + (bits % 8 != 0 ? 1 : 0); }

using Group = std::array<std::uint64_t, 8>;

// Sums of 2, 4 and 8 bits side by side, for all words together: plain x86-64 has no instruction for
// it, so that std::popcount is a lookup of each byte there.
std::uint64_t CountGroup(const Group& words) {
  std::uint64_t sums = 0;  // of 8 bits in 8 words: at most 64
  for (std::uint64_t word : words) {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    sums += (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  }
  constexpr std::uint64_t kEven = 0x00ff00ff00ff00ff;
  return ((sums & kEven) + (sums >> 8 & kEven)) * 0x0001000100010001 >> 48;
}

// Most of a bitmap is long runs of nothing.
std::uint64_t CountBits(Bytes bytes) {
  constexpr std::size_t kGroup = sizeof(Group);
  Group words{};
  std::uint64_t count = 0;
  for (; bytes.size() >= kGroup; bytes = bytes.subspan(kGroup)) {
    std::memcpy(words.data(), bytes.data(), kGroup);
    std::uint64_t any = 0;
    for (const std::uint64_t word : words) any |= word;
    if (any != 0) count += CountGroup(words);
  }
  for (const std::byte b : bytes) {
    count += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(b)));
  }
  return count;
}

// Clears the bits of the last byte that are beyond `bits`.
void ClearRest(std::span<std::byte> bytes, std::uint64_t bits) {
  if (bits % 8 != 0) bytes.back() &= static_cast<std::byte>((1U << (bits % 8)) - 1);
}

}  // namespace

KdumpBitmap::KdumpBitmap(const ByteSource& bytes, std::uint64_t offset, std::uint64_t bits)
    : source_(&bytes), offset_(offset), bits_(bits), blocks_(bytes, 4) {}

Result<bool> KdumpBitmap::Count(const Progress& progress) {
  if (!ranks_.empty()) return true;
  const std::uint64_t size = BytesOf(bits_);
  std::vector<std::uint64_t> ranks;
  ranks.reserve(size / kRankBytes + 2);
  ranks.push_back(0);
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kBufferBytes);
  for (std::uint64_t at = 0; at < size; at += kBufferBytes) {
    if (progress && at / kBufferBytes % kBuffersPerCall == 0 && !progress(0, bits_)) return false;
    const std::span piece(buffer.get(), std::min<std::uint64_t>(kBufferBytes, size - at));
    const auto read = source_->Read(offset_ + at, piece);
    if (!read) return std::unexpected(read.error());
    if (at + piece.size() == size) ClearRest(piece, bits_);
    for (std::size_t i = 0; i < piece.size(); i += kRankBytes) {
      const Bytes block = piece.subspan(i, std::min(kRankBytes, piece.size() - i));
      ranks.push_back(ranks.back() + CountBits(block));
    }
  }
  ranks_ = std::move(ranks);
  return true;
}

Result<std::uint64_t> KdumpBitmap::Rank(std::uint64_t pfn) {
  if (pfn >= bits_) return total();
  std::array<std::byte, kRankBytes> block;
  const std::uint64_t number = pfn / kRankBits, bit = pfn % kRankBits;
  const std::span before(block.data(), BytesOf(bit));
  const auto read = blocks_.Read(offset_ + number * kRankBytes, before);
  if (!read) return std::unexpected(read.error());
  if (!before.empty()) ClearRest(before, bit);
  return ranks_[number] + CountBits(before);
}

Result<std::optional<std::uint64_t>> KdumpBitmap::RankIfSet(std::uint64_t pfn) {
  if (pfn >= bits_) return std::nullopt;
  std::byte byte{};
  const auto read = blocks_.Read(offset_ + pfn / 8, std::span(&byte, 1));
  if (!read) return std::unexpected(read.error());
  if ((std::to_integer<unsigned>(byte) >> (pfn % 8) & 1) == 0) return std::nullopt;
  const auto rank = Rank(pfn);
  if (!rank) return std::unexpected(rank.error());
  return *rank;
}

}  // namespace kdumpd
