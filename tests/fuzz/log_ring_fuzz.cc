// SPDX-License-Identifier: Apache-2.0
#include "tests/support/log_fuzz.h"
#include "tests/support/log_ring_maker.h"

// Two bytes of limits, one of byte order, then memory from the base of a small ring on.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::uint64_t kBase = 0x10000;
  static const std::string keys =
      kdumpd::LogRing(kBase, kdumpd::Endian::kLittle, 9, 4).Image().vmcoreinfo;
  return kdumpd::ReadFuzzedLog(keys, kBase, {data, size}, kdumpd::ReadLogRing);
}
