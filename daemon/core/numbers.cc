// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "daemon/core/core_collector.h"
#include "daemon/core/crashkernel.h"
#include "daemon/core/readiness.h"
#include "daemon/core/recommended_size.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// The kernel compares what memblock holds: the System RAM of iomem. Where that is masked, the truth
// lies between MemTotal with the reservation, which leaves out firmware and the kernel image (some
// 4 %), and the memory blocks, which count holes too. `numbers.reserved_bytes` is known.
void FindRam(const Facts& facts, Numbers& numbers) {
  if (facts.iomem.known()) {
    numbers.ram_bytes = facts.iomem->system_ram_bytes;
    numbers.ram_at_most = facts.iomem->system_ram_bytes;
    numbers.ram_exact = true;
    numbers.ram_source = "/proc/iomem";
  } else if (facts.meminfo.known()) {
    const std::uint64_t least = facts.meminfo->total + numbers.reserved_bytes.value_or(0);
    numbers.ram_bytes = least;
    numbers.ram_at_most = std::max(least, facts.memory_blocks_bytes.ValueOr(least + least / 25));
    numbers.ram_source = "/proc/meminfo MemTotal";
  }
}

void FindReserved(const Facts& facts, Numbers& numbers) {
  if (facts.fadump.known() && facts.fadump->enabled) {
    numbers.reserved_bytes = facts.fadump->reserved_bytes;
  } else if (facts.crash_size.known()) {
    numbers.reserved_bytes = facts.crash_size.value();
    // Older kernels leave the low region out, which iomem shows beside the main one.
    if (facts.iomem.known() && facts.iomem->crash_regions.size() > 1) {
      numbers.reserved_bytes = std::max(facts.crash_size.value(), facts.iomem->CrashBytes());
    }
  } else if (facts.iomem.known()) {
    numbers.reserved_bytes = facts.iomem->CrashBytes();
  }
}

// What makedumpfile keeps, uncompressed, by its dump level: 1 zero pages, 2 cache, 4 private cache,
// 8 user pages, 16 free pages (makedumpfile(8) -d). Kernel memory is always kept.
std::uint64_t KeptBytes(const Meminfo& memory, std::uint64_t ram, std::uint64_t reserved,
                        int level) {
  std::uint64_t kept = memory.slab + memory.kernel_stack + memory.page_tables + memory.percpu +
                       memory.vmalloc_used + memory.sec_page_tables;
  // What firmware and the kernel image hold is RAM that MemTotal does not count; the reservation
  // for the capture kernel is in there too and is not dumped.
  if (ram > memory.total + reserved) kept += ram - memory.total - reserved;
  const std::uint64_t cache = memory.cached + memory.buffers;
  if ((level & 2) == 0 || (level & 4) == 0) kept += cache;
  if ((level & 8) == 0) kept += memory.anon_pages;
  if ((level & 16) == 0) kept += memory.free;
  return std::min(kept, ram);
}

// Compressed share of kernel memory, in percent: the middle of what zlib, LZO, snappy and zstd
// reach.
constexpr std::uint64_t kCompressedPercent = 35;

// As configured; the distribution's own default where the configuration cannot be read, which then
// is part of the method's name.
Collector CollectorOf(const Facts& facts) {
  const Profile& profile = ProfileOf(facts.distribution);
  if (!facts.config.known()) {
    return ParseCollector(profile.default_collector, profile.dialect, TargetKind::kImplicit);
  }
  const KdumpConfig& config = facts.config.value();
  return ParseCollector(config.collector, config.dialect, config.target.kind);
}

void EstimateDump(const Facts& facts, Numbers& numbers) {
  if (!facts.meminfo.known() || !numbers.ram_bytes) return;
  const std::uint64_t ram = *numbers.ram_bytes;
  const Collector collector = CollectorOf(facts);
  if (!collector.is_makedumpfile && !collector.program.ends_with("/makedumpfile")) {
    numbers.dump_p50_bytes = ram;
    numbers.dump_p95_bytes = ram;
    numbers.dump_method =
        Cat("all of memory: ", Printable(collector.program, 64), " does not filter");
    return;
  }
  const int level = collector.DumpLevel();
  std::uint64_t middle =
      KeptBytes(facts.meminfo.value(), ram, numbers.reserved_bytes.value_or(0), level);
  const bool compressed = !collector.compression.empty();
  if (compressed) middle = middle / 100 * kCompressedPercent;
  // Red Hat's rule from some 1,500 received dumps: at level 31 nearly all were below a tenth of
  // RAM.
  const std::uint64_t tenth = level == 31 ? ram / 10 : 0;
  numbers.dump_p50_bytes = middle;
  numbers.dump_p95_bytes = std::max(level == 31 ? middle : middle * 2, tenth);
  numbers.dump_method = Cat("/proc/meminfo at dump level ", level, ", ",
                            compressed ? collector.compression : "not compressed",
                            facts.config.known() ? "" : " (the default collector)");
}

}  // namespace

Numbers NumbersOf(const Facts& facts) {
  Numbers numbers;
  FindReserved(facts, numbers);
  FindRam(facts, numbers);
  if (numbers.ram_bytes && facts.cmdline.known()) {
    const bool allow_auto = KnowsCrashkernelAuto(facts.kernel_release.ValueOr(""));
    const Crashkernel crashkernel =
        EvaluateCrashkernel(facts.cmdline.value(), *numbers.ram_bytes, allow_auto);
    if (crashkernel.error == CrashkernelError::kNone && crashkernel.size_bytes > 0) {
      numbers.requested_bytes = crashkernel.size_bytes + crashkernel.low_bytes.value_or(0);
    }
  }
  if (numbers.ram_bytes) {
    const auto recommended = RecommendSize(facts, *numbers.ram_bytes);
    if (recommended) {
      numbers.recommended_bytes = recommended->bytes;
      numbers.recommended_source = recommended->source;
    }
  }
  EstimateDump(facts, numbers);
  return numbers;
}

}  // namespace kdumpd
