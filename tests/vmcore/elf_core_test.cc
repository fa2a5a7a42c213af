// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/elf_core.h"

#include <gtest/gtest.h>

#include "tests/core/dump_bytes.h"
#include "tests/support/dump_maker.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

std::string Shown(const Wholeness& wholeness) {
  return std::string(Name(wholeness.state)) + " " + wholeness.reason;
}
std::string Checked(const std::string& dump, CheckLevel level = CheckLevel::kPages) {
  const MemoryBytes bytes(dump);
  const Opened core = OpenElf(bytes);
  return Shown(core ? (*core)->Check(level, {}) : core.error());
}

// Memory of `core` at `address`; "" when it is not there.
std::string Memory(Container& core, std::uint64_t address, std::size_t size) {
  std::string text(size, '?');
  const auto read = core.ReadPhysical(address, std::as_writable_bytes(std::span(text)));
  if (read) return text;
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  return "";
}

struct Load {
  std::uint64_t type = 1, offset = 0, physical = 0, file_bytes = 0, memory_bytes = 0;
};
// 64-bit, little endian, aarch64; contents from 0x1000 on.
std::string Core(const std::vector<Load>& loads, std::string_view contents) {
  std::string bytes = ElfBytes({.phnum = loads.size()}).substr(0, 64);
  Put(bytes, 18, 183, 2);
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::size_t at = 64 + 56 * i;
    Put(bytes, at, loads[i].type, 4);
    Put(bytes, at + 8, loads[i].offset, 8);
    Put(bytes, at + 24, loads[i].physical, 8);
    Put(bytes, at + 32, loads[i].file_bytes, 8);
    Put(bytes, at + 40, loads[i].memory_bytes, 8);
  }
  bytes.resize(4096);
  return bytes.append(contents);
}

TEST(ElfCoreTest, FactsOfEveryMachine) {
  for (const char* architecture : {"x86_64", "aarch64", "ppc64le", "ppc64", "s390x", "i686"}) {
    for (const bool extended : {false, true}) {
      const Machine machine = BareMachine(architecture);
      const MemoryBytes bytes(ElfDump(machine, {.extended_phnum = extended}));
      const Opened core = OpenElf(bytes);
      ASSERT_TRUE(core) << architecture;
      const ContainerFacts& facts = (*core)->facts();
      EXPECT_EQ(facts.format, DumpFormat::kElf);
      EXPECT_EQ(facts.machine, architecture);
      EXPECT_EQ(facts.endian, machine.endian);
      EXPECT_EQ(facts.word_bytes, machine.word_bytes) << architecture;
      EXPECT_EQ(facts.compression, "none");
      EXPECT_EQ(facts.page_size, 0U);
      EXPECT_EQ(facts.cpus, machine.cpus);
      EXPECT_EQ(facts.vmcoreinfo, machine.VmcoreinfoText());
      EXPECT_FALSE(facts.split || facts.crash_time || facts.dump_level);
      const Wholeness whole = (*core)->Check(CheckLevel::kPages, {});
      EXPECT_EQ(Shown(whole), "complete data_end_checked") << architecture;
      EXPECT_EQ(whole.level, CheckLevel::kCheap);
      EXPECT_EQ(whole.pages, machine.pages.size());
      EXPECT_EQ(whole.pages_checked, 0U);
      for (const auto& [frame, content] : machine.pages) {
        EXPECT_TRUE(Memory(**core, frame * machine.page_size, machine.page_size) == content)
            << architecture << " page " << frame;
      }
    }
  }
}

TEST(ElfCoreTest, MachineNames) {
  struct Row {
    std::uint64_t number;
    bool wide, big;
    const char* name;
    int word_bytes;
  };
  const Row rows[] = {
      {62, true, false, "x86_64", 8},   {3, false, false, "i686", 4},
      {3, true, false, "i686", 4},      {183, true, false, "aarch64", 8},
      {40, false, false, "arm", 4},     {21, true, false, "ppc64le", 8},
      {21, true, true, "ppc64", 8},     {22, true, true, "s390x", 8},
      {243, true, false, "riscv64", 8}, {258, true, false, "loongarch64", 8},
      {4711, true, false, "", 8},       {4711, false, true, "", 4},
  };
  for (const auto& row : rows) {
    std::string dump = ElfBytes({.wide = row.wide, .big = row.big});
    Put(dump, 18, row.number, 2, row.big);
    const MemoryBytes bytes(dump);
    const Opened core = OpenElf(bytes);
    ASSERT_TRUE(core) << row.number;
    EXPECT_EQ((*core)->facts().machine, row.name);
    EXPECT_EQ((*core)->facts().word_bytes, row.word_bytes) << row.number;
  }
}

