// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "daemon/core/inspect_wire.h"

// The first byte says in pieces of how many bytes the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::size_t step = data[0] + 1U;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  kdumpd::FrameReader reader;
  std::size_t given = 0;
  bool ended = false;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.Append(bytes.substr(at, step));
    for (;;) {
      const auto frame = reader.Next();
      if (!frame) return 0;
      if (!*frame) break;
      if (ended) __builtin_trap();
      ended = (*frame)->type == kdumpd::FrameType::kFacts;
      // What was read is what Encode would have written, byte by byte.
      const std::string again = kdumpd::Encode((*frame)->type, (*frame)->payload);
      if (bytes.substr(given, again.size()) != again) __builtin_trap();
      given += again.size();
      const auto progress = kdumpd::DecodeProgress((*frame)->payload);
      if (progress && kdumpd::Encode(*progress).substr(5) != (*frame)->payload) __builtin_trap();
    }
  }
  if (reader.AtBoundary() != (given == bytes.size())) __builtin_trap();
  return 0;
}
