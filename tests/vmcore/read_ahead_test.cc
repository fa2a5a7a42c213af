// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/read_ahead.h"

#include <gtest/gtest.h>

namespace kdumpd {
namespace {

// Byte i is i modulo 251; counts what is read.
class CountingBytes final : public ByteSource {
 public:
  explicit CountingBytes(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t Size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset,
                                             std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    const std::size_t size = std::min<std::uint64_t>(out.size(), size_ - offset);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>((offset + i) % 251);
    ++reads;
    bytes += size;
    return size;
  }
  mutable std::uint64_t reads = 0, bytes = 0;

 private:
  std::uint64_t size_;
};

bool Right(Bytes bytes, std::uint64_t offset) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>((offset + i) % 251)) return false;
  }
  return true;
}

TEST(ReadAheadTest, NearThingsShareARead) {
  const CountingBytes source(4 << 20);
  ReadAhead ahead(source);
  for (std::uint64_t at = 0; at + 16 < source.Size(); at += 40) {
    const auto bytes = ahead.At(at, 16);
    ASSERT_TRUE(bytes);
    ASSERT_EQ(bytes->size(), 16U);
    ASSERT_TRUE(Right(*bytes, at)) << at;
  }
  EXPECT_LT(source.reads, 80U);  // of 64 KiB, once it knows that they are near
}

TEST(ReadAheadTest, BetweenFarThingsNothingIsRead) {
  const CountingBytes source(64 << 20);
  ReadAhead ahead(source);
  std::uint64_t pieces = 0;
  for (std::uint64_t at = 4096; at + 16 < source.Size(); at += 65'555, ++pieces) {
    const auto bytes = ahead.At(at, 16);
    ASSERT_TRUE(bytes);
    ASSERT_TRUE(Right(*bytes, at)) << at;
  }
  EXPECT_LE(source.reads, pieces);
  EXPECT_LE(source.bytes, pieces * 5120);
}

TEST(ReadAheadTest, TheEnd) {
  const CountingBytes source(10'000);
  ReadAhead ahead(source);
  for (const std::size_t size : {1UL, 16UL, ReadAhead::kMaxPiece}) {
    for (std::uint64_t at = 8'900; at < 10'100; ++at) {
      const auto bytes = ahead.At(at, size);
      ASSERT_TRUE(bytes);
      const std::size_t there = at < 10'000 ? std::min<std::size_t>(size, 10'000 - at) : 0;
      ASSERT_EQ(bytes->size(), there) << at;
      ASSERT_TRUE(Right(*bytes, at)) << at;
    }
  }
  EXPECT_EQ(ahead.At(~0ULL, 16)->size(), 0U);
  EXPECT_EQ(ahead.At(0, 16)->size(), 16U);  // backwards too
}

}  // namespace
}  // namespace kdumpd
