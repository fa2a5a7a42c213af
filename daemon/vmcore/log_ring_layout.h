// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "daemon/core/error.h"
#include "daemon/vmcore/virtual_memory.h"
#include "daemon/vmcore/vmcoreinfo.h"

// The lockless ring, kernel/printk/printk_ringbuffer.{h,c}. An array of descriptors, which say in
// what state a record is and where its text lies; an array of infos, index for index; and the ring
// of text blocks. Ids and positions of text only grow; an index is their low bits.
namespace kdumpd {

// Sizes and offsets; those of a nested structure count from its own start.
struct RingLayout {
  std::uint64_t ring_size = 0, desc_ring_size = 0, data_ring_size = 0;
  std::uint64_t desc_size = 0, block_size = 0, info_size = 0;
  std::uint64_t desc_ring = 0, count_bits = 0, descs = 0, infos = 0, head_id = 0, tail_id = 0;
  std::uint64_t data_ring = 0, size_bits = 0, data = 0;
  std::uint64_t state = 0, block = 0, begin = 0, next = 0, counter = 0;
  std::uint64_t sequence = 0, nanoseconds = 0, text_len = 0;
};
// kNotFound, kInvalid as of FindFields.
[[nodiscard]] Result<RingLayout> FindRingLayout(const Vmcoreinfo& notes, std::uint64_t word);

struct PrintkRing {
  std::uint64_t descs = 0, infos = 0, data = 0;  // addresses
  std::uint64_t count = 0;                       // of descriptors, a power of two
  std::uint64_t size_bits = 0;
  std::uint64_t head = 0;  // newest id
  std::uint64_t ids = 0;   // how many there are down to the tail
};
// kInvalid when it makes no sense, kIo when it cannot be read.
[[nodiscard]] Result<PrintkRing> FindPrintkRing(const VirtualMemory& memory, std::uint64_t symbol,
                                                const RingLayout& at);

// An id is the low bits of a state word, all but two.
[[nodiscard]] constexpr std::uint64_t RingIdMask(std::uint64_t word) {
  return ~std::uint64_t{0} >> (64 - 8 * word + 2);
}

}  // namespace kdumpd
