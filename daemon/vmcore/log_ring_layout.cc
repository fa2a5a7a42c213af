// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/log_ring_layout.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/log_layout.h"

namespace kdumpd {
namespace {

// log_buf_len is 2 GiB at most, with a descriptor for every 32 bytes of it.
constexpr std::uint64_t kMinSizeBits = 5, kMaxSizeBits = 31, kMaxCountBits = 26;

}  // namespace

Result<RingLayout> FindRingLayout(const Vmcoreinfo& notes, std::uint64_t word) {
  RingLayout at;
  at.counter = notes.Offset("atomic_long_t.counter").value_or(0);
  if (at.counter > word) return Fail(ErrorCode::kInvalid, "OFFSET(atomic_long_t.counter)");
  const std::pair<std::string_view, std::uint64_t*> sizes[] = {
      {"printk_ringbuffer", &at.ring_size},  {"prb_desc_ring", &at.desc_ring_size},
      {"prb_data_ring", &at.data_ring_size}, {"prb_desc", &at.desc_size},
      {"prb_data_blk_lpos", &at.block_size}, {"printk_info", &at.info_size}};
  for (const auto& [structure, out] : sizes) {
    const auto size = StructureSize(notes, structure);
    if (!size) return std::unexpected(size.error());
    *out = *size;
  }
  const std::uint64_t atomic = at.counter + word;
  const LogField fields[] = {
      {"printk_ringbuffer", "desc_ring", at.desc_ring_size, &at.desc_ring},
      {"printk_ringbuffer", "text_data_ring", at.data_ring_size, &at.data_ring},
      {"prb_desc_ring", "count_bits", 4, &at.count_bits},
      {"prb_desc_ring", "descs", word, &at.descs},
      {"prb_desc_ring", "infos", word, &at.infos},
      {"prb_desc_ring", "head_id", atomic, &at.head_id},
      {"prb_desc_ring", "tail_id", atomic, &at.tail_id},
      {"prb_data_ring", "size_bits", 4, &at.size_bits},
      {"prb_data_ring", "data", word, &at.data},
      {"prb_desc", "state_var", atomic, &at.state},
      {"prb_desc", "text_blk_lpos", at.block_size, &at.block},
      {"prb_data_blk_lpos", "begin", word, &at.begin},
      {"prb_data_blk_lpos", "next", word, &at.next},
      {"printk_info", "seq", 8, &at.sequence},
      {"printk_info", "ts_nsec", 8, &at.nanoseconds},
      // Two bytes, then one of facility and one of flags and level.
      {"printk_info", "text_len", 4, &at.text_len}};
  if (auto found = FindFields(notes, fields); !found) return std::unexpected(found.error());
  return at;
}

Result<PrintkRing> FindPrintkRing(const VirtualMemory& memory, std::uint64_t symbol,
                                  const RingLayout& at) {
  const auto word = static_cast<std::uint64_t>(memory.word_bytes());
  std::vector<std::byte> bytes(at.ring_size);
  const auto address = memory.Pointer(symbol);
  if (!address) return Fail(ErrorCode::kIo, address.error().In("prb").message);
  if (auto read = memory.Read(*address, bytes); !read) {
    return Fail(ErrorCode::kIo, read.error().In("struct printk_ringbuffer").message);
  }
  const auto number = [&](std::uint64_t offset, std::uint64_t size) {
    return Number(bytes, offset, size, memory.endian());
  };
  const std::uint64_t count_bits = number(at.desc_ring + at.count_bits, 4);
  PrintkRing ring;
  ring.size_bits = number(at.data_ring + at.size_bits, 4);
  if (count_bits > kMaxCountBits || ring.size_bits < kMinSizeBits ||
      ring.size_bits > kMaxSizeBits) {
    return Fail(ErrorCode::kInvalid, Cat("a ring of 2^", count_bits, " descriptors and 2^",
                                         ring.size_bits, " bytes of text"));
  }
  ring.count = std::uint64_t{1} << count_bits;
  ring.descs = number(at.desc_ring + at.descs, word);
  ring.infos = number(at.desc_ring + at.infos, word);
  ring.data = number(at.data_ring + at.data, word);
  if (!CheckedAdd(ring.descs, ring.count * at.desc_size) ||
      !CheckedAdd(ring.infos, ring.count * at.info_size) ||
      !CheckedAdd(ring.data, std::uint64_t{1} << ring.size_bits)) {
    return Fail(ErrorCode::kInvalid, "the ring runs past the end of memory");
  }
  const std::uint64_t mask = RingIdMask(word);
  ring.head = number(at.desc_ring + at.head_id + at.counter, word) & mask;
  const std::uint64_t tail = number(at.desc_ring + at.tail_id + at.counter, word) & mask;
  ring.ids = std::min(((ring.head - tail) & mask) + 1, ring.count);
  return ring;
}

}  // namespace kdumpd
