// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/memory.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace kdumpd {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

// A virtual machine with 512 MiB, Debian 12, crashkernel=384M-:128M.
constexpr std::string_view kSmall = R"(00000000-00000fff : Reserved
00001000-0009fbff : System RAM
0009fc00-0009ffff : Reserved
000a0000-000bffff : PCI Bus 0000:00
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-1ffdcfff : System RAM
  14400000-15201ef1 : Kernel code
  17000000-1effffff : Crash kernel
1ffdd000-1fffffff : Reserved
20000000-febfffff : PCI Bus 0000:00
  febf0000-febf3fff : 0000:00:02.0
    febf0000-febf3fff : virtio-pci-modern
fffc0000-ffffffff : Reserved
)";

// crashkernel=1G,high on a machine with 512 GiB: one region below 4 GiB, one near the end.
constexpr std::string_view kHigh = R"(00001000-0009ffff : System RAM
00100000-6fffffff : System RAM
  51000000-60ffffff : Crash kernel
100000000-803fffffff : System RAM
  29bc400000-29bd400000 : Kernel code
  7fff000000-803effffff : Crash kernel
8040000000-83ffffffff : Persistent Memory
  8048000000-83ffffffff : dax0.0
    8048000000-83ffffffff : System RAM (kmem)
38000000000-3ffffffffff : PCI Bus 0000:00
)";

TEST(IomemTest, AddsUpTopLevelSystemRam) {
  const auto map = ParseIomem(kSmall);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->system_ram_bytes, (0x9fc00U - 0x1000U) + (0x1ffdd000U - 0x100000U));
  EXPECT_EQ(map->ram_begins, 0x1000U);
  ASSERT_EQ(map->crash_regions.size(), 1U);
  EXPECT_EQ(map->crash_regions[0].first, 0x17000000U);
  EXPECT_EQ(map->crash_regions[0].last, 0x1effffffU);
  EXPECT_EQ(map->CrashBytes(), 128U << 20U);
  EXPECT_EQ(map->kernel_bytes, 0xe01ef2U);
}

TEST(IomemTest, TheKernelIsAllItsParts) {
  const auto map = ParseIomem(
      "00100000-bfffffff : System RAM\n  01000000-010fffff : Kernel code\n"
      "  01200000-0127ffff : Kernel rodata\n  01300000-0133ffff : Kernel data\n"
      "  01400000-0141ffff : Kernel bss\n  01500000-0150ffff : Kernel codes\n"
      "  01600000-0160ffff : kernel bss\n");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->kernel_bytes, 0x100000U + 0x80000U + 0x40000U + 0x20000U);
  EXPECT_EQ(ParseIomem("00100000-bfffffff : System RAM\n")->kernel_bytes, 0U) << "ppc64le";
}

TEST(IomemTest, FindsBothCrashRegions) {
  const auto map = ParseIomem(kHigh);
  ASSERT_TRUE(map);
  ASSERT_EQ(map->crash_regions.size(), 2U);
  EXPECT_EQ(map->CrashBytes(), (256ULL << 20U) + (1ULL << 30U));
  // Memory that was hot-added from elsewhere is nested and does not count.
  EXPECT_EQ(map->system_ram_bytes, 0x9f000ULL + 0x6ff00000ULL + (0x8040000000ULL - 0x100000000ULL));
}

TEST(IomemTest, NoReservationIsAnAnswer) {
  const auto map = ParseIomem("00100000-bfffffff : System RAM\n");
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->crash_regions.empty());
  EXPECT_EQ(map->CrashBytes(), 0U);
}

TEST(IomemTest, MaskedAddressesAreNotReadable) {
  const auto map = ParseIomem(
      "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n"
      "  00000000-00000000 : Crash kernel\n");
  ASSERT_FALSE(map);
  EXPECT_EQ(map.error().code, ErrorCode::kPermission);
  EXPECT_NE(map.error().message.find("CAP_SYS_ADMIN"), std::string::npos);
  // One real address is enough.
  EXPECT_TRUE(ParseIomem("00000000-00000000 : Reserved\n00000000-00000fff : System RAM\n"));
}

TEST(IomemTest, WhatIsNotIomemIsInvalid) {
  for (const std::string_view text :
       {"", "\n", "MemTotal: 5 kB\n", "00100000-bfffffff: System RAM",
        "00100000 bfffffff : System RAM", "0010000g-bfffffff : System RAM",
        "bfffffff-00100000 : System RAM", "-bfffffff : System RAM",
        "100000-10000000000000000 : System RAM"}) {
    const auto map = ParseIomem(text);
    ASSERT_FALSE(map) << text;
    EXPECT_EQ(map.error().code, ErrorCode::kInvalid) << text;
  }
}

TEST(IomemTest, NamesMustBeExact) {
  const auto map = ParseIomem(
      "00100000-001fffff : System RAM (kmem)\n00200000-002fffff : System RA\n"
      "00300000-003fffff : Crash kernel low\n00400000-004fffff : System RAM\n");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->system_ram_bytes, 1U << 20U);
  EXPECT_TRUE(map->crash_regions.empty());
}

