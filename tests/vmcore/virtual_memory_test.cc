// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/virtual_memory.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "tests/support/physical_memory.h"

namespace kdumpd {
namespace {

// A dump that is nothing but memory.
class MemoryDump final : public Container {
 public:
  explicit MemoryDump(std::string_view machine) { facts_.machine = machine; }
  ContainerFacts& facts() { return facts_; }
  Result<void> ReadPhysical(std::uint64_t address, std::span<std::byte> out) override {
    return memory.Read(address, out);
  }
  Wholeness Check(CheckLevel /*level*/, const Progress& /*progress*/) override { return {}; }

  PhysicalMemory memory;
};

std::string Field(std::string text) {
  text.resize(65);
  return text;
}

std::string Utsname(const std::string& sysname = "Linux", const std::string& node = "node1",
                    const std::string& release = "6.1.0-1-test") {
  return Field(sysname) + Field(node) + Field(release) + Field("#1 SMP Test") + Field("machine") +
         Field("(none)");
}

constexpr std::string_view kRelease = "OSRELEASE=6.1.0-1-test\n";
constexpr std::string_view kName = "OFFSET(uts_namespace.name)=4\n";
constexpr std::uint64_t kUts = 0x5f00;  // physical; the utsname crosses a page

struct MachineRow {
  std::string_view machine, notes;
};
const MachineRow kMachines[] = {
    {"x86_64",
     "SYMBOL(init_uts_ns)=ffffffff81005f00\nSYMBOL(init_top_pgt)=ffffffff81002000\n"
     "NUMBER(phys_base)=-16777216\n"},
    {"aarch64",
     "SYMBOL(init_uts_ns)=ffffa00000005f00\nPAGESIZE=4096\nSYMBOL(_stext)=ffffa00000010000\n"
     "SYMBOL(swapper_pg_dir)=ffffa00000002000\nNUMBER(VA_BITS)=48\n"
     "NUMBER(kimage_voffset)=0xffffa00000000000\nNUMBER(PHYS_OFFSET)=0x0\n"},
    {"ppc64le", "SYMBOL(init_uts_ns)=c000000000005f00\n"},
    {"ppc64", "SYMBOL(init_uts_ns)=c000000000005f00\n"},
    {"s390x", "SYMBOL(init_uts_ns)=5f00\n"},
};

Result<VirtualMemory> OpenWith(MemoryDump& dump, std::string_view notes) {
  return VirtualMemory::Open(dump, Vmcoreinfo(notes));
}

TEST(VirtualMemoryTest, EachMachineProvesItsTranslation) {
  for (const auto& row : kMachines) {
    MemoryDump dump(row.machine);
    dump.memory.Put(kUts + 4, Utsname());
    const auto memory = OpenWith(dump, Cat(kRelease, kName, row.notes));
    ASSERT_TRUE(memory) << row.machine << ": " << memory.error().message;
    EXPECT_EQ(memory->node(), "node1");
    EXPECT_EQ(memory->version(), "#1 SMP Test");
  }
}

TEST(VirtualMemoryTest, AProofThatFailsIsInvalid) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"other release", Utsname("Linux", "node1", "6.1.0-1-tes")},
      {"longer release", Utsname("Linux", "node1", "6.1.0-1-testx")},
      {"other system", Utsname("linux")},
      {"longer system", Utsname("Linuxx")},
      {"zeros", std::string(390, '\0')},
      {"no ends", std::string(390, 'L')},
  };
  for (const auto& row : kMachines) {
    for (const auto& [name, bytes] : wrong) {
      MemoryDump dump(row.machine);
      dump.memory.Put(kUts + 4, bytes);
      const auto memory = OpenWith(dump, Cat(kRelease, kName, row.notes));
      ASSERT_FALSE(memory) << row.machine << ' ' << name;
      EXPECT_EQ(memory.error().code, ErrorCode::kInvalid) << row.machine << ' ' << name;
      EXPECT_EQ(memory.error().message, "at init_uts_ns is not Linux 6.1.0-1-test");
    }
  }
}

TEST(VirtualMemoryTest, WithoutOffsetTheUtsnameIsSearchedFor) {
  for (const std::uint64_t offset : {0, 4, 8, 194}) {
    MemoryDump dump("s390x");
    dump.memory.Put(kUts, "Linux");  // and no end
    dump.memory.Put(kUts + 5, "x");
    dump.memory.Put(kUts + offset, Utsname());
    const auto memory = OpenWith(dump, "OSRELEASE=6.1.0-1-test\nSYMBOL(init_uts_ns)=5f00\n");
    ASSERT_TRUE(memory) << offset << ' ' << memory.error().message;
    EXPECT_EQ(memory->node(), "node1");
  }
  MemoryDump far("s390x");
  far.memory.Put(kUts + 195, Utsname());
  const auto memory = OpenWith(far, "OSRELEASE=6.1.0-1-test\nSYMBOL(init_uts_ns)=5f00\n");
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(memory.error().message, "init_uts_ns: holds no utsname");
}

