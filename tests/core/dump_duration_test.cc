// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_duration.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/ready_host.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kMB = 1'000'000;
// 6 GB and 12 GB of input for a compression to 35 %.
const DumpSize kSize{2100 * kMB, 4200 * kMB, ""};
constexpr std::uint64_t kRam = 64 * kGiB;

struct Row {
  std::string_view what;
  std::function<void(Facts&)> change;
  std::uint64_t p50;
  std::uint64_t p95;
  std::string_view method;
};

std::function<void(Facts&)> Collect(const std::string& collector) {
  return [=](Facts& facts) {
    facts.config = Fact<KdumpConfig>::Known(
        ParseKdumpConfig(ConfigDialect::kKdumpConf, "core_collector " + collector + "\n"),
        "/etc/kdump.conf");
  };
}

std::function<void(Facts&)> Aim(TargetKind kind) {
  return [=](Facts& facts) { facts.target.value().kind = kind; };
}

TEST(DumpDuration, TheSumOfWhatACaptureDoes) {
  const std::vector<Row> rows{
      {"lzo to a disk", [](Facts&) {}, 35 + 20, 120 + 3 + 60,
       "boot and waits 35 to 120 s, then lzo to a disk"},
      {"zlib", Collect("makedumpfile -c -d 31"), 35 + 133, 120 + 3 + 400,
       "boot and waits 35 to 120 s, then zlib to a disk"},
      {"zstd", Collect("makedumpfile -z -d 31"), 35 + 26, 120 + 3 + 80,
       "boot and waits 35 to 120 s, then zstd to a disk"},
      {"snappy", Collect("makedumpfile -p -d 31"), 35 + 20, 120 + 3 + 60,
       "boot and waits 35 to 120 s, then snappy to a disk"},
      {"not compressed: the disk decides", Collect("makedumpfile -d 31"), 35 + 4, 120 + 3 + 42,
       "boot and waits 35 to 120 s, then copying to a disk"},
      {"ssh: the network decides", Aim(TargetKind::kSsh), 45 + 21, 180 + 3 + 84,
       "boot and waits 45 to 180 s, then lzo over the network"},
      {"NFS", Aim(TargetKind::kNfs), 45 + 21, 180 + 3 + 84,
       "boot and waits 45 to 180 s, then lzo over the network"},
      {"a raw partition", Aim(TargetKind::kRaw), 35 + 20, 120 + 3 + 60,
       "boot and waits 35 to 120 s, then lzo to a disk"},
      {"a path on a network mount", [](Facts& f) { f.target.value().mount->fstype = "nfs4"; },
       45 + 21, 180 + 3 + 84, "boot and waits 45 to 180 s, then lzo over the network"},
      {"no target: as configured",
       [](Facts& f) {
         f.target = Fact<Target>::Unreadable("/proc/1/mountinfo", "denied");
         f.config.value().target.kind = TargetKind::kSsh;
       },
       45 + 21, 180 + 3 + 84, "boot and waits 45 to 180 s, then lzo over the network"},
      {"nothing known of the target",
       [](Facts& f) {
         f.target = Fact<Target>::Unreadable("/proc/1/mountinfo", "denied");
         f.config = Fact<KdumpConfig>::Absent("/etc/kdump.conf");
       },
       35 + 20, 120 + 3 + 60, "boot and waits 35 to 120 s, then lzo to a disk"},
      {"fadump boots the machine first",
       [](Facts& f) { f.fadump = Fact<Fadump>::Known({true, true, kGiB}, "fadump"); }, 155 + 20,
       720 + 3 + 60, "boot and waits 155 to 720 s, then lzo to a disk"},
      {"fadump that is off",
       [](Facts& f) { f.fadump = Fact<Fadump>::Known({false, false, 0}, "fadump"); }, 35 + 20,
       120 + 3 + 60, "boot and waits 35 to 120 s, then lzo to a disk"},
  };
  for (const Row& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    const DumpDuration duration = EstimateDumpDuration(facts, kSize, kRam);
    EXPECT_EQ(duration.p50_seconds, row.p50) << row.what;
    EXPECT_EQ(duration.p95_seconds, row.p95) << row.what;
    EXPECT_EQ(duration.method, row.method) << row.what;
  }
}

TEST(DumpDuration, MuchMemoryTakesLongerToWalkOver) {
  const DumpDuration duration = EstimateDumpDuration(ReadyHost(), kSize, 6400 * kGiB);
  EXPECT_EQ(duration.p50_seconds, 35 + 64 + 20U);
  EXPECT_EQ(duration.p95_seconds, 120 + 65 * 3 + 60U);
}

TEST(DumpDuration, NotMoreThanAllMemoryIsCompressed) {
  const DumpSize huge{20 * kGiB, 30 * kGiB, ""};
  const DumpDuration duration = EstimateDumpDuration(ReadyHost(), huge, 32 * kGiB);
  EXPECT_EQ(duration.p50_seconds, 35 + 32 * kGiB / (300 * kMB));
  EXPECT_EQ(duration.p95_seconds, 120 + 3 + 30 * kGiB / (100 * kMB)) << "the slow disk decides";
}

Dump TakenIn(std::int64_t seconds) {
  Dump dump;
  dump.state = DumpState::kComplete;
  dump.format = DumpFormat::kKdump;
  dump.bytes = 2 * kGiB;
  dump.crash_time = kTestNow - 86400;
  dump.capture_seconds = seconds;
  return dump;
}

TEST(DumpDuration, LearnedFromPastDumps) {
  Facts facts = ReadyHost();
  for (const std::int64_t took : {400, 100, 120}) facts.dumps.value().push_back(TakenIn(took));
  DumpDuration duration = EstimateDumpDuration(facts, kSize, kRam);
  EXPECT_EQ(duration.p50_seconds, 120U);
  EXPECT_EQ(duration.p95_seconds, 500U) << "a quarter more than the slowest";
  EXPECT_EQ(duration.method, "learned from 3 dumps on this node");
  facts.dumps.value() = {TakenIn(8)};
  duration = EstimateDumpDuration(facts, kSize, kRam);
  EXPECT_EQ(duration.p50_seconds, 8U);
  EXPECT_EQ(duration.p95_seconds, 55U) << "today's dump is larger";
  EXPECT_EQ(duration.method, "learned from 1 dump on this node");
}

TEST(DumpDuration, WhatTakesNoTimeOrForEverIsAClockThatWasSet) {
  for (const auto& [took, taught] :
       {std::pair{0, false}, {4, false}, {5, true}, {21600, true}, {21601, false}, {-60, false}}) {
    Facts facts = ReadyHost();
    facts.dumps.value() = {TakenIn(took)};
    const DumpDuration duration = EstimateDumpDuration(facts, kSize, kRam);
    EXPECT_EQ(duration.method.starts_with("learned"), taught) << took;
  }
  Facts facts = ReadyHost();
  facts.dumps.value() = {TakenIn(60)};
  facts.dumps.value()[0].state = DumpState::kTruncated;
  EXPECT_FALSE(EstimateDumpDuration(facts, kSize, kRam).method.starts_with("learned"));
}

}  // namespace
}  // namespace kdumpd
