// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <vector>

#include "daemon/vmcore/kernel_log.h"
#include "daemon/vmcore/log_layout.h"
#include "daemon/vmcore/log_ring_layout.h"
#include "daemon/vmcore/log_window.h"

namespace kdumpd {
namespace {

// Of rings with more descriptors only the newest are looked at.
constexpr std::uint64_t kMaxIds = 1 << 22;
constexpr std::uint64_t kChunkIds = 512, kChunkBytes = 64 << 10;
// Positions of text that is not there are odd: of an empty line, else of text that was lost.
constexpr std::uint64_t kEmptyLine = 3;

// Walks from the newest id to older ones, as far as the limits go.
class RingWalk {
 public:
  RingWalk(const VirtualMemory& memory, const RingLayout& at, const PrintkRing& ring,
           const LogLimits& limits)
      : memory_(memory),
        at_(at),
        ring_(ring),
        limits_(Clamped(limits)),
        word_(static_cast<std::uint64_t>(memory.word_bytes())),
        id_mask_(RingIdMask(word_)),
        text_(memory, ring.data, ring.data + (std::uint64_t{1} << ring.size_bits),
              LogWindow::Way::kDown) {
    log_.facts.kind = "ring";
  }

  KernelLog Walk() {
    const std::uint64_t chunk =
        std::min(kChunkIds, kChunkBytes / std::max(at_.desc_size, at_.info_size));
    const std::uint64_t most = std::min(ring_.ids, kMaxIds);
    while (!full_ && walked_ < most) {
      const std::uint64_t index = Index(Id(walked_));
      Chunk(std::min({chunk, index + 1, most - walked_}));
    }
    log_.facts.dropped_older = Older();
    std::ranges::reverse(log_.records);
    if (!log_.records.empty()) log_.facts.first_sequence = log_.records.front().sequence;
    JudgeLog(log_, unread_, invalid_);
    return std::move(log_);
  }

 private:
  // Of the n-th newest.
  [[nodiscard]] std::uint64_t Id(std::uint64_t n) const { return (ring_.head - n) & id_mask_; }
  [[nodiscard]] std::uint64_t Index(std::uint64_t id) const { return id & (ring_.count - 1); }
  [[nodiscard]] std::uint64_t Get(Bytes bytes, std::uint64_t offset, std::uint64_t size) const {
    return Number(bytes, offset, size, memory_.endian());
  }
  // 0 reserved, 1 committed, 2 finalized, 3 free for use; nothing when the descriptor is not of
  // this id.
  [[nodiscard]] std::optional<int> State(std::uint64_t state, std::uint64_t id) const {
    if ((state & id_mask_) != id) return std::nullopt;
    return static_cast<int>(state >> (8 * word_ - 2) & 3);
  }
  [[nodiscard]] bool Readable(Bytes desc, std::uint64_t id) const {
    const auto state = State(Get(desc, at_.state + at_.counter, word_), id);
    return state == 1 || state == 2;
  }

  // The next `size` ids, which lie beside each other in the arrays.
  void Chunk(std::uint64_t size) {
    const std::uint64_t lowest = Index(Id(walked_)) + 1 - size;
    descs_.resize(size * at_.desc_size);
    if (!memory_.ReadOrZero(ring_.descs + lowest * at_.desc_size, descs_)) unread_ = true;
    const auto desc = [&](std::uint64_t i) {
      return Bytes(descs_).subspan((size - 1 - i) * at_.desc_size, at_.desc_size);
    };
    // i: 0 is the newest of them.
    std::uint64_t first = size, last = 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      if (!Readable(desc(i), Id(walked_ + i))) continue;
      first = std::min(first, i);
      last = i + 1;
    }
    if (first < last) ReadInfos(lowest + size - last, last - first);
    for (std::uint64_t i = 0; i < size && !full_; ++i) {
      const std::uint64_t id = Id(walked_);
      if (!Readable(desc(i), id)) {
        ++missed_;
      } else {
        Take(desc(i), Index(id), id);
      }
      if (!full_) ++walked_;
    }
  }

  void ReadInfos(std::uint64_t index, std::uint64_t count) {
    infos_at_ = index;
    infos_.resize(count * at_.info_size);
    infos_whole_ = memory_.ReadOrZero(ring_.infos + index * at_.info_size, infos_);
  }

  // Empty when it is not in the dump.
  Bytes Info(std::uint64_t index) {
    const auto info = std::span(infos_).subspan((index - infos_at_) * at_.info_size, at_.info_size);
    // A page of zeros is no answer.
    if (!infos_whole_ && !memory_.Read(ring_.infos + index * at_.info_size, info)) return {};
    return info;
  }

