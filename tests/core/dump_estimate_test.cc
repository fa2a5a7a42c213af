// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_estimate.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/check_table.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kRam = 32 * kGiB;
constexpr std::uint64_t kReserved = 256 * kMiB;
// Of the ready host: 31 GiB less free, cache and programs; 1 GiB outside MemTotal, less what is
// reserved.
constexpr std::uint64_t kKept = 3 * kGiB + kGiB - kReserved;

void Collect(Facts& facts, const std::string& collector) {
  facts.config = Fact<KdumpConfig>::Known(
      ParseKdumpConfig(ConfigDialect::kKdumpConf, "core_collector " + collector + "\n"),
      "/etc/kdump.conf");
}

void AddDump(Facts& facts, std::uint64_t bytes, std::int64_t crash_time = kTestNow - 86400) {
  Dump dump;
  dump.state = DumpState::kComplete;
  dump.format = DumpFormat::kKdump;
  dump.bytes = bytes;
  dump.crash_time = crash_time;
  facts.dumps.value().push_back(dump);
}

DumpSize SizeOf(const Facts& facts) {
  return EstimateDumpSize(facts, kRam, kReserved).value_or(DumpSize{});
}

TEST(DumpEstimate, FromMeminfo) {
  const DumpSize size = SizeOf(ReadyHost());
  EXPECT_EQ(size.p50_bytes, kKept / 100 * 35);
  EXPECT_EQ(size.p95_bytes, kRam / 10);
  EXPECT_EQ(size.method, "/proc/meminfo at dump level 31, lzo");
}

// What each bit of the level leaves out of a dump that is not compressed.
TEST(DumpEstimate, TheDumpLevelDecidesWhatIsKept) {
  struct Row {
    int level;
    std::uint64_t kept;
  };
  const std::uint64_t all = kRam - kReserved;
  const std::vector<Row> rows{
      {0, all},
      {1, all},
      {2, all - 4 * kGiB},             // cache, but not buffers
      {4, all - 6 * kGiB},             // and buffers
      {6, all - 6 * kGiB},             //
      {8, all - 4 * kGiB - 2 * kGiB},  // programs and huge pages
      {16, all - 14 * kGiB},           // free pages
      {31, all - 26 * kGiB},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    facts.meminfo.value().buffers = 2 * kGiB;
    facts.meminfo.value().hugetlb = 2 * kGiB;
    facts.meminfo.value().free = 14 * kGiB;
    Collect(facts, "makedumpfile -d " + std::to_string(row.level));
    EXPECT_EQ(SizeOf(facts).p50_bytes, row.kept) << "level " << row.level;
    EXPECT_GE(SizeOf(facts).p95_bytes, row.kept) << "level " << row.level;
    EXPECT_LE(SizeOf(facts).p95_bytes, kRam) << "level " << row.level;
  }
}

TEST(DumpEstimate, HowMuchMoreItMayBecome) {
  Facts facts = ReadyHost();
  facts.meminfo.value().free = 8 * kGiB;  // 12 GiB more that nothing accounts for
  const std::uint64_t kept = kKept + 12 * kGiB;
  EXPECT_EQ(SizeOf(facts).p95_bytes, (kept + kept / 4) / 100 * 50) << "more than a tenth of memory";
  Collect(facts, "makedumpfile -d 31");
  EXPECT_EQ(SizeOf(facts).p95_bytes, kept + kept / 4) << "not compressed";
  EXPECT_EQ(SizeOf(facts).method, "/proc/meminfo at dump level 31, not compressed");
  facts.meminfo.value().free = 20 * kGiB;
  Collect(facts, "makedumpfile -c -d 23");
  const std::uint64_t with_programs = kKept + 4 * kGiB;
  EXPECT_EQ(SizeOf(facts).p95_bytes, with_programs + with_programs / 4)
      << "the memory of programs may not compress at all";
}

TEST(DumpEstimate, AProgramThatDoesNotFilterCopiesAllOfMemory) {
  Facts facts = ReadyHost();
  AddDump(facts, 2 * kGiB);
  Collect(facts, "cp");
  EXPECT_EQ(SizeOf(facts).p50_bytes, kRam);
  EXPECT_EQ(SizeOf(facts).p95_bytes, kRam);
  EXPECT_EQ(SizeOf(facts).method, "all of memory: cp does not filter");
  Collect(facts, "/usr/sbin/makedumpfile -l -d 31");
  EXPECT_LT(SizeOf(facts).p50_bytes, 3 * kGiB);
}

TEST(DumpEstimate, TheDefaultCollectorWhereTheConfigurationIsNotKnown) {
  Facts facts = ReadyHost();
  facts.config = Locked<KdumpConfig>("/etc/kdump.conf");
  EXPECT_EQ(SizeOf(facts).method, "/proc/meminfo at dump level 31, lzo (the default collector)");
}

TEST(DumpEstimate, ATenthOfMemoryWithoutMeminfo) {
  Facts facts = ReadyHost();
  facts.meminfo = Locked<Meminfo>("/proc/meminfo");
  EXPECT_EQ(SizeOf(facts).p50_bytes, kRam / 20);
  EXPECT_EQ(SizeOf(facts).p95_bytes, kRam / 10);
  EXPECT_EQ(SizeOf(facts).method, "a tenth of memory at dump level 31, lzo");
  for (const char* other : {"makedumpfile -l -d 23", "makedumpfile -d 31"}) {
    Collect(facts, other);
    EXPECT_FALSE(EstimateDumpSize(facts, kRam, kReserved)) << other;
  }
}

