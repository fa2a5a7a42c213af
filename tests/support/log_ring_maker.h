// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/text.h"
#include "tests/support/log_image.h"

namespace kdumpd {

// kernel/printk/printk_ringbuffer.c, one writer: ids and positions start just before they overflow,
// data are pushed out before descriptors are, a block does not cross the end of the ring.
class LogRing {
 public:
  static constexpr std::uint64_t kDesc = 24, kInfo = 88, kPage = 65'536;
  static constexpr std::uint64_t kIdMask = ~(std::uint64_t{3} << 62);

  // `to_the_end`: newer kernels let a block end exactly where the ring does.
  LogRing(std::uint64_t base, Endian endian, int size_bits, int count_bits, bool to_the_end = false)
      : base_(base),
        endian_(endian),
        size_bits_(size_bits),
        count_bits_(count_bits),
        to_the_end_(to_the_end),
        size_(std::uint64_t{1} << size_bits),
        count_(std::uint64_t{1} << count_bits),
        descs_(count_ * kDesc, '\0'),
        infos_(count_ * kInfo, '\0'),
        data_(size_, '\0'),
        head_id_((0 - (count_ + 1)) & kIdMask),
        tail_id_(head_id_),
        head_(0 - size_),
        tail_(head_) {
    PutDesc(head_id_, 3, 1, 1);
    PutNumber(infos_, 0, 8, 0 - count_, endian_);
  }

  // False when the kernel would have dropped it: no descriptor or no room could be freed.
  bool Add(const LogLine& line) {
    const std::uint64_t id = (head_id_ + 1) & kIdMask;
    if (((id - count_) & kIdMask) == tail_id_ && !PushDesc()) return false;
    head_id_ = id;
    const std::size_t info = Index(id) * kInfo;
    const std::uint64_t seq = Get(infos_, info);
    const bool first_use = seq == 0 && Index(id) != 0;
    PutNumber(infos_, info, 8, first_use ? Index(id) : seq + count_, endian_);
    const auto [begin, next] = Allocate(id, line);
    PutNumber(infos_, info + 8, 8, line.nanoseconds, endian_);
    PutNumber(infos_, info + 16, 2, line.text.size(), endian_);
    PutNumber(infos_, info + 18, 1, line.facility, endian_);
    PutNumber(infos_, info + 19, 1, FlagsAndLevel(line.level, endian_), endian_);
    const int state = line.fate == LogFate::kReserved    ? 0
                      : line.fate == LogFate::kCommitted ? 1
                                                         : 2;
    PutDesc(id, state, begin, next);
    return true;
  }

  // Where things lie, for those who damage them.
  [[nodiscard]] std::uint64_t head_id() const { return head_id_; }
  [[nodiscard]] std::uint64_t RingAddress() const { return base_ + 64; }
  [[nodiscard]] std::uint64_t DescsAddress() const { return base_ + kPage; }
  [[nodiscard]] std::uint64_t InfosAddress() const { return DescsAddress() + Pages(descs_); }
  [[nodiscard]] std::uint64_t DataAddress() const { return InfosAddress() + Pages(infos_); }
  [[nodiscard]] std::uint64_t DescAddress(std::uint64_t id) const {
    return DescsAddress() + Index(id) * kDesc;
  }
  [[nodiscard]] std::uint64_t InfoAddress(std::uint64_t id) const {
    return InfosAddress() + Index(id) * kInfo;
  }

  [[nodiscard]] LogImage Image() const {
    std::string ring(64 + 88, '\0');
    const std::pair<std::size_t, std::uint64_t> words[] = {
        {0, RingAddress()},   {72, DescsAddress()}, {80, InfosAddress()},
        {88, head_id_},       {96, tail_id_},       {104, head_id_},
        {120, DataAddress()}, {128, head_},         {136, tail_}};
    for (const auto& [offset, value] : words) PutNumber(ring, offset, 8, value, endian_);
    PutNumber(ring, 64, 4, static_cast<std::uint64_t>(count_bits_), endian_);
    PutNumber(ring, 112, 4, static_cast<std::uint64_t>(size_bits_), endian_);
    return {Cat("SYMBOL(prb)=", HexDigits(base_), "\n", kLayout),
            {{base_, ring},
             {DescsAddress(), descs_},
             {InfosAddress(), infos_},
             {DataAddress(), data_}}};
  }

