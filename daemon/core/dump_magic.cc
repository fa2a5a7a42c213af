// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump_magic.h"

#include <algorithm>

namespace kdumpd {
namespace {

struct Magic {
  std::string_view bytes;
  DumpFormat format;
  std::string_view container;
};
// makedumpfile diskdump_mod.h and IMPLEMENTATION, elf(5); and the programs that Debian's
// KDUMP_COMPRESSION may pipe a dump through, and a few people use by hand.
constexpr Magic kMagics[] = {
    {"KDUMP   ", DumpFormat::kKdump, ""},
    {"DISKDUMP", DumpFormat::kKdump, ""},
    {"\x7f"
     "ELF",
     DumpFormat::kElf, ""},
    {{"makedumpfile\0\0\0\0", 16}, DumpFormat::kFlattened, ""},
    {"\x1f\x8b", DumpFormat::kCompressedFile, "gzip"},
    {"BZh", DumpFormat::kCompressedFile, "bzip2"},
    {{"\xfd"
      "7zXZ\0",
      6},
     DumpFormat::kCompressedFile,
     "xz"},
    {"\x04\x22\x4d\x18", DumpFormat::kCompressedFile, "lz4"},
    {"\x02\x21\x4c\x18", DumpFormat::kCompressedFile, "lz4"},  // its legacy frame
    {"\x28\xb5\x2f\xfd", DumpFormat::kCompressedFile, "zstd"},
    {"\x89LZO", DumpFormat::kCompressedFile, "lzop"},
};

const Magic* MagicOf(Bytes head) {
  const auto* found = std::ranges::find_if(kMagics, [&](const Magic& magic) {
    return head.size() >= magic.bytes.size() &&
           std::ranges::equal(std::as_bytes(std::span(magic.bytes)),
                              head.first(magic.bytes.size()));
  });
  return found == std::end(kMagics) ? nullptr : found;
}

}  // namespace

DumpFormat FormatOf(Bytes head) {
  if (head.empty()) return DumpFormat::kNone;
  const Magic* magic = MagicOf(head);
  return magic == nullptr ? DumpFormat::kOther : magic->format;
}

std::string_view ContainerOf(Bytes head) {
  const Magic* magic = MagicOf(head);
  return magic == nullptr ? "" : magic->container;
}

bool IsZeroFilled(Bytes head) {
  return !head.empty() && std::ranges::all_of(head, [](std::byte b) { return b == std::byte{0}; });
}

bool IsCollectorsRefusal(Bytes head, std::uint64_t bytes) {
  constexpr std::string_view kEnd = "makedumpfile Failed.\n";
  if (bytes != head.size() || head.size() < kEnd.size()) return false;
  return std::ranges::equal(head.last(kEnd.size()), std::as_bytes(std::span(kEnd)));
}

}  // namespace kdumpd