// lxcfs shows a container's memory: what is missing is not the kernel's.
TEST(DumpEstimate, AFakeMeminfoIsNotBelieved) {
  Facts facts = ReadyHost();
  Meminfo& memory = facts.meminfo.value();
  memory.total = 24 * kGiB - kReserved;
  EXPECT_TRUE(SizeOf(facts).method.starts_with("/proc/meminfo"));
  memory.total -= 1;
  EXPECT_TRUE(SizeOf(facts).method.starts_with("a tenth of memory"));
}

TEST(DumpEstimate, NonsenseInMeminfoStaysBelowMemory) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  Facts facts = ReadyHost();
  Meminfo& memory = facts.meminfo.value();
  memory.cached = memory.anon_pages = memory.free = kMax;
  EXPECT_EQ(SizeOf(facts).p50_bytes, (kGiB + 64 * kMiB + 768 * kMiB) / 100 * 35)
      << "what the kernel says of itself";
  memory.total = memory.slab = memory.page_tables = kMax;
  EXPECT_EQ(SizeOf(facts).p50_bytes, kRam / 100 * 35);
  EXPECT_LE(SizeOf(facts).p95_bytes, kRam);
}

TEST(DumpEstimate, LearnedFromPastDumps) {
  Facts facts = ReadyHost();
  AddDump(facts, 2 * kGiB);
  EXPECT_EQ(SizeOf(facts).p50_bytes, 2 * kGiB);
  EXPECT_EQ(SizeOf(facts).p95_bytes, 2 * kGiB + 512 * kMiB) << "a quarter more than the largest";
  EXPECT_EQ(SizeOf(facts).method, "learned from 1 dump on this node");
  AddDump(facts, 1 * kGiB);
  AddDump(facts, 4 * kGiB);
  facts.dumps.value()[1].historic = true;
  EXPECT_EQ(SizeOf(facts).p50_bytes, 2 * kGiB);
  EXPECT_EQ(SizeOf(facts).p95_bytes, 5 * kGiB);
  EXPECT_EQ(SizeOf(facts).method, "learned from 3 dumps on this node");
  facts.meminfo = Locked<Meminfo>("/proc/meminfo");
  EXPECT_EQ(SizeOf(facts).p95_bytes, 5 * kGiB) << "meminfo is not needed";
}

TEST(DumpEstimate, ASmallPastDumpDoesNotHideWhatIsInMemoryToday) {
  Facts facts = ReadyHost();
  AddDump(facts, 100 * kMiB);
  EXPECT_EQ(SizeOf(facts).p50_bytes, 100 * kMiB);
  EXPECT_EQ(SizeOf(facts).p95_bytes, kKept / 100 * 35);
}

TEST(DumpEstimate, OnlyWholeDumpsOfABelievableSizeTeach) {
  struct Row {
    std::string_view what;
    std::function<void(Dump&)> change;
    bool taught;
  };
  const std::vector<Row> rows{
      {"whole", [](Dump&) {}, true},
      {"incomplete", [](Dump& d) { d.state = DumpState::kIncomplete; }, false},
      {"truncated", [](Dump& d) { d.state = DumpState::kTruncated; }, false},
      {"being written", [](Dump& d) { d.state = DumpState::kWriting; }, false},
      {"a log", [](Dump& d) { d.state = DumpState::kLogOnly; }, false},
      {"ELF", [](Dump& d) { d.format = DumpFormat::kElf; }, true},
      {"flattened", [](Dump& d) { d.format = DumpFormat::kFlattened; }, true},
      {"compressed again", [](Dump& d) { d.format = DumpFormat::kCompressedFile; }, false},
      {"no format", [](Dump& d) { d.format = DumpFormat::kNone; }, false},
      {"one part of several", [](Dump& d) { d.reason = "split_set"; }, false},
      {"1 MiB", [](Dump& d) { d.bytes = kMiB; }, false},
      {"just above", [](Dump& d) { d.bytes = kMiB + 1; }, true},
      {"all of memory", [](Dump& d) { d.bytes = kRam + kRam / 10; }, true},
      {"more than there is", [](Dump& d) { d.bytes = kRam + kRam / 10 + 1; }, false},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    AddDump(facts, 2 * kGiB);
    row.change(facts.dumps.value()[0]);
    EXPECT_EQ(PastDumps(facts, kRam).size(), row.taught ? 1U : 0U) << row.what;
    EXPECT_EQ(SizeOf(facts).method.starts_with("learned"), row.taught) << row.what;
  }
}

TEST(DumpEstimate, TheNewestTenTeach) {
  Facts facts = ReadyHost();
  for (int i = 0; i < 15; ++i) AddDump(facts, (i < 5 ? 9 : 2) * kGiB, kTestNow - 100 + i);
  EXPECT_EQ(PastDumps(facts, kRam).size(), 10U);
  EXPECT_EQ(SizeOf(facts).p95_bytes, 2 * kGiB + 512 * kMiB) << "the five old ones do not count";
  facts.dumps = Locked<std::vector<Dump>>("/var/crash");
  EXPECT_TRUE(PastDumps(facts, kRam).empty());
}

TEST(DumpEstimate, TheMedian) {
  EXPECT_EQ(Median({7}), 7U);
  EXPECT_EQ(Median({9, 1}), 9U);
  EXPECT_EQ(Median({9, 1, 5}), 5U);
  EXPECT_EQ(Median({9, 1, 5, 7}), 7U);
}

}  // namespace
}  // namespace kdumpd
