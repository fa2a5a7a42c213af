// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/dump.h"

// Dump files made from their layouts, small enough to be sparse in the head.
namespace kdumpd {

inline void Put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size,
                bool big = false) {
  if (bytes.size() < at + size) bytes.resize(at + size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[at + i] = static_cast<char>(value >> 8 * (big ? size - 1 - i : i));
  }
}

struct KdumpShape {
  std::string_view signature = "KDUMP   ";
  bool big = false;
  bool narrow = false;  // a 32-bit writer
  std::uint64_t version = 6;
  std::uint64_t seconds = 1'795'334'808;  // 2026-11-22 08:06:48
  std::uint64_t status = 1;
  std::uint64_t block_size = 4096;
  std::uint64_t sub_header = 1;
  std::uint64_t bitmaps = 6;
};

inline std::string KdumpHeaderBytes(const KdumpShape& shape) {
  std::string bytes(shape.signature);
  bytes.resize(464);
  const std::size_t time = shape.narrow ? 404 : 408, status = shape.narrow ? 412 : 424;
  Put(bytes, 8, shape.version, 4, shape.big);
  Put(bytes, time, shape.seconds, shape.narrow ? 4 : 8, shape.big);
  Put(bytes, status, shape.status, 4, shape.big);
  Put(bytes, status + 4, shape.block_size, 4, shape.big);
  Put(bytes, status + 8, shape.sub_header, 4, shape.big);
  Put(bytes, status + 12, shape.bitmaps, 4, shape.big);
  return bytes;
}

struct ElfShape {
  bool wide = true;
  bool big = false;
  std::uint64_t type = 4;
  std::uint64_t flags = 0;
  std::uint64_t phnum = 2;
  std::uint64_t phentsize = 0;  // 0: the right one
  std::uint64_t offset = 4096;  // of the last segment
  std::uint64_t filesz = 100;
};

inline std::string ElfBytes(const ElfShape& shape) {
  const bool wide = shape.wide;
  const std::size_t header = wide ? 64 : 52, entry = wide ? 56 : 32, word = wide ? 8 : 4;
  std::string bytes =
      "\x7f"
      "ELF";
  Put(bytes, 4, wide ? 2 : 1, 1);
  Put(bytes, 5, shape.big ? 2 : 1, 1);
  Put(bytes, 6, 1, 1);
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    Put(bytes, at, value, size, shape.big);
  };
  bytes.resize(header);
  put(16, shape.type, 2);
  put(wide ? 32 : 28, header, word);
  put(wide ? 48 : 36, shape.flags, 4);
  put(wide ? 54 : 42, shape.phentsize != 0 ? shape.phentsize : entry, 2);
  put(wide ? 56 : 44, shape.phnum, 2);
  bytes.resize(header + 2 * entry);
  put(header + entry + (wide ? 8 : 4), shape.offset, word);
  put(header + entry + (wide ? 32 : 16), shape.filesz, word);
  return bytes;
}

inline std::string FlattenedBytes(std::string_view inner, bool ended = true) {
  std::string bytes("makedumpfile");
  Put(bytes, 16, 1, 8, true);
  Put(bytes, 24, 1, 8, true);
  Put(bytes, 4096, 0, 8, true);
  Put(bytes, 4104, inner.size(), 8, true);
  bytes += inner;
  if (ended) bytes.append(16, '\xff');
  return bytes;
}

// `size`: the file is that long; its bytes beyond `bytes` are zeros. 0: as long as `bytes`.
inline DumpProbe Probe(std::string bytes, std::uint64_t size = 0) {
  if (size == 0) size = bytes.size();
  bytes.resize(std::min<std::uint64_t>(size, std::max(bytes.size(), kDumpHeadBytes)));
  const auto view = std::as_bytes(std::span(bytes));
  const bool whole = bytes.size() == size;
  const std::string zeros(kDumpTailBytes, '\0');
  const auto tail =
      whole ? view.last(std::min(view.size(), kDumpTailBytes)) : std::as_bytes(std::span(zeros));
  return ProbeDump(view.first(std::min(view.size(), kDumpHeadBytes)), tail, size);
}

}  // namespace kdumpd
