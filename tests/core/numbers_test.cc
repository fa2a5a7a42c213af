// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/core/readiness.h"
#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMiB = 1ULL << 20;

void Collect(Facts& facts, const std::string& collector) {
  facts.config = Fact<KdumpConfig>::Known(
      ParseKdumpConfig(ConfigDialect::kKdumpConf, "core_collector " + collector + "\n"),
      "/etc/kdump.conf");
}

TEST(Numbers, AReadyHost) {
  const Numbers numbers = NumbersOf(ReadyHost());
  EXPECT_EQ(numbers.ram_bytes, std::optional(32 * kGiB));
  EXPECT_TRUE(numbers.ram_exact);
  EXPECT_EQ(numbers.reserved_bytes, std::optional(256 * kMiB));
  EXPECT_EQ(numbers.requested_bytes, std::optional(256 * kMiB));
  EXPECT_EQ(numbers.recommended_bytes, std::optional(256 * kMiB));
  // Slab 1 GiB, page tables 64 MiB, 1 GiB that MemTotal leaves out less the reservation: 35 % of
  // that.
  const std::uint64_t kept = (1024 + 64 + 1024 - 256) * kMiB;
  EXPECT_EQ(numbers.dump_p50_bytes, std::optional(kept / 100 * 35));
  EXPECT_EQ(numbers.dump_p95_bytes, std::optional(32 * kGiB / 10));
  EXPECT_EQ(numbers.dump_method, "/proc/meminfo at dump level 31, lzo");
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

TEST(Numbers, TheDumpLevelDecidesWhatIsKept) {
  std::uint64_t before = 0;
  for (const char* level : {"31", "23", "17", "1", "0"}) {  // fewer and fewer pages are left out
    Facts facts = ReadyHost();
    Collect(facts, std::string("makedumpfile -l -d ") + level);
    const auto p50 = NumbersOf(facts).dump_p50_bytes;
    ASSERT_TRUE(p50);
    EXPECT_GE(*p50, before) << "level " << level;
    before = *p50;
  }
  Facts facts = ReadyHost();
  Collect(facts, "makedumpfile -d 31");
  EXPECT_GT(*NumbersOf(facts).dump_p50_bytes, *NumbersOf(ReadyHost()).dump_p50_bytes)
      << "not compressed";
  EXPECT_EQ(NumbersOf(facts).dump_method, "/proc/meminfo at dump level 31, not compressed");
}

TEST(Numbers, AnotherProgramDumpsEverything) {
  Facts facts = ReadyHost();
  Collect(facts, "cp");
  EXPECT_EQ(NumbersOf(facts).dump_p50_bytes, std::optional(32 * kGiB));
  Collect(facts, "/usr/sbin/makedumpfile -l -d 31");
  EXPECT_LT(*NumbersOf(facts).dump_p50_bytes, 2 * kGiB);
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
               none.recommended_bytes || none.dump_p50_bytes || none.dump_p95_bytes);
}

}  // namespace
}  // namespace kdumpd
