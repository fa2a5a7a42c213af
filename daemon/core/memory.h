// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"

namespace kdumpd {

struct AddressRange {
  std::uint64_t first = 0;  // inclusive
  std::uint64_t last = 0;   // inclusive
  [[nodiscard]] std::uint64_t Bytes() const { return last - first + 1; }
};

// /proc/iomem, reduced to what a reservation needs.
struct MemoryMap {
  std::uint64_t system_ram_bytes = 0;       // sum of the top-level "System RAM" ranges
  std::vector<AddressRange> crash_regions;  // "Crash kernel", one or two; more with ,cma
  std::uint64_t kernel_bytes = 0;           // the running kernel; 0: not shown (ppc64le)
  std::uint64_t ram_begins = 0;             // address of the first "System RAM"; 0 on any PC
  [[nodiscard]] std::uint64_t CrashBytes() const;
};
// kPermission when every range reads 00000000-00000000, which is how the kernel masks addresses
// without CAP_SYS_ADMIN (kernel/resource.c); kInvalid when it is not an iomem file.
[[nodiscard]] Result<MemoryMap> ParseIomem(std::string_view text);

// /proc/meminfo, bytes; a line that is not there is 0.
struct Meminfo {
  std::uint64_t total = 0, free = 0, buffers = 0, cached = 0, active_file = 0, inactive_file = 0;
  std::uint64_t anon_pages = 0, slab = 0, kernel_stack = 0, page_tables = 0, percpu = 0;
  std::uint64_t vmalloc_used = 0, sec_page_tables = 0, shmem = 0;
  std::uint64_t hugetlb = 0;  // huge pages of all sizes, free ones too
};
// kInvalid without a MemTotal line.
[[nodiscard]] Result<Meminfo> ParseMeminfo(std::string_view text);

}  // namespace kdumpd
