// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_bitmap.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>

#include "tests/core/dump_bytes.h"
#include "tests/support/memory_bytes.h"
#include "tests/support/peak_memory.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kOffset = 8192;
constexpr std::uint64_t kBlockBits = 4096 * 8;

// A file with that bitmap at kOffset; everything around it is ones.
MemoryBytes File(const std::string& bitmap, std::size_t after = 64) {
  return MemoryBytes(std::string(kOffset, '\xff') + bitmap + std::string(after, '\xff'));
}

bool IsSet(const std::string& bitmap, std::uint64_t pfn) {
  return (static_cast<unsigned char>(bitmap[pfn / 8]) >> (pfn % 8) & 1) != 0;
}

// Long runs and noise, as they come.
std::string Noise(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::string bitmap(bytes, '\0');
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t run = std::min<std::size_t>(1 + random() % 300, bytes - at);
    const auto kind = random() % 3;
    for (std::size_t i = 0; i < run; ++i, ++at) {
      bitmap[at] = static_cast<char>(kind == 0 ? 0 : kind == 1 ? 0xff : random() % 256);
    }
  }
  return bitmap;
}

TEST(KdumpBitmapTest, RanksAreWhatCountingOneByOneGives) {
  for (const std::uint64_t bits :
       {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{8}, std::uint64_t{511},
        std::uint64_t{512}, std::uint64_t{513}, kBlockBits - 1, kBlockBits, kBlockBits + 1,
        kBlockBits * 3 + 77}) {
    const std::string bitmap = Noise(bits / 8 + 1, static_cast<unsigned>(bits));
    const MemoryBytes file = File(bitmap);
    KdumpBitmap tested(file, kOffset, bits);
    ASSERT_TRUE(tested.Count({}).value_or(false));
    std::uint64_t rank = 0;
    for (std::uint64_t pfn = 0; pfn < bits; ++pfn) {
      const bool set = IsSet(bitmap, pfn);
      const bool look = bits < 1000 || pfn % 61 == 0 || pfn + 70 > bits || pfn % kBlockBits < 2;
      if (look) {
        ASSERT_EQ(tested.Rank(pfn).value(), rank) << pfn << " of " << bits;
        const auto expected = set ? std::optional(rank) : std::nullopt;
        ASSERT_EQ(tested.RankIfSet(pfn).value(), expected) << pfn << " of " << bits;
      }
      rank += set ? 1 : 0;
    }
    EXPECT_EQ(tested.total(), rank) << bits;
    EXPECT_EQ(tested.Rank(bits).value(), rank);
    EXPECT_EQ(tested.RankIfSet(bits).value(), std::nullopt);
    EXPECT_EQ(tested.RankIfSet(~0ULL).value(), std::nullopt);
  }
}

TEST(KdumpBitmapTest, AllAndNone) {
  const MemoryBytes ones = File(std::string(600'000, '\xff'));
  KdumpBitmap all(ones, kOffset, 600'000 * 8 - 3);
  ASSERT_TRUE(all.Count({}).value_or(false));
  EXPECT_EQ(all.total(), 600'000U * 8 - 3);
  const MemoryBytes zeros = File(std::string(600'000, '\0'));
  KdumpBitmap none(zeros, kOffset, 600'000 * 8);
  ASSERT_TRUE(none.Count({}).value_or(false));
  EXPECT_EQ(none.total(), 0U);
  KdumpBitmap empty(zeros, kOffset, 0);
  ASSERT_TRUE(empty.Count({}).value_or(false));
  EXPECT_EQ(empty.total(), 0U);
  EXPECT_EQ(empty.RankIfSet(0).value(), std::nullopt);
}

TEST(KdumpBitmapTest, AFileThatEndsInIt) {
  const std::string bitmap(5000, '\x01');
  const MemoryBytes whole = File(bitmap, 0);
  EXPECT_TRUE(KdumpBitmap(whole, kOffset, 5000 * 8).Count({}).has_value());
  const auto cut = KdumpBitmap(whole, kOffset, 5000 * 8 + 1).Count({});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kNotFound);
}

TEST(KdumpBitmapTest, StopsWhenToldAndBeginsAgain) {
  const MemoryBytes file = File(std::string(5 << 20, '\x03'));
  KdumpBitmap bitmap(file, kOffset, (5U << 20) * 8);
  int calls = 0;
  EXPECT_FALSE(bitmap.Count([&](auto, auto) { return ++calls < 2; }).value());
  EXPECT_EQ(calls, 2);  // 4 MiB are one call
  EXPECT_TRUE(bitmap.Count([](auto done, auto total) { return done <= total; }).value());
  EXPECT_EQ(bitmap.total(), 2U * (5 << 20));
  EXPECT_TRUE(bitmap.Count([](auto, auto) { return false; }).value());  // done already
}

void Write(std::FILE* file, std::uint64_t offset, std::string_view bytes) {
  ASSERT_EQ(::pwrite(fileno(file), bytes.data(), bytes.size(), static_cast<off_t>(offset)),
            static_cast<ssize_t>(bytes.size()));
}

// 6 TiB of memory: 192 MiB a bitmap, which on disk is all but holes. One page is in the dump.
TEST(KdumpBitmapTest, MemoryDoesNotGrowWithTheMachine) {
  constexpr std::uint64_t kPfns = 6ULL << 28, kBitmap = kPfns / 8, kPfn = kPfns - 1;
  constexpr std::uint64_t kDescriptors = 8192 + 2 * kBitmap, kData = kDescriptors + 24;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  ASSERT_NE(file, nullptr);
  std::string sub;
  Put(sub, 8, 31, 4);
  Put(sub, 96, kPfns, 8);
  std::string descriptor;
  Put(descriptor, 0, kData, 8);
  Put(descriptor, 8, 4096, 4);
  Put(descriptor, 16, 0, 8);
  Write(file.get(), 0, KdumpHeaderBytes({.status = 0, .bitmaps = 2 * kBitmap / 4096}));
  Write(file.get(), 4096, sub);
  Write(file.get(), kDescriptors - 1, "\x80");
  Write(file.get(), kDescriptors, descriptor);
  Write(file.get(), kData, std::string(4096, '\0'));

  const std::uint64_t before = ForgetPeak();
  ASSERT_GT(before, 0U);
  const auto bytes = FileBytes::Open(fileno(file.get()));
  ASSERT_TRUE(bytes);
  const auto opened = OpenKdump(*bytes);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->Check(CheckLevel::kPages, {}).reason, "pages_checked");
  std::byte byte{};
  EXPECT_TRUE((*opened)->ReadPhysical(kPfn * 4096, std::span(&byte, 1)));
  if (kMemoryIsOurs) {
    EXPECT_LT(PeakKib() - before, 3U << 10);
  }
}

}  // namespace
}  // namespace kdumpd