TEST(ElfCoreTest, TheFirstSegmentThatCoversAnAddressCounts) {
  const MemoryBytes bytes(Core({{1, 0x1000, 0x20, 4, 4},        // aaaa
                                {1, 0x1004, 0x10, 0x20, 0x40},  // b, around it, with a tail
                                {1, 0x1024, 0x30, 8, 8},        // c, over the tail
                                {1, 0x102c, 0x24, 8, 8}},       // d, all of it covered
                               "aaaa" + std::string(0x20, 'b') + "cccccccc" + "dddddddd"));
  const Opened core = OpenElf(bytes);
  ASSERT_TRUE(core);
  EXPECT_EQ(Memory(**core, 0x10, 0x28),
            std::string(0x10, 'b') + "aaaa" + std::string(0x0c, 'b') + "cccccccc");
  EXPECT_EQ(Memory(**core, 0x1f, 2), "ba");
  EXPECT_EQ(Memory(**core, 0x23, 2), "ab");
  EXPECT_EQ(Memory(**core, 0x2f, 2), "bc");
  EXPECT_EQ(Memory(**core, 0x37, 1), "c");
  for (const std::uint64_t hole : {0x0fULL, 0x38ULL, 0x4fULL, 0x50ULL, ~0ULL}) {
    EXPECT_EQ(Memory(**core, hole, 1), "") << hole;
  }
  EXPECT_EQ(Memory(**core, 0x37, 2), "");
  EXPECT_EQ(Memory(**core, 0x0f, 2), "");
  EXPECT_EQ(Memory(**core, 0x99, 0), "");
}

// Their table may be the last thing in the file.
TEST(ElfCoreTest, OfCutProgramHeadersTheFirstOnesStillServe) {
  std::string dump = Core({{1, 0x1000, 0x2000, 4, 4}, {1, 0x1004, 0x1000, 4, 4}}, "aaaabbbb");
  const std::string table = dump.substr(64, 2 * std::size_t{56});
  Put(dump, 32, dump.size(), 8);
  Put(dump, 56, 3, 2);
  const MemoryBytes bytes(dump + table);
  const Opened core = OpenElf(bytes);
  ASSERT_TRUE(core);
  EXPECT_EQ(Shown((*core)->Check(CheckLevel::kPages, {})), "truncated metadata_cut");
  EXPECT_EQ(Memory(**core, 0x2000, 4), "aaaa");
  EXPECT_EQ(Memory(**core, 0x1000, 4), "bbbb");
}

TEST(ElfCoreTest, ThousandsOfSegments) {
  constexpr std::uint64_t kCount = 20'000, kData = 0x200'000;
  std::string dump = Core({}, "");
  Put(dump, 56, kCount, 2);
  dump.resize(kData);
  for (std::uint64_t i = 0; i < kCount; ++i) {
    Put(dump, 64 + 56 * i, 1, 4);
    Put(dump, 64 + 56 * i + 8, kData + i, 8);
    Put(dump, 64 + 56 * i + 24, i * 8192, 8);
    Put(dump, 64 + 56 * i + 32, 1, 8);
    Put(dump, 64 + 56 * i + 40, 8192, 8);
    dump += static_cast<char>(i % 251);
  }
  const MemoryBytes bytes(dump);
  const Opened core = OpenElf(bytes);
  ASSERT_TRUE(core);
  for (std::uint64_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(Memory(**core, i * 8192, 1), std::string(1, static_cast<char>(i % 251)));
  }
}

