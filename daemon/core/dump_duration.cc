// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_duration.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// Each figure twice: as it mostly is, and as nearly every capture stays below.
struct Seconds {
  std::uint64_t p50;
  std::uint64_t p95;
};
struct Rate {  // bytes per second
  std::uint64_t p50;
  std::uint64_t p95;
};

constexpr std::uint64_t kMB = 1'000'000;
constexpr std::uint64_t k100GiB = 100ULL << 30;

// From the panic to the collector: capture kernels of servers take 20 to 60 s.
constexpr Seconds kCaptureBoot{30, 60};
// Firmware-assisted dump restarts the whole machine first: 2 to 10 min before that boot.
constexpr Seconds kFirmwareBoot{150, 660};
// dracut and systemd wait up to 60 s for a device (kdump-utils dracut/99kdumpbase).
constexpr Seconds kDeviceWait{5, 60};
// Carrier up to 30 s, DHCP up to 90 s (kdump-utils kdump.sh, NetworkManager).
constexpr Seconds kNetworkWait{15, 120};
// makedumpfile's walk over the page descriptors with mmap.
constexpr Seconds kScanPer100GiB{1, 3};

// Of the input, with the one processor that nr_cpus=1 leaves.
struct CompressionRate {
  std::string_view name;
  Rate rate;
};
constexpr std::array kCompressionRates{CompressionRate{"zlib", {45 * kMB, 30 * kMB}},
                                       CompressionRate{"lzo", {300 * kMB, 200 * kMB}},
                                       CompressionRate{"snappy", {300 * kMB, 200 * kMB}},
                                       CompressionRate{"zstd", {225 * kMB, 150 * kMB}}};

// Of the output: 1 Gbit/s, and half of it; a flash disk, and a rotating one.
constexpr Rate kNetworkRate{100 * kMB, 50 * kMB};
constexpr Rate kLocalRate{500 * kMB, 100 * kMB};

// A capture that was quicker or slower is a clock that was set.
constexpr std::int64_t kQuickest = 5;
constexpr std::int64_t kSlowest = 6LL * 3600;

bool OverTheNetwork(const Facts& facts) {
  if (!facts.target.known()) return facts.config.known() && IsRemote(facts.config->target.kind);
  const Target& target = facts.target.value();
  return IsRemote(target.kind) || (target.mount && MayHang(target.mount->fstype));
}

Seconds Waits(const Facts& facts, bool network) {
  const bool fadump = facts.fadump.known() && facts.fadump->enabled;
  const Seconds& boot = fadump ? kFirmwareBoot : kCaptureBoot;
  const Seconds& wait = network ? kNetworkWait : kDeviceWait;
  return {boot.p50 + wait.p50, boot.p95 + wait.p95};
}

// The slower of compressing and storing; they overlap.
std::uint64_t WriteSeconds(std::uint64_t bytes, std::uint64_t ram, std::uint64_t compress,
                           std::uint64_t store) {
  const std::uint64_t storing = bytes / store;
  if (compress == 0) return storing;
  const std::uint64_t input = std::min(ram, bytes / kCompressedPercent * 100);
  return std::max(input / compress, storing);
}

DumpDuration Modelled(const Facts& facts, const DumpSize& size, std::uint64_t ram) {
  const bool network = OverTheNetwork(facts);
  const Collector collector = CollectorOf(facts);
  const auto* row =
      std::ranges::find(kCompressionRates, collector.compression, &CompressionRate::name);
  const Rate compress = row == kCompressionRates.end() ? Rate{0, 0} : row->rate;
  const Rate& store = network ? kNetworkRate : kLocalRate;
  const Seconds waits = Waits(facts, network);
  return {waits.p50 + ram / k100GiB * kScanPer100GiB.p50 +
              WriteSeconds(size.p50_bytes, ram, compress.p50, store.p50),
          waits.p95 + (ram / k100GiB + 1) * kScanPer100GiB.p95 +
              WriteSeconds(size.p95_bytes, ram, compress.p95, store.p95),
          Cat("boot and waits ", waits.p50, " to ", waits.p95, " s, then ",
              compress.p50 == 0 ? "copying" : collector.compression,
              network ? " over the network" : " to a disk")};
}

}  // namespace

DumpDuration EstimateDumpDuration(const Facts& facts, const DumpSize& size, std::uint64_t ram) {
  DumpDuration model = Modelled(facts, size, ram);
  std::vector<std::uint64_t> seconds;
  for (const Dump* dump : PastDumps(facts, ram)) {
    const std::int64_t took = dump->capture_seconds;
    if (took >= kQuickest && took <= kSlowest) seconds.push_back(static_cast<std::uint64_t>(took));
  }
  if (seconds.empty()) return model;
  const std::uint64_t slowest = std::ranges::max(seconds);
  const std::string_view dumps = seconds.size() == 1 ? " dump" : " dumps";
  return {Median(seconds), std::max(slowest + slowest / 4, model.p50_seconds),
          Cat("learned from ", seconds.size(), dumps, " on this node")};
}

}  // namespace kdumpd
