// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_estimate.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kLearnFrom = 10;
constexpr std::uint64_t kSmallestDump = 1 << 20;

std::uint64_t Percent(std::uint64_t bytes, std::uint64_t percent) { return bytes / 100 * percent; }
// The crash comes later than this look: a quarter more.
std::uint64_t Grown(std::uint64_t bytes) { return bytes + bytes / 4; }

// Numbers of a fake meminfo may be anything.
std::uint64_t Sum(std::initializer_list<std::uint64_t> values) {
  std::uint64_t sum = 0;
  for (const std::uint64_t value : values) {
    if (value > std::numeric_limits<std::uint64_t>::max() - sum) {
      return std::numeric_limits<std::uint64_t>::max();
    }
    sum += value;
  }
  return sum;
}

std::uint64_t Minus(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

// What makedumpfile leaves out by its dump level: 1 zero pages (not counted here), 2 cache, 4 cache
// with private data too, 8 user pages and huge pages, 16 free pages (makedumpfile(8) -d). tmpfs and
// shared memory are cache.
std::uint64_t LeftOut(const Meminfo& memory, int level) {
  const bool all_cache = (level & 4) != 0;
  const bool cache = all_cache || (level & 2) != 0;
  const bool user = (level & 8) != 0;
  return Sum({cache ? memory.cached : 0, all_cache ? memory.buffers : 0,
              user ? memory.anon_pages : 0, user ? memory.hugetlb : 0,
              (level & 16) != 0 ? memory.free : 0});
}

// The rest is kept, also what no line of meminfo counts: pages of drivers, page_owner, the ARC of
// ZFS. So is what firmware and the kernel image hold, which is RAM outside MemTotal, but not the
// reservation, which is no part of a dump.
std::uint64_t KeptBytes(const Meminfo& memory, std::uint64_t ram, std::uint64_t reserved,
                        int level) {
  const std::uint64_t kernel = Sum({memory.slab, memory.kernel_stack, memory.page_tables,
                                    memory.percpu, memory.sec_page_tables});
  const std::uint64_t kept = std::max(kernel, Minus(memory.total, LeftOut(memory, level)));
  return std::min(ram, Sum({kept, Minus(ram, Sum({memory.total, reserved}))}));
}

bool Filters(const Collector& collector) {
  return collector.is_makedumpfile || collector.program.ends_with("/makedumpfile");
}

// LXC shows a container's own memory in the node's meminfo (lxcfs).
bool OfThisMachine(const Meminfo& memory, std::uint64_t ram, std::uint64_t reserved) {
  return Sum({memory.total, reserved}) >= ram / 4 * 3;
}

std::string Named(const Collector& collector, const Facts& facts) {
  return Cat("dump level ", collector.DumpLevel(), ", ",
             collector.compression.empty() ? "not compressed" : collector.compression,
             facts.config.known() ? "" : " (the default collector)");
}

std::optional<DumpSize> FromMeminfo(const Facts& facts, const Collector& collector,
                                    std::uint64_t ram, std::uint64_t reserved) {
  if (!facts.meminfo.known() || !OfThisMachine(facts.meminfo.value(), ram, reserved)) {
    return std::nullopt;
  }
  const int level = collector.DumpLevel();
  const bool compressed = !collector.compression.empty();
  const std::uint64_t kept = KeptBytes(facts.meminfo.value(), ram, reserved, level);
  DumpSize size{kept, Grown(kept), Cat("/proc/meminfo at ", Named(collector, facts))};
  if (compressed) size.p50_bytes = Percent(kept, kCompressedPercent);
  // Files and the memory of programs may not compress at all.
  if (compressed && level == 31) size.p95_bytes = Percent(Grown(kept), kCompressedPercentAtWorst);
  if (level == 31) size.p95_bytes = std::max(size.p95_bytes, ram / 10);
  size.p95_bytes = std::min(size.p95_bytes, ram);
  return size;
}

// Red Hat's rule from some 1,500 received dumps: at level 31, compressed, nearly all were below a
// tenth of RAM. Half of that as the middle is this project's choice.
std::optional<DumpSize> ByTheTenth(const Facts& facts, const Collector& collector,
                                   std::uint64_t ram) {
  if (collector.DumpLevel() != 31 || collector.compression.empty()) return std::nullopt;
  return DumpSize{ram / 20, ram / 10, Cat("a tenth of memory at ", Named(collector, facts))};
}

// At least what today's use makes likely: the node may do other work than it did then.
std::optional<DumpSize> Learned(const Facts& facts, std::uint64_t ram, std::uint64_t today) {
  std::vector<std::uint64_t> sizes;
  for (const Dump* dump : PastDumps(facts, ram)) sizes.push_back(dump->bytes);
  if (sizes.empty()) return std::nullopt;
  const std::uint64_t largest = std::ranges::max(sizes);
  return DumpSize{
      Median(sizes), std::max(Grown(largest), today),
      Cat("learned from ", sizes.size(), sizes.size() == 1 ? " dump" : " dumps", " on this node")};
}

}  // namespace

Collector CollectorOf(const Facts& facts) {
  const Profile& profile = ProfileOf(facts.distribution);
  if (!facts.config.known()) {
    return ParseCollector(profile.default_collector, profile.dialect, TargetKind::kImplicit);
  }
  const KdumpConfig& config = facts.config.value();
  return ParseCollector(config.collector, config.dialect, config.target.kind);
}

std::vector<const Dump*> PastDumps(const Facts& facts, std::uint64_t ram) {
  std::vector<const Dump*> dumps;
  if (!facts.dumps.known()) return dumps;
  for (const Dump& dump : facts.dumps.value()) {
    const bool format = dump.format == DumpFormat::kKdump || dump.format == DumpFormat::kElf ||
                        dump.format == DumpFormat::kFlattened;
    // One part of a split set says nothing about the whole.
    const bool whole = dump.state == DumpState::kComplete && dump.reason != "split_set";
    if (format && whole && dump.bytes > kSmallestDump && dump.bytes <= ram + ram / 10) {
      dumps.push_back(&dump);
    }
  }
  const auto end = dumps.begin() + static_cast<std::ptrdiff_t>(std::min(dumps.size(), kLearnFrom));
  std::ranges::partial_sort(dumps, end, std::ranges::greater{}, &Dump::crash_time);
  dumps.erase(end, dumps.end());
  return dumps;
}

std::uint64_t Median(std::vector<std::uint64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::optional<DumpSize> EstimateDumpSize(const Facts& facts, std::uint64_t ram,
                                         std::uint64_t reserved) {
  const Collector collector = CollectorOf(facts);
  if (!Filters(collector)) {
    return DumpSize{ram, ram,
                    Cat("all of memory: ", Printable(collector.program, 64), " does not filter")};
  }
  const auto today = FromMeminfo(facts, collector, ram, reserved);
  if (auto learned = Learned(facts, ram, today ? today->p50_bytes : 0)) return learned;
  return today ? today : ByTheTenth(facts, collector, ram);
}

}  // namespace kdumpd
