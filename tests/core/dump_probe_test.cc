// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/core/dump_bytes.h"

namespace kdumpd {
namespace {

std::string Shown(const DumpProbe& probe) {
  return std::string(Name(probe.format)) + " " + std::string(Name(probe.state)) + " " +
         probe.reason;
}

constexpr std::uint64_t kMetadata = 8 * 4096;  // of the default shape: 1 + 1 + 6 blocks

struct KdumpRow {
  const char* name;
  KdumpShape shape;
  std::uint64_t size;
  const char* expected;
};

TEST(DumpProbeTest, Kdump) {
  const KdumpRow rows[] = {
      {"whole", {}, 1 << 20, "kdump complete headers_checked"},
      {"as long as its metadata", {}, kMetadata, "kdump complete headers_checked"},
      {"one byte shorter", {}, kMetadata - 1, "kdump truncated metadata_cut"},
      {"header alone", {}, 464, "kdump truncated metadata_cut"},
      {"less than the header", {}, 463, "kdump truncated header_cut"},
      {"magic alone", {}, 8, "kdump truncated header_cut"},
      {"makedumpfile ran out of space",
       {.status = 0x9},
       1 << 20,
       "kdump incomplete incomplete_flag"},
      {"flag and cut", {.status = 0x8}, 5000, "kdump incomplete incomplete_flag"},
      {"every other flag", {.status = 0x37}, 1 << 20, "kdump complete headers_checked"},
      {"big-endian", {.big = true}, kMetadata, "kdump complete headers_checked"},
      {"big-endian, flag",
       {.big = true, .status = 8},
       kMetadata,
       "kdump incomplete incomplete_flag"},
      {"32-bit writer", {.narrow = true}, kMetadata, "kdump complete headers_checked"},
      {"32-bit writer, flag",
       {.narrow = true, .status = 8},
       kMetadata,
       "kdump incomplete incomplete_flag"},
      {"64 KiB pages",
       {.block_size = 65536, .bitmaps = 2},
       4 * 65536,
       "kdump complete headers_checked"},
      {"64 KiB pages, cut",
       {.block_size = 65536, .bitmaps = 2},
       4 * 65536 - 1,
       "kdump truncated metadata_cut"},
      {"bitmaps of a whole number",
       {.bitmaps = 0xffffffff},
       1 << 20,
       "kdump truncated metadata_cut"},
      {"old signature", {.signature = "DISKDUMP"}, kMetadata, "kdump complete headers_checked"},
      {"near signature", {.signature = "KDUMP  x"}, kMetadata, "other unknown not_a_dump"},
      {"no version", {.version = 0}, kMetadata, "kdump damaged header_invalid"},
      {"absurd version", {.version = 100}, kMetadata, "kdump damaged header_invalid"},
      {"no block size", {.block_size = 0}, kMetadata, "kdump damaged header_invalid"},
      {"odd block size", {.block_size = 4097}, kMetadata, "kdump damaged header_invalid"},
      {"small block size", {.block_size = 2048}, kMetadata, "kdump damaged header_invalid"},
      {"huge block size", {.block_size = 1 << 19}, kMetadata, "kdump damaged header_invalid"},
      {"huge sub-header", {.sub_header = 65537}, kMetadata, "kdump damaged header_invalid"},
      {"no bitmaps", {.bitmaps = 0}, kMetadata, "kdump damaged header_invalid"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Shown(Probe(KdumpHeaderBytes(row.shape), row.size)), row.expected) << row.name;
  }
}

TEST(DumpProbeTest, CrashTimeOfTheKdumpHeader) {
  struct Row {
    KdumpShape shape;
    std::optional<std::int64_t> expected;
  };
  const Row rows[] = {
      {{}, 1'795'334'808},
      {{.big = true}, 1'795'334'808},
      {{.narrow = true}, 1'795'334'808},
      {{.big = true, .narrow = true, .seconds = 0xfffffffe}, 0xfffffffe},  // past 2038, unsigned
      {{.seconds = 0}, std::nullopt},
      {{.seconds = ~0ULL}, std::nullopt},
      {{.seconds = 253'402'300'799}, 253'402'300'799},
      {{.seconds = 253'402'300'800}, std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Probe(KdumpHeaderBytes(row.shape), 1 << 20).crash_time, row.expected)
        << row.shape.seconds;
  }
}

struct ElfRow {
  const char* name;
  ElfShape shape;
  std::uint64_t size;
  const char* expected;
};

TEST(DumpProbeTest, Elf) {
  constexpr std::uint64_t kLast = ~0ULL;
  const ElfRow rows[] = {
      {"whole", {}, 4196, "elf complete headers_checked"},
      {"longer", {}, 5000, "elf complete headers_checked"},
      {"one byte shorter", {}, 4195, "elf truncated segments_cut"},
      {"32-bit", {.wide = false}, 4196, "elf complete headers_checked"},
      {"32-bit, cut", {.wide = false}, 4195, "elf truncated segments_cut"},
      {"big-endian", {.big = true}, 4196, "elf complete headers_checked"},
      {"big-endian, cut", {.big = true}, 4195, "elf truncated segments_cut"},
      {"32-bit big-endian, cut", {.wide = false, .big = true}, 4195, "elf truncated segments_cut"},
      {"makedumpfile ran out of space", {.flags = 1}, 4196, "elf incomplete incomplete_flag"},
      {"another flag", {.flags = 2}, 4196, "elf complete headers_checked"},
      {"flag, big-endian", {.big = true, .flags = 1}, 4196, "elf incomplete incomplete_flag"},
      {"an executable", {.type = 2}, 4196, "other unknown not_a_dump"},
      {"no segments", {.phnum = 0}, 4196, "elf damaged header_invalid"},
      {"odd entries", {.phentsize = 57}, 4196, "elf damaged header_invalid"},
      {"end past any number", {.offset = kLast, .filesz = 1}, 4196, "elf damaged header_invalid"},
      {"end at the last number",
       {.offset = kLast - 1, .filesz = 1},
       4196,
       "elf truncated segments_cut"},
      {"program headers past the end", {.phnum = 3}, 64 + 2 * 56, "elf truncated metadata_cut"},
      {"more program headers than the head holds",
       {.phnum = 0xffff},
       8 << 20,
       "elf complete headers_checked"},
      {"header cut", {}, 63, "elf truncated header_cut"},
      {"32-bit header cut", {.wide = false}, 51, "elf truncated header_cut"},
      {"magic alone", {}, 4, "elf truncated header_cut"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Shown(Probe(ElfBytes(row.shape), row.size)), row.expected) << row.name;
  }
}

// There it is the version of the ABI, which fadump sets in every dump.
TEST(DumpProbeTest, TheFlagOfBigEndianPpc64SaysNothing) {
  struct Row {
    bool big;
    std::uint64_t machine;
    const char* expected;
  };
  const Row rows[] = {{true, 21, "elf complete headers_checked"},
                      {false, 21, "elf incomplete incomplete_flag"},
                      {true, 22, "elf incomplete incomplete_flag"}};
  for (const auto& row : rows) {
    std::string bytes = ElfBytes({.big = row.big, .flags = 1});
    Put(bytes, 18, row.machine, 2, row.big);
    EXPECT_EQ(Shown(Probe(bytes, 4196)), row.expected) << row.machine << row.big;
  }
}

TEST(DumpProbeTest, ElfOfNoKnownClassIsDamaged) {
  for (const std::size_t at : {4, 5, 6}) {
    std::string bytes = ElfBytes({});
    bytes[at] = 3;
    EXPECT_EQ(Shown(Probe(bytes, 4196)), "elf damaged header_invalid") << at;
  }
}

TEST(DumpProbeTest, Flattened) {
  const auto header = KdumpHeaderBytes({});
  const auto with = [&](std::size_t at, std::uint64_t value) {
    std::string bytes = FlattenedBytes(header);
    Put(bytes, at, value, 8, true);
    return bytes;
  };
  auto one_short = FlattenedBytes(header);
  one_short.pop_back();
  struct Row {
    const char* name;
    std::string bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"whole", FlattenedBytes(header), "flattened complete end_marker_found"},
      {"no end", FlattenedBytes(header, false), "flattened truncated end_marker_missing"},
      {"last byte lost", one_short, "flattened truncated end_marker_missing"},
      {"own header alone", FlattenedBytes("", false).substr(0, 4096),
       "flattened truncated header_cut"},
      {"magic alone", FlattenedBytes("").substr(0, 16), "flattened truncated header_cut"},
      {"magic cut", FlattenedBytes("").substr(0, 15), "other unknown not_a_dump"},
      {"other type", with(16, 2), "flattened damaged header_invalid"},
      {"other version", with(24, 2), "flattened damaged header_invalid"},
      {"inner flag", FlattenedBytes(KdumpHeaderBytes({.status = 9})),
       "flattened incomplete incomplete_flag"},
      {"inner flag, no end", FlattenedBytes(KdumpHeaderBytes({.status = 9}), false),
       "flattened truncated end_marker_missing"},
      {"inner nonsense", FlattenedBytes(KdumpHeaderBytes({.block_size = 3})),
       "flattened damaged header_invalid"},
      {"inner garbage", FlattenedBytes("garbage"), "flattened damaged header_invalid"},
      {"inner ELF", FlattenedBytes(ElfBytes({}).substr(0, 64)),
       "flattened complete end_marker_found"},
      {"inner ELF flag", FlattenedBytes(ElfBytes({.flags = 1}).substr(0, 64)),
       "flattened incomplete incomplete_flag"},
      {"first record elsewhere", with(4096, 8192), "flattened complete end_marker_found"},
      {"first record longer than the file", with(4104, ~0ULL),
       "flattened complete end_marker_found"},
      {"first record empty", with(4104, 0), "flattened complete end_marker_found"},
  };
  for (const auto& row : rows) EXPECT_EQ(Shown(Probe(row.bytes)), row.expected) << row.name;
  EXPECT_EQ(Probe(FlattenedBytes(header)).crash_time, 1'795'334'808);
  EXPECT_EQ(Probe(FlattenedBytes(header, false)).crash_time, 1'795'334'808);
}

TEST(DumpProbeTest, WhatIsNoDump) {
  struct Row {
    std::string bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"", "none truncated empty"},
      {"\x1f\x8b\x08rest", "compressed_file unknown compressed_container"},
      {"BZh91AY", "compressed_file unknown compressed_container"},
      {std::string("\xfd"
                   "7zXZ\0\0\4",
                   8),
       "compressed_file unknown compressed_container"},
      {"\x04\x22\x4d\x18rest", "compressed_file unknown compressed_container"},
      {"\x02\x21\x4c\x18rest", "compressed_file unknown compressed_container"},
      {"\x28\xb5\x2f\xfdrest", "compressed_file unknown compressed_container"},
      {"\x89LZO", "compressed_file unknown compressed_container"},
      {"\x1f", "other unknown not_a_dump"},
      {std::string(5000, '\0'), "other damaged zero_filled"},
      {std::string(5000, '\0') + "x", "other unknown not_a_dump"},
      {"hello", "other unknown not_a_dump"},
      {"Dump_level(32) is invalid.\n\nmakedumpfile Failed.\n",
       "other incomplete collector_refused"},
      {"makedumpfile Failed.\nand more", "other unknown not_a_dump"},
      {"KDUMP  ", "other unknown not_a_dump"},
  };
  for (const auto& row : rows) EXPECT_EQ(Shown(Probe(row.bytes)), row.expected) << row.bytes.size();
}

}  // namespace
}  // namespace kdumpd
