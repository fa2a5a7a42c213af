// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "daemon/core/text.h"
#include "tests/support/machine_with_log.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kImage = 0x200000;  // where the image lies, physically: 2 MiB
constexpr std::uint64_t kLog = kImage + 0x80000;

// Where the parts of a kernel are, virtual less physical. Modulo 2^64.
struct Layout {
  std::uint64_t image_offset = 0;
  std::uint64_t linear_offset = 0;
};

// How a processor's page tables are built, as far as a block or large page one level above the
// lowest goes.
struct TableShape {
  int page_shift = 12;
  int levels = 4;
  std::uint64_t table_flags = 0;
  std::uint64_t block_flags = 0;
};

// Tables for `address` -> `physical`, which share the table at `root` and nothing below it. `free`:
// where the next table goes; moves on.
void MapBlock(Machine& machine, const TableShape& shape, std::uint64_t root, std::uint64_t address,
              std::uint64_t physical, std::uint64_t& free) {
  const int level_bits = shape.page_shift - 3;
  std::uint64_t table = root;
  for (int level = shape.levels - 1; level > 0; --level) {
    const int shift = shape.page_shift + level_bits * level;
    // The top level may have fewer entries than a table has room for.
    const std::uint64_t index =
        ((address << 16) >> (16 + shift)) & ((std::uint64_t{1} << level_bits) - 1);
    const std::uint64_t block_mask = ~((std::uint64_t{1} << shift) - 1);
    std::uint64_t entry = (physical & block_mask) | shape.block_flags;
    if (level > 1) {
      entry = free | shape.table_flags;
      free += machine.page_size;
    }
    machine.WriteNumber(table + 8 * index, 8, entry);
    table = entry & ~(machine.page_size - 1);
  }
}

std::string SymbolLine(std::string_view name, std::uint64_t address) {
  return Cat("SYMBOL(", name, ")=", HexDigits(address), '\n');
}

// The tables follow the page with init_uts_ns; root first.
void MapAll(Machine& machine, const TableShape& shape, const Layout& layout) {
  const std::uint64_t root = kImage + machine.page_size;
  std::uint64_t free = root + machine.page_size;
  MapBlock(machine, shape, root, kImage + layout.image_offset, kImage, free);
  MapBlock(machine, shape, root, kImage + layout.linear_offset, kImage, free);
}

Layout PlaceX86(Machine& machine, bool five_levels) {
  // __START_KERNEL_map + 16 MiB is where an image without KASLR begins.
  const Layout layout{0xffffffff81000000 - kImage,
                      five_levels ? 0xff11000000000000 : 0xffff888000000000};
  machine.phys_base = static_cast<std::int64_t>(kImage) - 0x1000000;
  // _PAGE_TABLE; _PAGE_PSE with present, writable, accessed, dirty.
  TableShape shape{12, five_levels ? 5 : 4, 0x63, 0xe3};
  if (five_levels) {
    // Five levels: bits 48 to 56 choose in the top table; the image's and the linear map's differ.
    const std::uint64_t root = kImage + machine.page_size;
    std::uint64_t free = root + machine.page_size;
    shape.levels = 4;
    for (const std::uint64_t offset : {layout.image_offset, layout.linear_offset}) {
      const std::uint64_t address = kImage + offset;
      const std::uint64_t second = free;
      free += machine.page_size;
      machine.WriteNumber(root + 8 * ((address >> 48) & 511), 8, second | shape.table_flags);
      MapBlock(machine, shape, second, address, kImage, free);
    }
  } else {
    MapAll(machine, shape, layout);
  }
  machine.vmcoreinfo +=
      SymbolLine("init_top_pgt", kImage + machine.page_size + layout.image_offset);
  machine.vmcoreinfo += Cat("NUMBER(phys_base)=", machine.phys_base,
                            "\nNUMBER(pgtable_l5_enabled)=", five_levels ? 1 : 0,
                            "\nNUMBER(sme_mask)=0\nKERNELOFFSET=0\n");
  return layout;
}

