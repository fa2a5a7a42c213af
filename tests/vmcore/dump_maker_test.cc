// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dump_maker.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"
#include "tests/support/kdumpfile.h"

// What the maker writes, another reader reads.
namespace kdumpd {
namespace {

// Every page that was put in comes out, and nothing else does.
void ExpectPages(const Machine& machine, const Kdumpfile& dump) {
  ASSERT_EQ(dump.error(), "");
  for (std::uint64_t pfn = 0; pfn < machine.EndPfn(); ++pfn) {
    const auto page = dump.Physical(pfn * machine.page_size, machine.page_size);
    const auto expected = machine.pages.find(pfn);
    if (expected == machine.pages.end()) {
      // What no segment of an ELF core holds reads as zeros there.
      const bool hole = !page || dump.Text("file.format") == "elf";
      EXPECT_TRUE(hole) << "page frame " << pfn;
    } else {
      EXPECT_TRUE(page == expected->second) << "page frame " << pfn << (page ? "" : " missing");
    }
  }
}

struct Row {
  std::string_view architecture;
  std::uint64_t page_size;
};
// libkdumpfile 0.5.1 knows no 32-bit ARM.
constexpr Row kRows[] = {{"x86_64", 4096},   {"aarch64", 4096},  {"aarch64", 16384},
                         {"aarch64", 65536}, {"ppc64le", 65536}, {"ppc64", 65536},
                         {"s390x", 4096},    {"i686", 4096}};

TEST(DumpMaker, ElfIsReadByAnother) {
  for (const Row& row : kRows) {
    for (const bool overlapping : {false, true}) {
      SCOPED_TRACE(Cat(row.architecture, " ", row.page_size, overlapping ? " overlapping" : ""));
      const Machine machine = BareMachine(row.architecture, row.page_size);
      const Kdumpfile dump({ElfDump(machine, {.overlapping = overlapping})});
      ExpectPages(machine, dump);
      EXPECT_EQ(dump.Text("file.format"), "elf");
      EXPECT_EQ(dump.Number("cpu.number"), machine.cpus);
      EXPECT_EQ(dump.Text("linux.uts.release"), machine.release);
    }
  }
}

TEST(DumpMaker, KdumpIsReadByAnother) {
  for (const Row& row : kRows) {
    for (const std::string_view codec : {"none", "zlib", "lzo", "snappy", "zstd", "mixed"}) {
      SCOPED_TRACE(Cat(row.architecture, " ", row.page_size, " ", codec));
      const Machine machine = BareMachine(row.architecture, row.page_size);
      const Kdumpfile dump({KdumpDump(machine, {.codec = codec})});
      ExpectPages(machine, dump);
      EXPECT_EQ(dump.Text("file.format"), "diskdump");
      EXPECT_EQ(dump.Text("linux.uts.nodename"), machine.node);
      EXPECT_EQ(dump.Number("arch.page_size"), row.page_size);
      EXPECT_EQ(dump.Number("cpu.number"), machine.cpus);
    }
  }
}

TEST(DumpMaker, EveryHeaderVersionIsReadByAnother) {
  const Machine machine = BareMachine("x86_64");
  for (int version = 1; version <= 6; ++version) {
    SCOPED_TRACE(Cat("version ", version));
    KdumpOptions options;
    options.header_version = version;
    const Kdumpfile dump({KdumpDump(machine, options)});
    ExpectPages(machine, dump);
    const auto crash_time = dump.Text("linux.vmcoreinfo.lines.CRASHTIME");
    EXPECT_EQ(crash_time.has_value(), version >= 3);
  }
}

TEST(DumpMaker, SplitSetIsReadByAnother) {
  const Machine machine = BareMachine("x86_64");
  const Kdumpfile dump(SplitSet(machine, 3));
  ExpectPages(machine, dump);
}

TEST(DumpMaker, SingleBitmapIsReadByAnother) {
  const Machine machine = BareMachine("x86_64");
  KdumpOptions options;
  options.single_bitmap = true;
  options.shared_zero_page = false;
  options.eraseinfo = "erase foo 1 2 3\n";
  const Kdumpfile dump({KdumpDump(machine, options)});
  ExpectPages(machine, dump);
}

// The records put together again give the logical file.
TEST(DumpMaker, FlattenedSaysWhatItWasMadeOf) {
  const Machine machine = BareMachine("s390x");
  for (const std::string& logical : {KdumpDump(machine), ElfDump(machine)}) {
    const std::string flat = Flattened(logical, {.record_bytes = 1000});
    std::string again;
    std::size_t at = 4096;
    const auto number = [&flat](std::size_t offset) {
      return Number(std::as_bytes(std::span(flat)), offset, 8, Endian::kBig);
    };
    while (number(at) != ~0ULL) {
      const std::size_t size = number(at + 8);
      Overwrite(again, number(at), std::string_view(flat).substr(at + 16, size));
      at += 16 + size;
    }
    EXPECT_EQ(at + 16, flat.size());
    EXPECT_EQ(again, logical);
  }
}

}  // namespace
}  // namespace kdumpd
