// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/readiness.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMiB = 1ULL << 20;

TEST(Numbers, AReadyHost) {
  const Numbers numbers = NumbersOf(ReadyHost());
  EXPECT_EQ(numbers.ram_bytes, std::optional(32 * kGiB));
  EXPECT_TRUE(numbers.ram_exact);
  EXPECT_EQ(numbers.reserved_bytes, std::optional(256 * kMiB));
  EXPECT_EQ(numbers.requested_bytes, std::optional(256 * kMiB));
  EXPECT_EQ(numbers.recommended_bytes, std::optional(256 * kMiB));
  EXPECT_GT(numbers.dump_p50_bytes, std::optional(kGiB));
  EXPECT_EQ(numbers.dump_p95_bytes, std::optional(32 * kGiB / 10));
  EXPECT_EQ(numbers.dump_method, "/proc/meminfo at dump level 31, lzo");
  // 1.4 GB are 4 GB before lzo, at 300 MB/s; 3.4 GB are 9.8 GB, at 200 MB/s.
  EXPECT_EQ(numbers.dump_p50_seconds, std::optional<std::uint64_t>(35 + 13));
  EXPECT_EQ(numbers.dump_p95_seconds, std::optional<std::uint64_t>(120 + 3 + 49));
  EXPECT_EQ(numbers.duration_method, "boot and waits 35 to 120 s, then lzo to a disk");
  EXPECT_EQ(numbers.estimated_bytes, std::optional((45 + 3 * 33 + 16) * kMiB));
  EXPECT_TRUE(numbers.estimated_from.starts_with("kernel 45 MiB + 3 x initramfs 33 MiB"));
}

TEST(Numbers, HighAndLowAreBothAsked) {
  Facts facts = ReadyHost();
  facts.cmdline =
      Fact<std::string>::Known("crashkernel=1G,high crashkernel=256M,low", "/proc/cmdline");
  EXPECT_EQ(NumbersOf(facts).requested_bytes, std::optional(1280 * kMiB));
}

TEST(Numbers, TheLowRegionIsReservedToo) {
  Facts facts = ReadyHost();
  facts.crash_size = Fact<std::uint64_t>::Known(kGiB, "/sys/kernel/kexec_crash_size");
  facts.iomem.value().crash_regions = {{0x60000000, 0x6fffffff}, {0x840000000, 0x87fffffff}};
  EXPECT_EQ(NumbersOf(facts).reserved_bytes, std::optional(1280 * kMiB)) << "only the main one";
  facts.crash_size = Fact<std::uint64_t>::Known(1280 * kMiB, "/sys/kernel/kexec_crash_size");
  EXPECT_EQ(NumbersOf(facts).reserved_bytes, std::optional(1280 * kMiB)) << "both";
  facts.iomem.value().crash_regions.pop_back();
  EXPECT_EQ(NumbersOf(facts).reserved_bytes, std::optional(1280 * kMiB)) << "one is no sum";
}

TEST(Numbers, WhatIsNotKnownIsNoNumber) {
  Facts facts = ReadyHost();
  facts.iomem = Locked<MemoryMap>("/proc/iomem");
  EXPECT_FALSE(NumbersOf(facts).ram_exact);
  EXPECT_EQ(NumbersOf(facts).ram_bytes, std::optional(31 * kGiB + 256 * kMiB));
  EXPECT_GT(NumbersOf(facts).ram_at_most, 32 * kGiB);
  facts.memory_blocks_bytes = Fact<std::uint64_t>::Known(34 * kGiB, "/sys/devices/system/memory");
  EXPECT_EQ(NumbersOf(facts).ram_bytes, std::optional(31 * kGiB + 256 * kMiB))
      << "memory blocks count holes too";
  EXPECT_EQ(NumbersOf(facts).ram_at_most, 34 * kGiB);
  const Numbers none = NumbersOf(Facts{});
  EXPECT_FALSE(none.ram_bytes || none.reserved_bytes || none.requested_bytes ||
               none.recommended_bytes || none.dump_p50_bytes || none.dump_p95_bytes ||
               none.dump_p50_seconds || none.dump_p95_seconds || none.estimated_bytes);
  EXPECT_EQ(none.dump_method + none.duration_method + none.estimated_from, "");
}

}  // namespace
}  // namespace kdumpd