Layout PlaceArm64(Machine& machine) {
  const Layout layout{0xffff800080000000, 0xffff000000000000};
  const int shift = std::countr_zero(machine.page_size);
  const int levels = (48 - shift + shift - 4) / (shift - 3);  // of 48 bits, rounded up
  MapAll(machine, {shift, levels, 3, 0x701}, layout);
  const std::uint64_t root = kImage + machine.page_size;
  machine.vmcoreinfo += SymbolLine("swapper_pg_dir", root + layout.image_offset);
  machine.vmcoreinfo += SymbolLine("_stext", kImage + layout.image_offset);
  machine.vmcoreinfo +=
      Cat("NUMBER(VA_BITS)=48\nNUMBER(MAX_PHYSMEM_BITS)=48\n", "NUMBER(kimage_voffset)=0x",
          HexDigits(layout.image_offset), "\nNUMBER(PHYS_OFFSET)=0x0\nNUMBER(TCR_EL1_T1SZ)=0x10\n",
          "KERNELOFFSET=0\n");
  return layout;
}

Layout Place(Machine& machine, const LogPlacement& placement) {
  if (machine.architecture == "x86_64") return PlaceX86(machine, placement.five_levels);
  if (machine.architecture == "aarch64") return PlaceArm64(machine);
  if (machine.architecture.starts_with("ppc64")) return {0xc000000000000000, 0xc000000000000000};
  return {0, 0};
}

std::string Utsname(const Machine& machine) {
  FieldWriter fields(machine.endian, 1);
  fields.Text("Linux", 65).Text(machine.node, 65).Text(machine.release, 65);
  fields.Text(machine.version, 65).Text(machine.architecture, 65).Text("(none)", 65);
  return fields.bytes();
}

}  // namespace

Machine MachineWithLog(std::string_view architecture, std::string_view kernel,
                       const std::vector<LogLine>& lines, const LogPlacement& placement) {
  Machine machine = BareMachine(architecture);
  machine.pages.clear();
  machine.excluded = {1};
  machine.page_size = placement.page_size;
  if (machine.page_size == 0) {
    machine.page_size = architecture.starts_with("ppc64") ? std::uint64_t{65536} : 4096;
  }
  const Layout layout = Place(machine, placement);
  constexpr std::uint64_t kNameOffset = 4;  // of uts_namespace: behind its kref
  constexpr std::uint64_t kMemMapOffset = 1024;
  machine.vmcoreinfo += SymbolLine("init_uts_ns", kImage + layout.image_offset);
  machine.vmcoreinfo += Cat("OFFSET(uts_namespace.name)=", kNameOffset, '\n');
  machine.Write(kImage + kNameOffset, Utsname(machine));
  // makedumpfile reads no log before it knows where page structures are: flat memory is least work.
  machine.vmcoreinfo += SymbolLine("mem_map", kImage + kMemMapOffset + layout.image_offset);
  machine.vmcoreinfo +=
      "SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\n";
  machine.WriteNumber(kImage + kMemMapOffset, 8, kLog + layout.linear_offset);

  const std::uint64_t offset = placement.in_image ? layout.image_offset : layout.linear_offset;
  const LogImage log = kernel == "ring" ? MakeLogRing(lines, kLog + offset, machine.endian,
                                                      placement.size_bits, placement.count_bits)
                                        : MakeLogRecords(lines, kLog + offset, machine.endian,
                                                         placement.log_buf_len);
  machine.vmcoreinfo += log.vmcoreinfo;
  for (const auto& [address, bytes] : log.memory) machine.Write(address - offset, bytes);
  return machine;
}

std::vector<LogLine> SampleLog() {
  std::vector<LogLine> lines;
  const auto add = [&lines](std::uint64_t milliseconds, std::uint8_t level, std::string_view text) {
    LogLine line;
    line.text = text;
    line.nanoseconds = milliseconds * 1'000'000 + 345'678;
    line.level = level;
    lines.push_back(line);
  };
  add(0, 5, "Linux version 6.1.0-1-test (test@example.com) #1 SMP");
  add(0, 6, "Command line: ro crashkernel=256M\ttab");
  add(1, 6, "two\nlines in one record");
  add(2, 4, "bytes \x01\x7f\xc3\xa4 that are not printable \\");
  add(1500, 6, "");
  LogLine user;
  user.text = "somebody wrote to /dev/kmsg";
  user.nanoseconds = 2'000'000'000;
  user.facility = 1;
  lines.push_back(user);
  add(123'456, 6, "sysrq: Trigger a crash");
  add(123'457, 0, "Kernel panic - not syncing: sysrq triggered crash");
  add(123'458, 4, "CPU: 0 PID: 431 Comm: bash Not tainted 6.1.0-1-test #1");
  lines.back().fate = LogFate::kCommitted;
  return lines;
}

}  // namespace kdumpd