TEST(ElfCoreTest, WhatIsWrong) {
  constexpr std::uint64_t kLast = ~0ULL;
  const std::string good = Core({{1, 0x1000, 0, 16, 16}}, std::string(16, 'x'));
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    std::string bytes = good;
    Put(bytes, at, value, size);
    return bytes;
  };
  const auto core = [&](const Load& load) {
    return Core({{1, 0x1000, 0, 16, 16}, load}, std::string(64, 'x'));
  };
  struct Row {
    const char* name;
    std::string bytes;
    const char* headers;
    const char* deep;
  };
  const char* whole = "complete headers_checked";
  const Row rows[] = {
      {"whole", good, whole, "complete data_end_checked"},
      {"longer", good + "x", whole, "complete data_end_checked"},
      {"a byte short", good.substr(0, 4096 + 15), whole, "truncated segments_cut"},
      {"nothing", "", "truncated header_cut", "truncated header_cut"},
      {"header cut", good.substr(0, 63), "truncated header_cut", "truncated header_cut"},
      {"other class", put(4, 3, 1), "damaged header_invalid", "damaged header_invalid"},
      {"a program", put(16, 2, 2), "unknown not_a_dump", "unknown not_a_dump"},
      {"no segments", put(56, 0, 2), "damaged header_invalid", "damaged header_invalid"},
      {"odd entries", put(54, 55, 2), "damaged header_invalid", "damaged header_invalid"},
      {"flag", put(48, 1, 4), "incomplete incomplete_flag", "incomplete incomplete_flag"},
      {"flag, and cut", put(48, 1, 4).substr(0, 4096), "incomplete incomplete_flag",
       "incomplete incomplete_flag"},
      {"another flag", put(48, 2, 4), whole, "complete data_end_checked"},
      {"program headers cut", good.substr(0, 119), "truncated metadata_cut",
       "truncated metadata_cut"},
      {"program headers past the end", put(32, 5000, 8), "truncated metadata_cut",
       "truncated metadata_cut"},
      {"program headers past any offset", put(32, kLast, 8), "truncated metadata_cut",
       "truncated metadata_cut"},
      {"zeros for program headers", put(64, 0, 4), "damaged program_headers_invalid",
       "damaged program_headers_invalid"},
      {"notes alone", put(64, 4, 4), "damaged program_headers_invalid",
       "damaged program_headers_invalid"},
      {"memory without bytes", put(96, 0, 8), "damaged program_headers_invalid",
       "damaged program_headers_invalid"},
      {"file offset wraps", core({1, kLast, 0x1000, 2, 2}), "damaged program_headers_invalid",
       "damaged program_headers_invalid"},
      {"file offset does not wrap", core({1, kLast - 2, 0x1000, 2, 2}), whole,
       "truncated segments_cut"},
      {"address wraps", core({1, 0x1000, kLast, 2, 2}), "damaged program_headers_invalid",
       "damaged program_headers_invalid"},
      {"address wraps by what is not there", core({1, 0x1000, 0x1000, 2, kLast}),
       "damaged program_headers_invalid", "damaged program_headers_invalid"},
      {"as kexec-tools without _text",
       core({1, 0x2000, 0x4e1867600000, 0xffffb1e7da6b0000, 0xffffb1e7da6b0000}),
       "damaged program_headers_invalid", "damaged program_headers_invalid"},
      {"notes beyond the file", core({4, 0x1030, 0, 17, 0}), "truncated metadata_cut",
       "truncated metadata_cut"},
      {"notes that run over", core({4, 0x1030, 0, 16, 0}), "damaged notes_invalid",
       "damaged notes_invalid"},
      {"more notes than there may be", core({4, 0, 0, (64 << 20) + 1, 0}), "truncated metadata_cut",
       "truncated metadata_cut"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Checked(row.bytes, CheckLevel::kHeaders), row.headers) << row.name;
    EXPECT_EQ(Checked(row.bytes, CheckLevel::kCheap), row.deep) << row.name;
    EXPECT_EQ(Checked(row.bytes), row.deep) << row.name;
  }
}

TEST(ElfCoreTest, TheFlagOfBigEndianPpc64SaysNothing) {
  for (const auto* architecture : {"ppc64", "ppc64le", "s390x"}) {
    const Machine machine = BareMachine(architecture);
    std::string dump = ElfDump(machine);
    Put(dump, 48, 1, 4, machine.endian == Endian::kBig);
    EXPECT_EQ(Checked(dump), architecture == std::string_view("ppc64")
                                 ? "complete data_end_checked"
                                 : "incomplete incomplete_flag")
        << architecture;
  }
}

