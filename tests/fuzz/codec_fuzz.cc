// SPDX-License-Identifier: Apache-2.0
// A stored page: the first byte holds the descriptor's flags, the next the page size as a power of
// two, the rest is what is stored.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/vmcore/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::size_t page_bytes = std::size_t{4096} << (data[1] & 3) * 2;  // 4 to 256 KiB
  // As large as the page, so that a sanitizer sees the first byte past it.
  std::vector<std::byte> page(page_bytes);
  const auto stored = std::as_bytes(std::span(data + 2, size - 2));
  const auto done = kdumpd::Decompress(data[0], stored, page);
  const bool said = done || done.error().code == kdumpd::ErrorCode::kInvalid;
  const bool raw = (data[0] & kdumpd::kDumpCodecs) == 0;
  if (!said || (raw && done.has_value() != (stored.size() == page_bytes))) __builtin_trap();
  if (done && kdumpd::CodecName(data[0]).empty()) __builtin_trap();
  return 0;
}
