// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "daemon/core/crashkernel.h"
#include "daemon/core/dump_duration.h"
#include "daemon/core/dump_estimate.h"
#include "daemon/core/readiness.h"
#include "daemon/core/recommended_size.h"
#include "daemon/core/reservation_estimate.h"

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

void ForecastDump(const Facts& facts, Numbers& numbers) {
  if (!numbers.ram_bytes) return;
  const std::uint64_t ram = *numbers.ram_bytes;
  const auto size = EstimateDumpSize(facts, ram, numbers.reserved_bytes.value_or(0));
  if (!size) return;
  numbers.dump_p50_bytes = size->p50_bytes;
  numbers.dump_p95_bytes = size->p95_bytes;
  numbers.dump_method = size->method;
  const DumpDuration duration = EstimateDumpDuration(facts, *size, ram);
  numbers.dump_p50_seconds = duration.p50_seconds;
  numbers.dump_p95_seconds = duration.p95_seconds;
  numbers.duration_method = duration.method;
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
  if (const auto estimate = EstimateReservation(facts)) {
    numbers.estimated_bytes = estimate->bytes;
    numbers.estimated_from = estimate->parts;
  }
  ForecastDump(facts, numbers);
  return numbers;
}

}  // namespace kdumpd
