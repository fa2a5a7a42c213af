// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_magic.h"

#include <gtest/gtest.h>

#include <string>

namespace kdumpd {
namespace {

using std::string_literals::operator""s;

TEST(DumpMagicTest, FormatAndContainer) {
  struct Row {
    std::string bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"", "none "},
      {"KDUMP   ", "kdump "},
      {"DISKDUMP and more", "kdump "},
      {"KDUMP  ", "other "},
      {"KDUMP  x", "other "},
      {"\177ELF", "elf "},
      {"\177EL", "other "},
      {"makedumpfile\0\0\0\0"s, "flattened "},
      {"makedumpfile\0\0\0x"s, "other "},
      {"makedumpfile\0\0\0"s, "other "},
      {"\x1f\x8b", "compressed_file gzip"},
      {"\x1f", "other "},
      {"BZh9", "compressed_file bzip2"},
      {"\xfd\x37zXZ\0"s, "compressed_file xz"},
      {"\xfd\x37zXZ", "other "},
      {"\x04\x22\x4d\x18", "compressed_file lz4"},
      {"\x02\x21\x4c\x18", "compressed_file lz4"},
      {"\x28\xb5\x2f\xfd", "compressed_file zstd"},
      {"\x89LZO", "compressed_file lzop"},
      {"text", "other "},
  };
  for (const auto& row : rows) {
    const auto head = std::as_bytes(std::span(row.bytes));
    EXPECT_EQ(std::string(Name(FormatOf(head))) + " " + std::string(ContainerOf(head)),
              row.expected)
        << row.bytes;
  }
}

TEST(DumpMagicTest, ZeroFilled) {
  const auto filled = [](std::string_view bytes) {
    return IsZeroFilled(std::as_bytes(std::span(bytes)));
  };
  EXPECT_TRUE(filled(std::string(5000, '\0')));
  EXPECT_FALSE(filled(std::string(5000, '\0') + "x"));
  EXPECT_FALSE(filled(""));
}

}  // namespace
}  // namespace kdumpd