 private:
  static constexpr std::string_view kLayout =
      "SIZE(printk_ringbuffer)=88\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
      "OFFSET(printk_ringbuffer.text_data_ring)=48\nOFFSET(printk_ringbuffer.fail)=80\n"
      "SIZE(prb_desc_ring)=48\nOFFSET(prb_desc_ring.count_bits)=0\n"
      "OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
      "OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
      "SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
      "SIZE(prb_data_blk_lpos)=16\nOFFSET(prb_data_blk_lpos.begin)=0\n"
      "OFFSET(prb_data_blk_lpos.next)=8\n"
      "SIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\n"
      "OFFSET(printk_info.text_len)=16\nOFFSET(printk_info.caller_id)=20\n"
      "SIZE(prb_data_ring)=32\nOFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n"
      "OFFSET(prb_data_ring.head_lpos)=16\nOFFSET(prb_data_ring.tail_lpos)=24\n"
      "SIZE(atomic_long_t)=8\nOFFSET(atomic_long_t.counter)=0\n";

  static std::uint64_t Pages(const std::string& bytes) {
    return (bytes.size() + kPage - 1) / kPage * kPage;
  }
  [[nodiscard]] std::size_t Index(std::uint64_t id) const { return id & (count_ - 1); }
  [[nodiscard]] std::uint64_t Get(const std::string& bytes, std::size_t offset) const {
    return Number(std::as_bytes(std::span(bytes)), offset, 8, endian_);
  }
  void PutDesc(std::uint64_t id, int state, std::uint64_t begin, std::uint64_t next) {
    const std::size_t at = Index(id) * kDesc;
    PutNumber(descs_, at, 8, static_cast<std::uint64_t>(state) << 62 | id, endian_);
    PutNumber(descs_, at + 8, 8, begin, endian_);
    PutNumber(descs_, at + 16, 8, next, endian_);
  }
  // Marks a descriptor reusable; false while its writer still writes.
  bool Reuse(std::uint64_t id) {
    const std::size_t at = Index(id) * kDesc;
    if (Get(descs_, at) >> 62 == 0) return false;
    PutNumber(descs_, at, 8, std::uint64_t{3} << 62 | id, endian_);
    return true;
  }
  bool PushDesc() {
    const std::size_t at = Index(tail_id_) * kDesc;
    const std::uint64_t begin = Get(descs_, at + 8);
    if (!Reuse(tail_id_)) return false;
    if ((begin & 1) == 0 && !PushData(Get(descs_, at + 16))) return false;
    tail_id_ = (tail_id_ + 1) & kIdMask;
    return true;
  }
  // Frees data up to a position: the block at the tail names its descriptor, that its end.
  bool PushData(std::uint64_t upto) {
    while (static_cast<std::int64_t>(upto - tail_) > 0) {
      const std::uint64_t id = Get(data_, tail_ & (size_ - 1));
      if (!Reuse(id)) return false;
      tail_ = Get(descs_, Index(id) * kDesc + 16);
    }
    return true;
  }
  [[nodiscard]] std::uint64_t Next(std::uint64_t begin, std::uint64_t bytes) const {
    const std::uint64_t last = begin + bytes - (to_the_end_ ? 1 : 0);
    if (begin >> size_bits_ == last >> size_bits_) return begin + bytes;
    return (((begin >> size_bits_) + 1) << size_bits_) + bytes;
  }
  std::pair<std::uint64_t, std::uint64_t> Allocate(std::uint64_t id, const LogLine& line) {
    if (line.text.empty()) return {3, 3};
    const std::uint64_t bytes = (8 + line.text.size() + 1 + 7) / 8 * 8;
    const std::uint64_t begin = head_;
    const std::uint64_t next = Next(begin, bytes);
    if (line.fate == LogFate::kFailed || bytes > size_ / 2 || !PushData(next - size_)) {
      return {1, 1};
    }
    head_ = next;
    PutNumber(data_, begin & (size_ - 1), 8, id, endian_);
    const bool wrapped = begin >> size_bits_ != (next - 1) >> size_bits_;
    const std::size_t at = wrapped ? 0 : begin & (size_ - 1);
    PutNumber(data_, at, 8, id, endian_);
    if (line.fate != LogFate::kReserved) data_.replace(at + 8, line.text.size(), line.text);
    return {begin, next};
  }

  std::uint64_t base_;
  Endian endian_;
  int size_bits_, count_bits_;
  bool to_the_end_;
  std::uint64_t size_, count_;
  std::string descs_, infos_, data_;
  std::uint64_t head_id_, tail_id_, head_, tail_;
};

}  // namespace kdumpd