TEST(VirtualMemoryTest, AnOffsetBeyondReasonIsInvalid) {
  MemoryDump dump("s390x");
  dump.memory.Put(kUts + 4096, Utsname());
  const auto memory =
      OpenWith(dump, Cat(kRelease, "SYMBOL(init_uts_ns)=5f00\nOFFSET(uts_namespace.name)=4096\n"));
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kInvalid);
}

TEST(VirtualMemoryTest, WhatIsNotInTheDumpIsSaidSo) {
  for (const auto& row : kMachines) {
    for (const std::uint64_t lost : {kUts, kUts + 256}) {
      MemoryDump dump(row.machine);
      dump.memory.Put(kUts + 4, Utsname());
      dump.memory.Lose(lost);
      // Nobody contradicts the translation: it can be used, and is told from a proven one.
      const auto memory = OpenWith(dump, Cat(kRelease, kName, row.notes));
      ASSERT_TRUE(memory) << row.machine;
      EXPECT_EQ(memory->unproven(), "init_uts_ns is not in the dump") << row.machine;
      EXPECT_EQ(memory->node(), "") << row.machine;
      MemoryDump whole(row.machine);
      whole.memory.Put(kUts + 4, Utsname());
      EXPECT_EQ(OpenWith(whole, Cat(kRelease, kName, row.notes))->unproven(), "") << row.machine;
    }
  }
}

TEST(VirtualMemoryTest, AnAddressThatDoesNotTranslateIsSaidSo) {
  MemoryDump dump("ppc64le");
  const auto memory =
      OpenWith(dump, Cat(kRelease, kName, "SYMBOL(init_uts_ns)=d000000000005f00\n"));
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(memory.error().message, "init_uts_ns: 0xd000000000005f04 is not in the linear map");
}

TEST(VirtualMemoryTest, WhatIsMissingIsNamed) {
  for (const auto& row : kMachines) {
    MemoryDump dump(row.machine);
    dump.memory.Put(kUts + 4, Utsname());
    const std::string notes = Cat(kRelease, kName, row.notes);
    for (const auto* key : {"OSRELEASE", "SYMBOL(init_uts_ns)"}) {
      std::string text = notes;
      text.replace(text.find(key), 1, "_");
      const auto memory = OpenWith(dump, text);
      ASSERT_FALSE(memory) << row.machine;
      EXPECT_EQ(memory.error().code, ErrorCode::kNotFound) << row.machine;
      EXPECT_EQ(memory.error().message, Cat(key, " is not in VMCOREINFO")) << row.machine;
    }
  }
}