TEST(IomemTest, SumsStopAtTheLargestNumber) {
  const auto map = ParseIomem(
      "0-fffffffffffffffe : System RAM\n0-fffffffffffffffe : System RAM\n"
      "  1-ffffffffffffffff : Crash kernel\n  1-ffffffffffffffff : Crash kernel\n");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->system_ram_bytes, kMax);
  EXPECT_EQ(map->CrashBytes(), kMax);
}

// Every line a different number, with the neighbours whose names are nearly the same.
constexpr std::string_view kMeminfo = R"(MemTotal:       24684096 kB
MemFree:        23163464 kB
MemAvailable:   24144884 kB
Buffers:            9656 kB
Cached:          1106996 kB
SwapCached:            1 kB
Active:           577476 kB
Active(anon):       1652 kB
Inactive(anon):    13172 kB
Active(file):     575824 kB
Inactive(file):   531856 kB
AnonPages:         27288 kB
Shmem:              8872 kB
Slab:             196232 kB
SReclaimable:     168008 kB
KernelStack:        1524 kB
PageTables:         2536 kB
SecPageTables:        12 kB
VmallocTotal:   34359738367 kB
VmallocUsed:       14332 kB
Percpu:              664 kB
AnonHugePages:      2048 kB
ShmemHugePages:     4096 kB
HugePages_Total:       5
)";

struct MeminfoCase {
  std::uint64_t Meminfo::* field;
  std::uint64_t kilobytes;
};

TEST(MeminfoTest, ReadsEveryLineItKnows) {
  const auto meminfo = ParseMeminfo(kMeminfo);
  ASSERT_TRUE(meminfo);
  const std::vector<MeminfoCase> cases{
      {&Meminfo::total, 24684096},     {&Meminfo::free, 23163464},
      {&Meminfo::buffers, 9656},       {&Meminfo::cached, 1106996},
      {&Meminfo::active_file, 575824}, {&Meminfo::inactive_file, 531856},
      {&Meminfo::anon_pages, 27288},   {&Meminfo::slab, 196232},
      {&Meminfo::kernel_stack, 1524},  {&Meminfo::page_tables, 2536},
      {&Meminfo::percpu, 664},         {&Meminfo::vmalloc_used, 14332},
      {&Meminfo::sec_page_tables, 12}, {&Meminfo::shmem, 8872},
  };
  for (const auto& test : cases) EXPECT_EQ((*meminfo).*(test.field), test.kilobytes * 1024);
}

TEST(MeminfoTest, AMissingLineIsZero) {
  const auto meminfo = ParseMeminfo("MemTotal: 8 kB\nMemFree: x kB\nSlab: 7\nPercpu: 3 MB\n");
  ASSERT_TRUE(meminfo);
  EXPECT_EQ(meminfo->total, 8192U);
  EXPECT_EQ(meminfo->free, 0U);
  EXPECT_EQ(meminfo->slab, 0U);
  EXPECT_EQ(meminfo->percpu, 0U);
}

TEST(MeminfoTest, HugePages) {
  struct Row {
    std::string_view lines;
    std::uint64_t kilobytes;
  };
  const std::vector<Row> rows{
      {"Hugetlb: 3145728 kB\n", 3145728},
      {"HugePages_Total:     512\nHugepagesize:       2048 kB\n", 1048576},
      {"HugePages_Total: 512\nHugepagesize: 2048 kB\nHugetlb: 3145728 kB\n", 3145728},
      {"HugePages_Total: 512 kB\nHugepagesize: 2048 kB\n", 0},
      {"HugePages_Free: 512\nHugepagesize: 2048 kB\n", 0},
      {"HugePages_Total: 512\n", 0},
      {"HugePages_Total: 18446744073709551615\nHugepagesize: 2048 kB\n", 0},
  };
  for (const Row& row : rows) {
    const auto meminfo = ParseMeminfo(std::string("MemTotal: 8 kB\n").append(row.lines));
    ASSERT_TRUE(meminfo);
    EXPECT_EQ(meminfo->hugetlb, row.kilobytes * 1024) << row.lines;
  }
}

TEST(MeminfoTest, WithoutMemTotalItIsInvalid) {
  for (const std::string_view text :
       {"", "MemFree: 5 kB\n", "MemTotal 5 kB\n", "MemTotal: kB\n", "MemTotal: -5 kB\n",
        "MemTotal: 5\n", "memtotal: 5 kB\n", "MemTotal: 18014398509481984 kB\n"}) {
    const auto meminfo = ParseMeminfo(text);
    ASSERT_FALSE(meminfo) << text;
    EXPECT_EQ(meminfo.error().code, ErrorCode::kInvalid) << text;
  }
  EXPECT_TRUE(ParseMeminfo("MemTotal: 18014398509481983 kB"));
}

}  // namespace
}  // namespace kdumpd
