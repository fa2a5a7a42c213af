// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/memory.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::uint64_t AddUpTo(std::uint64_t a, std::uint64_t b) { return a > kMax - b ? kMax : a + b; }

struct IomemLine {
  bool nested = false;
  AddressRange range;
  std::string_view name;
};

// "  first-last : name", addresses hexadecimal, two blanks for each level (kernel/resource.c,
// r_show).
std::optional<IomemLine> ParseIomemLine(std::string_view line) {
  const auto colon = line.find(" : ");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view addresses = Trim(line.substr(0, colon));
  const auto dash = addresses.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = ParseUnsigned(addresses.substr(0, dash), 16);
  const auto last = ParseUnsigned(addresses.substr(dash + 1), 16);
  if (!first || !last || *last < *first) return std::nullopt;
  return IomemLine{line.starts_with(' '), {*first, *last}, Trim(line.substr(colon + 3))};
}

// arch/x86/kernel/setup.c, arch/arm64/kernel/setup.c, arch/s390/kernel/setup.c.
constexpr std::array<std::string_view, 4> kKernelParts{"Kernel code", "Kernel rodata",
                                                       "Kernel data", "Kernel bss"};

struct MeminfoLine {
  std::string_view name;
  std::uint64_t Meminfo::* field;
};
constexpr std::array kMeminfoLines{
    MeminfoLine{"MemTotal", &Meminfo::total},
    MeminfoLine{"MemFree", &Meminfo::free},
    MeminfoLine{"Buffers", &Meminfo::buffers},
    MeminfoLine{"Cached", &Meminfo::cached},
    MeminfoLine{"Active(file)", &Meminfo::active_file},
    MeminfoLine{"Inactive(file)", &Meminfo::inactive_file},
    MeminfoLine{"AnonPages", &Meminfo::anon_pages},
    MeminfoLine{"Slab", &Meminfo::slab},
    MeminfoLine{"KernelStack", &Meminfo::kernel_stack},
    MeminfoLine{"PageTables", &Meminfo::page_tables},
    MeminfoLine{"Percpu", &Meminfo::percpu},
    MeminfoLine{"VmallocUsed", &Meminfo::vmalloc_used},
    MeminfoLine{"SecPageTables", &Meminfo::sec_page_tables},
    MeminfoLine{"Shmem", &Meminfo::shmem},
    MeminfoLine{"Hugetlb", &Meminfo::hugetlb},
};

// The bytes of "  1234 kB".
std::optional<std::uint64_t> ParseKilobytes(std::string_view text) {
  const auto words = Words(text);
  if (words.size() != 2 || words[1] != "kB") return std::nullopt;
  const auto value = ParseUnsigned(words[0]);
  if (!value || *value > kMax / 1024) return std::nullopt;
  return *value * 1024;
}

// Before Linux 4.19 there is no Hugetlb line, only the number of pages of the default size.
struct HugePages {
  std::uint64_t count = 0;
  std::uint64_t page_bytes = 0;
  void Read(std::string_view name, std::string_view value) {
    if (name == "HugePages_Total") count = ParseUnsigned(Trim(value)).value_or(0);
    if (name == "Hugepagesize") page_bytes = ParseKilobytes(value).value_or(0);
  }
  [[nodiscard]] std::uint64_t Bytes() const {
    return page_bytes == 0 || count > kMax / page_bytes ? 0 : count * page_bytes;
  }
};

}  // namespace

std::uint64_t MemoryMap::CrashBytes() const {
  std::uint64_t sum = 0;
  for (const AddressRange& region : crash_regions) sum = AddUpTo(sum, region.Bytes());
  return sum;
}

Result<MemoryMap> ParseIomem(std::string_view text) {
  MemoryMap map;
  bool parsed = false;
  bool masked = true;
  for (const std::string_view line : Lines(text)) {
    const auto entry = ParseIomemLine(line);
    if (!entry) continue;
    parsed = true;
    masked = masked && entry->range.last == 0;
    if (entry->name == "System RAM" && !entry->nested) {
      if (map.system_ram_bytes == 0) map.ram_begins = entry->range.first;
      map.system_ram_bytes = AddUpTo(map.system_ram_bytes, entry->range.Bytes());
    }
    if (entry->name == "Crash kernel") map.crash_regions.push_back(entry->range);
    if (std::ranges::find(kKernelParts, entry->name) != kKernelParts.end()) {
      map.kernel_bytes = AddUpTo(map.kernel_bytes, entry->range.Bytes());
    }
  }
  if (!parsed) return Fail(ErrorCode::kInvalid, "no line reads \"FIRST-LAST : NAME\"");
  if (masked) {
    return Fail(ErrorCode::kPermission,
                "all addresses read 0: the kernel hides them without CAP_SYS_ADMIN");
  }
  return map;
}

Result<Meminfo> ParseMeminfo(std::string_view text) {
  Meminfo meminfo;
  bool total = false;
  HugePages huge;
  for (const std::string_view line : Lines(text)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    huge.Read(line.substr(0, colon), line.substr(colon + 1));
    const auto known = std::ranges::find(kMeminfoLines, line.substr(0, colon), &MeminfoLine::name);
    const auto bytes = ParseKilobytes(line.substr(colon + 1));
    if (known == kMeminfoLines.end() || !bytes) continue;
    meminfo.*(known->field) = *bytes;
    total = total || known->field == &Meminfo::total;
  }
  if (meminfo.hugetlb == 0) meminfo.hugetlb = huge.Bytes();
  if (!total) return Fail(ErrorCode::kInvalid, "no line reads \"MemTotal: NUMBER kB\"");
  return meminfo;
}

}  // namespace kdumpd