TEST(VirtualMemoryTest, MachinesWithoutARule) {
  for (const auto* machine : {"", "riscv64", "x86", "i686", "aarch64_be", "x86_64\n"}) {
    MemoryDump dump(machine);
    const auto memory = OpenWith(dump, "");
    ASSERT_FALSE(memory) << machine;
    EXPECT_EQ(memory.error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(memory.error().message.starts_with("no rule for machine ")) << machine;
    EXPECT_EQ(memory.error().message.find('\n'), std::string::npos);
  }
}

struct PhysBaseRow {
  std::string_view note;
  std::optional<std::uint64_t> container;
  std::uint64_t true_base;
  bool proven;
};

// Kernels before 4.10 do not say it: the container's, else 0; whatever is proven.
TEST(VirtualMemoryTest, PhysBaseFromTheFirstThatProvesItself) {
  constexpr std::string_view kSaid = "NUMBER(phys_base)=-16777216\n";
  constexpr std::uint64_t kNegative = -0x100'0000ULL, kMoved = 0x2400'0000;
  const PhysBaseRow rows[] = {
      {"", std::nullopt, 0, true},      {"", kMoved, kMoved, true},
      {"", kNegative, kNegative, true}, {"", kMoved, 0, true},
      {kSaid, kMoved, kNegative, true}, {kSaid, kMoved, kMoved, true},
      {kSaid, kMoved, 0, true},         {"", std::nullopt, kMoved, false},
      {"", 0x1000, kMoved, false},
  };
  for (const auto& row : rows) {
    MemoryDump dump("x86_64");
    dump.facts().phys_base = row.container;
    dump.memory.Put(0x100'5f04 + row.true_base, Utsname());
    const auto memory =
        OpenWith(dump, Cat(kRelease, kName, "SYMBOL(init_uts_ns)=ffffffff81005f00\n",
                           "SYMBOL(init_level4_pgt)=ffffffff81002000\n", row.note));
    ASSERT_TRUE(memory) << memory.error().message;
    EXPECT_EQ(memory->unproven().empty(), row.proven) << row.note << row.true_base;
    EXPECT_EQ(memory->node(), row.proven ? "node1" : "") << row.note << row.true_base;
  }
}

// A page that cannot be read by one guess does not undo that another was denied.
TEST(VirtualMemoryTest, AGuessOfPhysBaseThatIsNotProvenIsNone) {
  MemoryDump dump("x86_64");
  dump.facts().phys_base = 0x2400'0000;
  dump.memory.Put(0x2500'5f04, std::string(390, 'x'));
  const auto memory = OpenWith(dump, Cat(kRelease, kName, "SYMBOL(init_uts_ns)=ffffffff81005f00\n",
                                         "SYMBOL(init_level4_pgt)=ffffffff81002000\n"));
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().code, ErrorCode::kInvalid);
}

// Tables that are there and lie: the layout alone is right.
TEST(VirtualMemoryTest, Arm64FallsBackToTheLayout) {
  MemoryDump dump("aarch64");
  dump.memory.Put(kUts + 4, Utsname());
  dump.memory.PutNumber(0x2000 + 8 * 0x140, 0x3003);
  dump.memory.PutNumber(0x3000, 0x4000'0001);  // a block of 1 GiB, elsewhere
  const auto memory = OpenWith(dump, Cat(kRelease, kName, kMachines[1].notes));
  ASSERT_TRUE(memory) << memory.error().message;
  EXPECT_EQ(memory->node(), "node1");
  EXPECT_EQ(memory->Number(0xffffa00000003000, 4), 0x4000'0001U);
}

TEST(VirtualMemoryTest, HostileNamesAreCutAtTheirField) {
  MemoryDump dump("s390x");
  std::string bytes = Utsname();
  bytes.replace(65, 65, std::string(65, 'n'));
  dump.memory.Put(kUts + 4, bytes);
  const auto memory = OpenWith(dump, Cat(kRelease, kName, kMachines[4].notes));
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->node(), std::string(64, 'n'));
}

TEST(VirtualMemoryTest, WordsAndByteOrderAreTheDumps) {
  MemoryDump dump("s390x");
  dump.facts().endian = Endian::kBig;
  dump.facts().word_bytes = 4;
  dump.memory.Put(kUts + 4, Utsname());
  dump.memory.PutNumber(0x5000, 0x0102030405060708, 8, Endian::kBig);
  const auto memory = OpenWith(dump, Cat(kRelease, kName, kMachines[4].notes));
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->Number(0x5000, 8), 0x0102030405060708U);
  EXPECT_EQ(memory->Pointer(0x5000), 0x01020304U);
  EXPECT_EQ(memory->endian(), Endian::kBig);
  EXPECT_EQ(memory->word_bytes(), 4);
}

// Virtual page n lies at physical page 2n, but 8 and 9 are together; 5 is not mapped.
class PagesTest : public ::testing::Test {
 protected:
  static Result<std::uint64_t> Translate(std::uint64_t address) {
    const std::uint64_t page = address / 4096, within = address % 4096;
    if (page == 5) return Fail(ErrorCode::kNotFound, "not mapped");
    return (page == 9 ? 17 : page * 2) * 4096 + within;
  }
  PagesTest() {
    for (std::uint64_t page = 0; page < 12; ++page) {
      const auto physical = Translate(page * 4096);
      if (physical) memory_.Put(*physical, std::string(4096, static_cast<char>('a' + page)));
    }
  }
  [[nodiscard]] VirtualMemory Memory(std::uint64_t page_size = 4096) {
    return {Translate, memory_.Reader(), Endian::kLittle, 8, page_size};
  }
  // What Read gives, or its error in <>.
  std::string Read(const VirtualMemory& memory, std::uint64_t address, std::size_t size) {
    std::string out(size, '?');
    const auto read = memory.Read(address, std::as_writable_bytes(std::span(out)));
    return read ? out : Cat('<', read.error().message, '>');
  }
  PhysicalMemory memory_;
};

TEST_F(PagesTest, ReadsPageByPage) {
  const auto memory = Memory();
  EXPECT_EQ(Read(memory, 4094, 4), "aabb");
  EXPECT_EQ(Read(memory, 4096, 2), "bb");
  EXPECT_EQ(Read(memory, 4095, 4098), "a" + std::string(4096, 'b') + "c");
  EXPECT_EQ(Read(memory, 4096, 0), "");
  EXPECT_EQ(Read(memory, 5 * 4096, 0), "");
}

TEST_F(PagesTest, PagesThatFollowEachOtherAreOneRead) {
  const auto memory = Memory();
  EXPECT_EQ(Read(memory, 8 * 4096 + 4094, 4), "iijj");
  EXPECT_EQ(memory_.reads(), 1);
  EXPECT_EQ(Read(memory, 7 * 4096 + 4095, 4098), "h" + std::string(4096, 'i') + "j");
  EXPECT_EQ(memory_.reads(), 3);
}

TEST_F(PagesTest, APageThatIsNotThereFailsTheRead) {
  const auto memory = Memory();
  EXPECT_EQ(Read(memory, 5 * 4096 - 1, 2), "<not mapped>");
  EXPECT_EQ(Read(memory, 12 * 4096 - 1, 2), "<page is not in the dump>");
  EXPECT_EQ(Read(memory, 5 * 4096 - 1, 1), "e");
}

TEST_F(PagesTest, OrZerosInItsPlace) {
  const auto memory = Memory();
  std::string out(2 + 4096 + 2, '?');
  EXPECT_FALSE(memory.ReadOrZero(5 * 4096 - 2, std::as_writable_bytes(std::span(out))));
  EXPECT_EQ(out, "ee" + std::string(4096, '\0') + "gg");
  out.assign(3, '?');
  EXPECT_FALSE(memory.ReadOrZero(12 * 4096 - 2, std::as_writable_bytes(std::span(out))));
  EXPECT_EQ(out, std::string("ll\0", 3));
  EXPECT_TRUE(memory.ReadOrZero(4095, std::as_writable_bytes(std::span(out))));
  EXPECT_EQ(out, "abb");
}

TEST_F(PagesTest, NothingRunsPastTheEndOfTheAddressSpace) {
  const auto memory = Memory();
  EXPECT_EQ(Read(memory, ~0ULL, 2), "<runs past the end of the address space>");
  EXPECT_EQ(Read(memory, ~0ULL, 1), "<page is not in the dump>");
  std::string out(4096, '?');
  EXPECT_FALSE(memory.ReadOrZero(~0ULL - 1, std::as_writable_bytes(std::span(out))));
  EXPECT_EQ(out, std::string(4096, '\0'));
}

TEST_F(PagesTest, Numbers) {
  const auto memory = Memory();
  EXPECT_EQ(memory.Number(4094, 4), 0x62626161U);
  EXPECT_EQ(memory.Number(0, 1), 0x61U);
  EXPECT_EQ(memory.Pointer(4092), 0x6262626261616161U);
  for (const std::size_t size : {0, 9}) {
    const auto none = memory.Number(0, size);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kInvalid);
  }
  EXPECT_EQ(memory.Number(5 * 4096 - 1, 2).error().code, ErrorCode::kNotFound);
}

TEST_F(PagesTest, PageSizesThatAreNone) {
  for (const std::uint64_t size : {0ULL, 1ULL, 2048ULL, 4097ULL, 12288ULL, 1ULL << 17, ~0ULL}) {
    EXPECT_EQ(Read(Memory(size), 4094, 4), "aabb") << size;
  }
  // A larger one is used: page 1 is taken for the second quarter of page 0.
  EXPECT_NE(Read(Memory(16384), 4094, 4), "aabb");
}

struct PageSizeRow {
  std::uint64_t facts;
  std::string_view notes;
  bool small;  // pages of 4 KiB
};

// By the dump, else by the notes, else 4 KiB.
TEST(VirtualMemoryTest, ThePageSizeFromTheFirstThatMakesSense) {
  const PageSizeRow rows[] = {
      {4096, "PAGESIZE=65536\n", true}, {65536, "PAGESIZE=4096\n", false},
      {0, "PAGESIZE=65536\n", false},   {4095, "PAGESIZE=65536\n", false},
      {0, "PAGESIZE=99\n", true},       {1 << 17, "", true},
  };
  for (const auto& row : rows) {
    MemoryDump dump("x86_64");
    dump.facts().page_size = row.facts;
    dump.memory.Put(kUts + 4, Utsname());
    // ffff888000000000 lies at 0xa000, the next page of 4 KiB at 0xc000.
    dump.memory.PutNumber(0x2000 + 8 * 0x111, 0x3001);
    dump.memory.PutNumber(0x3000, 0x4001);
    dump.memory.PutNumber(0x4000, 0x7001);
    dump.memory.PutNumber(0x7000, 0xa001);
    dump.memory.PutNumber(0x7008, 0xc001);
    dump.memory.Put(0xafff, "ab");
    dump.memory.Put(0xc000, "c");
    const auto memory = OpenWith(dump, Cat(kRelease, kName, kMachines[0].notes, row.notes));
    ASSERT_TRUE(memory) << memory.error().message;
    std::string out(2, '?');
    EXPECT_TRUE(
        memory->Read(0xffff888000000fff, std::as_writable_bytes(std::span(out))).has_value());
    EXPECT_EQ(out, row.small ? "ac" : "ab") << row.facts << ' ' << row.notes;
  }
}

}  // namespace
}  // namespace kdumpd