  void Take(Bytes desc, std::uint64_t index, std::uint64_t id) {
    const std::uint64_t begin = Get(desc, at_.block + at_.begin, word_);
    const std::uint64_t next = Get(desc, at_.block + at_.next, word_);
    if (begin == kEmptyLine && next == kEmptyLine) return;
    ++missed_;
    if ((begin & next & 1) != 0) return;
    const Bytes info = Info(index);
    if (info.empty()) {
      unread_ = true;
      return;
    }
    Place place;
    if (!Find(begin, next, place)) {
      invalid_ = true;
      return;
    }
    const std::uint64_t length = std::min(Get(info, at_.text_len, 2), place.size - word_);
    if (log_.records.size() >= limits_.records || length > limits_.text_bytes - text_bytes_) {
      full_ = true;
      return;
    }
    Keep(info, place, length, id);
  }

  // A block within the ring of text; the first word of it is the id of its descriptor.
  struct Place {
    std::uint64_t offset = 0, size = 0;
  };
  // A block that would cross the end starts at 0 instead. The rounds that positions have made round
  // the ring are counted in the upper bits of a word, so 0 comes after the highest.
  bool Find(std::uint64_t begin, std::uint64_t next, Place& place) const {
    const std::uint64_t words = ~std::uint64_t{0} >> (64 - 8 * word_);
    const std::uint64_t size = std::uint64_t{1} << ring_.size_bits;
    const std::uint64_t end = ((next - 1) & (size - 1)) + 1;  // may be the end of the ring
    const std::uint64_t rounds =
        ((((next - 1) & words) >> ring_.size_bits) - (begin >> ring_.size_bits)) &
        (words >> ring_.size_bits);
    if (rounds > 1 || begin % word_ != 0 || next % word_ != 0) return false;
    place.offset = rounds == 0 ? begin & (size - 1) : 0;
    if (end < place.offset + word_) return false;
    place.size = end - place.offset;
    return true;
  }

  void Keep(Bytes info, const Place& place, std::uint64_t length, std::uint64_t id) {
    const Bytes block = text_.At(ring_.data + place.offset, word_ + length);
    if (block.empty()) {
      unread_ = true;
      return;
    }
    if ((Get(block, 0, word_) & id_mask_) != id) {
      invalid_ = true;
      return;
    }
    --missed_;
    if (!log_.records.empty()) log_.facts.lost += missed_;
    missed_ = 0;
    LogRecord record;
    record.sequence = Get(info, at_.sequence, 8);
    record.nanoseconds = Get(info, at_.nanoseconds, 8);
    PutPriority(record, static_cast<std::uint8_t>(Get(info, at_.text_len + 2, 1)),
                static_cast<std::uint8_t>(Get(info, at_.text_len + 3, 1)), memory_.endian());
    record.text.assign(reinterpret_cast<const char*>(block.data()) + word_, length);
    text_bytes_ += length;
    log_.records.push_back(std::move(record));
  }

  // How many records there are from the first id that was not walked down to the tail. The kernel
  // frees the oldest first, so the oldest that is not free is found by halving: no need to read
  // all descriptors.
  [[nodiscard]] std::uint64_t Older() const {
    std::uint64_t used = walked_, free = ring_.ids;
    while (used < free) {
      const std::uint64_t middle = used + (free - used) / 2;
      if (InUse(Id(middle))) {
        used = middle + 1;
      } else {
        free = middle;
      }
    }
    return used - walked_;
  }
  [[nodiscard]] bool InUse(std::uint64_t id) const {
    const auto word =
        memory_.Number(ring_.descs + Index(id) * at_.desc_size + at_.state + at_.counter, word_);
    const auto state = word ? State(*word, id) : std::nullopt;
    return state && *state != 3;
  }

  const VirtualMemory& memory_;
  const RingLayout& at_;
  const PrintkRing& ring_;
  LogLimits limits_;
  std::uint64_t word_, id_mask_;
  LogWindow text_;
  std::vector<std::byte> descs_, infos_;
  std::uint64_t infos_at_ = 0;
  bool infos_whole_ = false;
  std::uint64_t walked_ = 0;      // ids
  std::uint64_t missed_ = 0;      // ids without a record since the last that was kept
  std::uint64_t text_bytes_ = 0;  // kept
  bool full_ = false, unread_ = false, invalid_ = false;
  KernelLog log_;
};

}  // namespace

KernelLog ReadLogRing(const VirtualMemory& memory, const Vmcoreinfo& notes,
                      const LogLimits& limits) {
  const auto symbol = notes.Symbol("prb");
  if (!symbol) return NoLog("ring", {ErrorCode::kNotFound, "VMCOREINFO has no SYMBOL(prb)"});
  const auto layout = FindRingLayout(notes, static_cast<std::uint64_t>(memory.word_bytes()));
  if (!layout) return NoLog("ring", layout.error());
  const auto ring = FindPrintkRing(memory, *symbol, *layout);
  if (!ring) return NoLog("ring", ring.error());
  return RingWalk(memory, *layout, *ring, limits).Walk();
}

}  // namespace kdumpd
