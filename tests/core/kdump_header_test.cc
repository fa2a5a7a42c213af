// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_header.h"

#include <gtest/gtest.h>

#include "tests/core/dump_bytes.h"

namespace kdumpd {
namespace {

Bytes View(const std::string& bytes) { return std::as_bytes(std::span(bytes)); }

std::string Shown(const Result<KdumpHeader>& header) {
  if (!header) return header.error().code == ErrorCode::kNotFound ? "cut" : "invalid";
  return std::string(header->endian == Endian::kBig ? "big " : "little ") +
         std::to_string(header->word_bytes) + " v" + std::to_string(header->version) + " " +
         std::to_string(header->bitmaps_begin()) + ".." + std::to_string(header->bitmaps_end());
}

TEST(KdumpHeaderTest, Layouts) {
  struct Row {
    const char* name;
    KdumpShape shape;
    std::size_t size;
    const char* expected;
  };
  const Row rows[] = {
      {"64-bit", {}, 464, "little 8 v6 8192..32768"},
      {"64-bit, longer", {}, 4096, "little 8 v6 8192..32768"},
      {"64-bit, one byte short", {}, 463, "cut"},
      {"nothing", {}, 0, "cut"},
      {"64-bit big-endian", {.big = true}, 464, "big 8 v6 8192..32768"},
      {"32-bit", {.narrow = true}, 452, "little 4 v6 8192..32768"},
      {"32-bit, one byte short", {.narrow = true}, 451, "cut"},
      {"32-bit big-endian", {.big = true, .narrow = true}, 464, "big 4 v6 8192..32768"},
      {"first version", {.version = 1}, 464, "little 8 v1 8192..32768"},
      {"a version to come", {.version = 7}, 464, "little 8 v7 8192..32768"},
      {"no version", {.version = 0}, 464, "invalid"},
      {"absurd version", {.version = 100}, 464, "invalid"},
      {"negative version", {.version = 0xffffffff}, 464, "invalid"},
      {"64 KiB blocks", {.block_size = 65536, .bitmaps = 2}, 464, "little 8 v6 131072..262144"},
      {"largest block", {.block_size = 262144, .bitmaps = 1}, 464, "little 8 v6 524288..786432"},
      {"larger block", {.block_size = 524288}, 464, "invalid"},
      {"smaller block", {.block_size = 2048}, 464, "invalid"},
      {"odd block", {.block_size = 4097}, 464, "invalid"},
      {"no sub-header", {.sub_header = 0}, 464, "little 8 v6 4096..28672"},
      {"largest sub-header", {.sub_header = 65536}, 464, "little 8 v6 268439552..268464128"},
      {"larger sub-header", {.sub_header = 65537}, 464, "invalid"},
      {"no bitmaps", {.bitmaps = 0}, 464, "invalid"},
      {"most bitmaps",
       {.block_size = 262144, .sub_header = 65536, .bitmaps = 0xffffffff},
       464,
       "little 8 v6 17180131328..1125917086711808"},
  };
  for (const auto& row : rows) {
    std::string bytes = KdumpHeaderBytes(row.shape);
    bytes.resize(row.size);
    EXPECT_EQ(Shown(ParseKdumpHeader(View(bytes))), row.expected) << row.name;
  }
}

TEST(KdumpHeaderTest, Fields) {
  for (const bool narrow : {false, true}) {
    std::string bytes = KdumpHeaderBytes({.narrow = narrow, .status = 0x29});
    bytes.replace(12 + 65, 6, "node-1");
    bytes.replace(12 + 65 * 2, 65, std::string(65, 'r'));  // no NUL
    bytes.replace(12 + 65 * 3, 2, "#1");
    bytes.replace(12 + 65 * 4, 6, "x86_64");
    Put(bytes, narrow ? 428 : 440, 0xfffffffe, 4);
    const auto header = ParseKdumpHeader(View(bytes));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->node, "node-1");
    EXPECT_EQ(header->release, std::string(65, 'r'));
    EXPECT_EQ(header->kernel_version, "#1");
    EXPECT_EQ(header->machine, "x86_64");
    EXPECT_EQ(header->status, 0x29U);
    EXPECT_EQ(header->max_pfn, 0xfffffffeU);
    EXPECT_EQ(header->crash_time(), 1'795'334'808);
  }
}

// A sub-header whose members say which they are.
struct SubShape {
  std::size_t word = 8;
  std::size_t dump_level = 8, split = 12, start = 16, end = 24;
  std::size_t vmcoreinfo = 32, notes = 48, eraseinfo = 64, start_64 = 80;
};
constexpr SubShape kWide{};
constexpr SubShape kNarrow{4, 4, 8, 12, 16, 24, 40, 56, 72};
constexpr SubShape kI386{4, 4, 8, 12, 16, 20, 32, 44, 56};

std::string SubBytes(const SubShape& at, bool big) {
  std::string bytes(kKdumpSubHeaderBytes, '\0');
  const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t size) {
    Put(bytes, offset, value, size, big);
  };
  put(at.dump_level, 31, 4);
  put(at.split, 1, 4);
  put(at.start, 10, at.word);
  put(at.end, 20, at.word);
  put(at.vmcoreinfo, 300, 8);
  put(at.vmcoreinfo + 8, 30, at.word);
  put(at.notes, 400, 8);
  put(at.notes + 8, 40, at.word);
  put(at.eraseinfo, 500, 8);
  put(at.eraseinfo + 8, 50, at.word);
  put(at.start_64, 11, 8);
  put(at.start_64 + 8, 21, 8);
  put(at.start_64 + 16, 61, 8);
  return bytes;
}

std::string Shown(const KdumpSubHeader& sub) {
  std::string out = "level " + (sub.dump_level ? std::to_string(*sub.dump_level) : "-");
  if (sub.split)
    out += " split " + std::to_string(sub.start_pfn) + "-" + std::to_string(sub.end_pfn);
  for (const FileRange& range : {sub.vmcoreinfo, sub.notes, sub.eraseinfo}) {
    out += " " + std::to_string(range.offset) + "+" + std::to_string(range.bytes);
  }
  return out + " max " + std::to_string(sub.max_pfn);
}

TEST(KdumpHeaderTest, SubHeaderByVersion) {
  const char* const expected[] = {
      "level 31 0+0 0+0 0+0 max 60",
      "level 31 split 10-20 0+0 0+0 0+0 max 60",
      "level 31 split 10-20 300+30 0+0 0+0 max 60",
      "level 31 split 10-20 300+30 400+40 0+0 max 60",
      "level 31 split 10-20 300+30 400+40 500+50 max 60",
      "level 31 split 11-21 300+30 400+40 500+50 max 61",
  };
  struct Row {
    const char* machine;
    std::size_t word_bytes;
    SubShape at;
  };
  const Row rows[] = {{"x86_64", 8, kWide}, {"s390x", 8, kWide},    {"i686", 4, kI386},
                      {"i386", 4, kI386},   {"armv7l", 4, kNarrow}, {"ppc", 4, kNarrow}};
  for (const auto& row : rows) {
    for (const bool big : {false, true}) {
      for (int version = 1; version <= kMaxKdumpVersion; ++version) {
        KdumpHeader header;
        header.endian = big ? Endian::kBig : Endian::kLittle;
        header.word_bytes = row.word_bytes;
        header.version = version;
        header.machine = row.machine;
        header.max_pfn = 60;
        const std::string bytes = SubBytes(row.at, big);
        EXPECT_EQ(Shown(ParseKdumpSubHeader(header, View(bytes))), expected[version - 1])
            << row.machine << big << version;
      }
    }
  }
}

TEST(KdumpHeaderTest, SubHeaderThatIsCut) {
  KdumpHeader header;
  header.version = 6;
  header.max_pfn = 60;
  std::string bytes = SubBytes(kWide, false);
  EXPECT_EQ(Shown(ParseKdumpSubHeader(header, {})), "level - 0+0 0+0 0+0 max 60");
  EXPECT_EQ(Shown(ParseKdumpSubHeader(header, View(bytes).first(11))),
            "level - 0+0 0+0 0+0 max 60");
  EXPECT_EQ(Shown(ParseKdumpSubHeader(header, View(bytes).first(12))),
            "level 31 0+0 0+0 0+0 max 60");
  EXPECT_EQ(Shown(ParseKdumpSubHeader(header, View(bytes).first(103))),
            "level 31 split 11-21 300+30 400+40 500+50 max 60");
  Put(bytes, 12, 0, 4);
  EXPECT_EQ(Shown(ParseKdumpSubHeader(header, View(bytes))),
            "level 31 300+30 400+40 500+50 max 61");
}

TEST(KdumpHeaderTest, PhysBaseMayBeNegative) {
  for (const bool big : {false, true}) {
    for (const std::size_t word : {4, 8}) {
      KdumpHeader header;
      header.version = 1;
      header.endian = big ? Endian::kBig : Endian::kLittle;
      header.word_bytes = word;
      std::string bytes(kKdumpSubHeaderBytes, '\0');
      for (const std::uint64_t base : {0ULL, 0x2400'0000ULL, -0x100'0000ULL}) {
        Put(bytes, 0, base, word, big);
        EXPECT_EQ(ParseKdumpSubHeader(header, View(bytes)).phys_base, base) << word << big;
        EXPECT_EQ(ParseKdumpSubHeader(header, View(bytes).first(word)).phys_base, base);
        EXPECT_EQ(ParseKdumpSubHeader(header, View(bytes).first(word - 1)).phys_base, std::nullopt);
      }
    }
  }
}

TEST(KdumpHeaderTest, EndOfARange) {
  EXPECT_EQ((FileRange{1, 2}.end()), 3U);
  EXPECT_EQ((FileRange{~0ULL, 0}.end()), ~0ULL);
  EXPECT_EQ((FileRange{~0ULL, 1}.end()), std::nullopt);
}

}  // namespace
}  // namespace kdumpd
