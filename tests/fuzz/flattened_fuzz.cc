// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/flattened.h"

#include <algorithm>

#include "tests/support/memory_bytes.h"

namespace {

constexpr std::uint64_t kMost = 1 << 13;

// What the records make of a file, byte by byte; only the first kMost bytes of it.
std::string Replay(kdumpd::Bytes stream) {
  std::string file;
  const auto number = [&](std::uint64_t at) {
    return kdumpd::Number(stream, at, 8, kdumpd::Endian::kBig);
  };
  for (std::uint64_t at = 4096; at + 16 <= stream.size();) {
    const std::uint64_t start = number(at), size = number(at + 8);
    if (size == 0 || size > 1 << 30 || start > (~0ULL >> 1) - size) break;
    at += 16;
    for (std::uint64_t i = 0; i < size && at + i < stream.size() && start + i < kMost; ++i) {
      if (file.size() <= start + i) file.resize(start + i + 1);
      file[start + i] = static_cast<char>(stream[at + i]);
    }
    at += size;
  }
  return file;
}

std::string Text(const kdumpd::ByteSource& bytes, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  const auto got = bytes.ReadSome(offset, std::as_writable_bytes(std::span(text)));
  if (!got) __builtin_trap();
  text.resize(*got);
  return text;
}

}  // namespace

// Two bytes of where to read, then the records, with an end marker or without.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string stream("makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 32);
  stream.resize(4096);
  stream.append(reinterpret_cast<const char*>(data) + 2, size - 2);
  const kdumpd::MemoryBytes file(stream);
  const auto flattened = kdumpd::FlattenedBytes::Index(file, {});
  if (!flattened) {
    if (flattened.error().reason != "header_cut" || size - 2 >= 16) __builtin_trap();
    return 0;
  }
  const bool marked = stream.ends_with(std::string(16, '\xff'));
  const auto& end = flattened->end();
  if (end.reason.empty()) __builtin_trap();
  if (end.state == kdumpd::DumpState::kComplete && !marked) __builtin_trap();

  const std::string expected = Replay(std::as_bytes(std::span(stream)));
  if (std::min(flattened->Size(), kMost) < expected.size()) __builtin_trap();
  std::string all = Text(*flattened, 0, kMost);
  if (all.size() > expected.size()) {  // what lies behind kMost makes zeros before it
    const bool zeros = all.find_first_not_of('\0', expected.size()) == std::string::npos;
    if (flattened->Size() <= kMost || !zeros) __builtin_trap();
    all.resize(expected.size());
  }
  if (all != expected) __builtin_trap();
  const std::size_t from = data[0] * std::size_t{16}, many = data[1] * std::size_t{16} + 1;
  const std::string part = Text(*flattened, from, many);
  const std::string same = expected.substr(std::min(from, expected.size()), many);
  if (part.substr(0, same.size()) != same) __builtin_trap();
  return 0;
}
