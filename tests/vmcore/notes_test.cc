// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/notes.h"

#include <gtest/gtest.h>

#include "tests/support/dump_maker.h"
#include "tests/support/memory_bytes.h"

namespace kdumpd {
namespace {

std::string Note(std::string_view name, std::uint64_t type, std::string_view description,
                 Endian endian = Endian::kLittle) {
  FieldWriter out(endian, 4);
  out.Put(4, name.size()).Put(4, description.size()).Put(4, type);
  out.Text(name, name.size()).Pad(4).Text(description, description.size()).Pad(4);
  return out.bytes();
}
constexpr std::string_view kCore{"CORE\0", 5};
constexpr std::string_view kInfo{"VMCOREINFO\0", 11};

Notes Read(const std::string& bytes, Endian endian = Endian::kLittle) {
  const auto notes = ReadNotes(MemoryBytes(bytes), 0, bytes.size(), endian);
  EXPECT_TRUE(notes) << (notes ? "" : notes.error().message);
  return notes ? *notes : Notes{};
}

TEST(NotesTest, OfEveryMachine) {
  for (const char* architecture : {"x86_64", "aarch64", "ppc64", "s390x", "i686"}) {
    const Machine machine = BareMachine(architecture);
    const std::string bytes = "before" + MakeNotes(machine).bytes;
    const auto notes = ReadNotes(MemoryBytes(bytes), 6, bytes.size() - 6, machine.endian);
    ASSERT_TRUE(notes) << architecture;
    EXPECT_TRUE(notes->valid) << architecture;
    EXPECT_EQ(notes->cpus, machine.cpus) << architecture;
    EXPECT_EQ(notes->vmcoreinfo, machine.VmcoreinfoText()) << architecture;
  }
}

TEST(NotesTest, WhatCounts) {
  struct Row {
    const char* name;
    std::string bytes;
    std::uint32_t cpus;
    const char* vmcoreinfo;
    bool valid;
  };
  const std::string cpu = Note(kCore, 1, std::string(336, 'r'));
  const std::string info = Note(kInfo, 0, "A=1\n");
  const Row rows[] = {
      {"nothing", "", 0, "", true},
      {"two CPUs and the text", cpu + cpu + info, 2, "A=1\n", true},
      {"text first", info + cpu, 1, "A=1\n", true},
      {"PRPSINFO is no CPU", Note(kCore, 3, "process") + cpu, 1, "", true},
      {"LINUX notes between", cpu + Note({"LINUX\0", 6}, 0x301, "1234567") + cpu, 2, "", true},
      {"PRSTATUS of another name", Note({"LINUX\0", 6}, 1, "x"), 0, "", true},
      {"a name without its NUL", Note("CORE", 1, "regs"), 1, "", true},
      {"a longer name", Note({"VMCOREINFO_XEN\0", 15}, 0, "X=1\n"), 0, "", true},
      {"a name that begins alike", Note({"CORES\0", 6}, 1, "x"), 0, "", true},
      {"a very long name", Note(std::string(500, 'n'), 1, "x") + cpu, 1, "", true},
      {"the first text wins", info + Note(kInfo, 0, "B=2\n"), 0, "A=1\n", true},
      {"text up to its NUL", Note(kInfo, 0, std::string_view("A=1\n\0\0B=2", 9)), 0, "A=1\n", true},
      {"no padding at the end", Note(kInfo, 0, "A=12\n").substr(0, 12 + 12 + 5), 0, "A=12\n", true},
      {"zeros between", cpu + std::string(24, '\0') + cpu, 2, "", true},
      {"zeros at the end", cpu + std::string(10, '\0'), 1, "", true},
      {"half a header", cpu + cpu.substr(0, 11), 1, "", false},
      {"description cut", cpu + cpu.substr(0, cpu.size() - 1), 1, "", false},
      {"text cut", cpu + Note(kInfo, 0, "A=12").substr(0, 27), 1, "", false},
      {"name cut", cpu + Note(kCore, 1, "").substr(0, 15), 1, "", false},
      {"endless name", cpu + "\xff\xff\xff\xff" + std::string(8, '\1'), 1, "", false},
      {"endless description", cpu + std::string(4, '\0') + "\xff\xff\xff\xff" + cpu, 1, "", false},
  };
  for (const auto& row : rows) {
    const Notes notes = Read(row.bytes);
    EXPECT_EQ(notes.cpus, row.cpus) << row.name;
    EXPECT_EQ(notes.vmcoreinfo, row.vmcoreinfo) << row.name;
    EXPECT_EQ(notes.valid, row.valid) << row.name;
  }
}

TEST(NotesTest, ManyCpusAreReadInPieces) {
  std::string bytes;
  for (int cpu = 0; cpu < 5000; ++cpu) bytes += Note(kCore, 1, std::string(336, 'r'), Endian::kBig);
  bytes += Note(kInfo, 0, "A=1\n", Endian::kBig);
  const Notes notes = Read(bytes, Endian::kBig);
  EXPECT_EQ(notes.cpus, 5000U);
  EXPECT_EQ(notes.vmcoreinfo, "A=1\n");
  EXPECT_TRUE(notes.valid);
}

TEST(NotesTest, LongTextIsClipped) {
  const Notes notes = Read(Note(kInfo, 0, std::string(kMaxVmcoreinfoBytes + 9, 'x')));
  EXPECT_EQ(notes.vmcoreinfo.size(), kMaxVmcoreinfoBytes);
}

TEST(NotesTest, SizesBeyondTheFile) {
  const std::string cpu = Note(kCore, 1, "regs");
  const auto read = [&](std::uint64_t offset, std::uint64_t size) {
    return ReadNotes(MemoryBytes(cpu), offset, size, Endian::kLittle);
  };
  const auto longer = read(0, cpu.size() + 1);
  ASSERT_TRUE(longer);
  EXPECT_FALSE(longer->valid);
  EXPECT_EQ(longer->cpus, 1U);
  const auto behind = read(cpu.size(), 1);
  ASSERT_TRUE(behind);
  EXPECT_FALSE(behind->valid);
  const auto most = read(0, kMaxNoteBytes);
  ASSERT_TRUE(most);
  EXPECT_EQ(most->cpus, 1U);
  const auto more = read(0, kMaxNoteBytes + 1);
  EXPECT_EQ(more ? ErrorCode::kIo : more.error().code, ErrorCode::kTooLarge);
  const auto wrapped = read(~0ULL, 2);
  EXPECT_EQ(wrapped ? ErrorCode::kIo : wrapped.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace kdumpd