TEST(ElfCoreTest, PhysBaseOfTheFirstSegmentOfTheImage) {
  struct Row {
    std::uint64_t machine, type, address, physical;
    std::optional<std::uint64_t> expected;
  };
  const Row rows[] = {
      {62, 1, 0xffffffff81000000, 0x2500'0000, 0x2400'0000},
      {62, 1, 0xffffffff81000000, 0x10'0000, -0xf0'0000ULL},
      {62, 1, 0xffffffff80000000, 0x1000, 0x1000},
      {62, 1, 0xffffffffbfffffff, 0x3fff'ffff, 0},
      {62, 1, 0xffffffffc0000000, 0x1000, std::nullopt},
      {62, 1, 0xffffffff7fffffff, 0x1000, std::nullopt},
      {62, 1, 0xffff888000000000, 0x1000, std::nullopt},
      {62, 4, 0xffffffff81000000, 0x1000, std::nullopt},
      {183, 1, 0xffffffff81000000, 0x1000, std::nullopt},
  };
  for (const auto& row : rows) {
    std::string dump = Core({{1, 0x1000, 0, 16, 16},
                             {row.type, 0x1000, row.physical, 0, 0},
                             {1, 0x1000, 0x7700'0000, 16, 16}},
                            "0123456789abcdef");
    Put(dump, 18, row.machine, 2);
    Put(dump, 64 + 56 + 16, row.address, 8);
    if (row.expected) Put(dump, 64 + 56 * 2 + 16, 0xffffffff82000000, 8);
    const MemoryBytes bytes(dump);
    const Opened core = OpenElf(bytes);
    ASSERT_TRUE(core);
    EXPECT_EQ((*core)->facts().phys_base, row.expected) << std::hex << row.address;
  }
}

TEST(ElfCoreTest, NeedsBytes) {
  const MemoryBytes bytes(Core({{1, 0x1000, 0, 16, 16}, {1, 0x1010, 64, 100, 100}}, "0123"));
  const Opened core = OpenElf(bytes);
  ASSERT_TRUE(core);
  const Wholeness cut = (*core)->Check(CheckLevel::kCheap, {});
  EXPECT_EQ(Shown(cut), "truncated segments_cut");
  EXPECT_EQ(cut.needs_bytes, 0x1010U + 100);
  EXPECT_EQ(Memory(**core, 0, 4), "0123");  // what is there can be read
  EXPECT_EQ(Memory(**core, 0, 5), "");
}

TEST(ElfCoreTest, CountsInSectionHeaderZero) {
  std::string dump = ElfDump(BareMachine("x86_64"), {.extended_phnum = true});
  const auto section = Number(std::as_bytes(std::span(dump)), 40, 8, Endian::kLittle);
  Put(dump, section + 44, 65'537, 4);
  EXPECT_EQ(Checked(dump), "damaged program_headers_invalid");
  Put(dump, 40, dump.size() - 10, 8);
  EXPECT_EQ(Checked(dump), "truncated metadata_cut");
}

TEST(ElfCoreTest, NeverCompleteWhenCut) {
  const std::string dump = ElfDump(BareMachine("s390x"));
  for (std::size_t size = 0; size < dump.size(); size += size < 4096 ? 1 : 41) {
    const std::string shown = Checked(dump.substr(0, size));
    ASSERT_TRUE(shown.starts_with("truncated ")) << size << " " << shown;
  }
  EXPECT_EQ(Checked(dump), "complete data_end_checked");
}

// CORE/NT_AUXV among the notes: what a crashed program leaves. With VMCOREINFO it is a kernel's all
// the same.
TEST(ElfCoreTest, TheCoreOfAProgramIsNoDump) {
  const auto note = [](std::string_view name, std::uint64_t type, std::string_view text) {
    FieldWriter out(Endian::kLittle, 4);
    out.Put(4, name.size()).Put(4, text.size()).Put(4, type);
    out.Text(name, name.size()).Pad(4).Text(text, text.size()).Pad(4);
    return out.bytes();
  };
  const std::string auxv = note({"CORE\0", 5}, 6, "sixteen bytes...");
  const std::string info = note({"VMCOREINFO\0", 11}, 0, "A=1\n");
  const auto core = [](const std::string& notes) {
    return Core({{4, 4096, 0, notes.size(), 0}, {1, 4096, 0, 1, 1}}, notes);
  };
  EXPECT_EQ(Checked(core(auxv)), "unknown not_a_dump");
  EXPECT_EQ(Checked(core(auxv + info)), "complete data_end_checked");
  EXPECT_EQ(Checked(core(note({"CORE\0", 5}, 7, "sixteen bytes..."))), "complete data_end_checked");
}

}  // namespace
}  // namespace kdumpd
