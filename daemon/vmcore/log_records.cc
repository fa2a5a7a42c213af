// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/kernel_log.h"
#include "daemon/vmcore/log_layout.h"
#include "daemon/vmcore/log_window.h"

// Records one after the other, kernel/printk/printk.c of 3.5 to 5.9: a header, the text, a
// dictionary, up to alignment. From log_first_idx to log_next_idx; where the next one had no room
// there is a header of length 0, and the walk goes on at the start of the buffer.
namespace kdumpd {
namespace {

// Of larger buffers (2 GiB are legal) only that much before log_next_idx is walked.
constexpr std::uint64_t kMaxBytes = 64 << 20;
constexpr std::uint64_t kMaxLength = std::uint64_t{1} << 31;
// u64 ts_nsec; u16 len, text_len, dict_len; u8 facility; u8 flags:5, level:3. Facility and level
// are not in VMCOREINFO, but have been there since 3.5.
constexpr std::uint64_t kFacilityAfterLength = 6;
constexpr std::uint64_t kAlignment = 4;  // of the structure; 8 where the CPU is strict
constexpr std::uint64_t kSmallestPage = 4096;
constexpr int kMaxHops = 1 << 20;

struct Layout {
  std::uint64_t size = 0, nanoseconds = 0, length = 0, text_length = 0, dict_length = 0;
};

Result<Layout> FindLayout(const Vmcoreinfo& notes) {
  const std::string_view name = notes.Size("printk_log") ? "printk_log" : "log";  // before 3.11
  Layout at;
  const LogField fields[] = {{name, "ts_nsec", 8, &at.nanoseconds},
                             {name, "len", kFacilityAfterLength + 2, &at.length},
                             {name, "text_len", 2, &at.text_length},
                             {name, "dict_len", 2, &at.dict_length}};
  if (auto found = FindFields(notes, fields); !found) return std::unexpected(found.error());
  at.size = *notes.Size(name);
  return at;
}

struct Buffer {
  std::uint64_t address = 0, length = 0;
  std::uint64_t first = 0, next = 0;  // offsets of the oldest record and behind the newest
};

Result<Buffer> FindBuffer(const VirtualMemory& memory, const Vmcoreinfo& notes) {
  Buffer buffer;
  const struct {
    std::string_view symbol;
    std::size_t size;
    std::uint64_t* out;
  } variables[] = {{"log_buf", static_cast<std::size_t>(memory.word_bytes()), &buffer.address},
                   {"log_buf_len", 4, &buffer.length},
                   {"log_first_idx", 4, &buffer.first},
                   {"log_next_idx", 4, &buffer.next}};
  for (const auto& [symbol, size, out] : variables) {
    const auto address = notes.Symbol(symbol);
    if (!address) {
      return Fail(ErrorCode::kNotFound, Cat("VMCOREINFO has no SYMBOL(", symbol, ")"));
    }
    const auto value = memory.Number(*address, size);
    if (!value) return Fail(ErrorCode::kIo, value.error().In(symbol).message);
    *out = *value;
  }
  if (buffer.length > kMaxLength || buffer.first > buffer.length || buffer.next > buffer.length ||
      !CheckedAdd(buffer.address, buffer.length)) {
    return Fail(ErrorCode::kInvalid, Cat("records from ", buffer.first, " to ", buffer.next, " of ",
                                         buffer.length, " bytes"));
  }
  return buffer;
}

// Walks from the oldest record to newer ones: there is no way back. Keeps the newest within the
// limits.
class RecordWalk {
 public:
  RecordWalk(const VirtualMemory& memory, const Layout& at, const Buffer& buffer,
             const LogLimits& limits)
      : memory_(memory),
        at_(at),
        buffer_(buffer),
        limits_(Clamped(limits)),
        window_(memory, buffer.address, buffer.address + buffer.length, LogWindow::Way::kUp) {
    log_.facts.kind = "records";
  }

  KernelLog Walk() {
    const Stretch whole{buffer_.first, buffer_.next, false};
    if (buffer_.first <= buffer_.next) {
      Walk(Tail(whole, kMaxBytes));
    } else {
      const Stretch upper{buffer_.first, buffer_.length, true};
      const std::uint64_t rest = kMaxBytes - std::min(kMaxBytes, buffer_.next);
      Walk(Tail(upper, rest));
      Walk(Tail({0, buffer_.next, false}, kMaxBytes));
    }
    log_.records.reserve(kept_.size());
    for (; !kept_.empty(); kept_.pop_front()) {
      log_.records.push_back(std::move(kept_.front().record));
    }
    JudgeLog(log_, unread_, invalid_);
    return std::move(log_);
  }

 private:
  // Records from `begin` to `end`. The end of the buffer is no end of a record: a length of 0 comes
  // before it.
  struct Stretch {
    std::uint64_t begin, end;
    bool marked;
  };
  struct Header {
    std::uint64_t length = 0, text_length = 0;
    LogRecord record;
  };
  struct Kept {
    LogRecord record;
    std::uint64_t lost_before;
  };
  enum class Found { kRecord, kMark, kInvalid, kMissing };

  // The last `bytes` of a stretch, from a record on.
  Stretch Tail(Stretch stretch, std::uint64_t bytes) {
    if (stretch.end - stretch.begin <= bytes) return stretch;
    const std::uint64_t left_out = stretch.end - stretch.begin - bytes;
    log_.facts.dropped_older += left_out;
    stretch.begin = PickUp(stretch, stretch.begin + left_out);
    return stretch;
  }

  void Walk(const Stretch& stretch) {
    std::uint64_t offset = stretch.begin;
    while (offset < stretch.end) {
      Header header;
      const Found found = Look(stretch, offset, header);
      if (found == Found::kMark && stretch.marked) return;
      if (found == Found::kRecord) {
        Keep(header, offset);
        offset += header.length;
        continue;
      }
      (found == Found::kMissing ? unread_ : invalid_) = true;
      ++lost_;  // at least
      offset = PickUp(stretch, AfterGap(offset, found));
    }
  }

  // Where a record may be again: on the page after a missing one, or right behind a wrong header.
  [[nodiscard]] std::uint64_t AfterGap(std::uint64_t offset, Found found) const {
    if (found != Found::kMissing) return offset + kAlignment;
    return ((buffer_.address + offset) | (kSmallestPage - 1)) + 1 - buffer_.address;
  }

  Found Look(const Stretch& stretch, std::uint64_t offset, Header& header) {
    if (at_.size > stretch.end - offset) return Found::kInvalid;
    return Parse(window_.At(buffer_.address + offset, at_.size), stretch.end - offset, header);
  }

  // `bytes`: of a header, none when it is not in the dump. `room`: up to the end of the stretch.
  [[nodiscard]] Found Parse(Bytes bytes, std::uint64_t room, Header& header) const {
    if (bytes.empty()) return Found::kMissing;
    const auto number = [&](std::uint64_t at, std::size_t size) {
      return Number(bytes, at, size, memory_.endian());
    };
    header.length = number(at_.length, 2);
    header.text_length = number(at_.text_length, 2);
    header.record.nanoseconds = number(at_.nanoseconds, 8);
    if (header.length == 0 && header.text_length == 0 && header.record.nanoseconds == 0) {
      return Found::kMark;
    }
    const std::uint64_t used = at_.size + header.text_length + number(at_.dict_length, 2);
    if (header.length % kAlignment != 0 || header.length > room || header.length < used ||
        header.length - used >= 2 * kAlignment) {
      return Found::kInvalid;
    }
    PutPriority(header.record,
                static_cast<std::uint8_t>(number(at_.length + kFacilityAfterLength, 1)),
                static_cast<std::uint8_t>(number(at_.length + kFacilityAfterLength + 1, 1)),
                memory_.endian());
    return Found::kRecord;
  }

  void Keep(Header& header, std::uint64_t offset) {
    const std::uint64_t text_at = buffer_.address + offset + at_.size;
    const Bytes text = window_.At(text_at, header.text_length);
    if (text.size() != header.text_length) {
      unread_ = true;
      ++lost_;
      return;
    }
    header.record.sequence = sequence_++;
    header.record.text.assign(reinterpret_cast<const char*>(text.data()), text.size());
    text_bytes_ += text.size();
    log_.facts.lost += kept_.empty() ? 0 : lost_;
    kept_.push_back({std::move(header.record), std::exchange(lost_, 0)});
    while (kept_.size() > limits_.records || text_bytes_ > limits_.text_bytes) DropOldest();
  }

  void DropOldest() {
    text_bytes_ -= kept_.front().record.text.size();
    kept_.pop_front();
    ++log_.facts.dropped_older;
    if (!kept_.empty()) log_.facts.lost -= kept_.front().lost_before;
  }

  // The first offset from which at least two records follow each other, or one and the end: after a
  // gap nothing says where the next record starts.
  std::uint64_t PickUp(const Stretch& stretch, std::uint64_t offset) {
    offset = (offset + kAlignment - 1) / kAlignment * kAlignment;
    while (offset < stretch.end) {
      Header header;
      const Found found = Look(stretch, offset, header);
      if (found == Found::kMark && stretch.marked) return stretch.end;
      if (found == Found::kRecord && Continues(stretch, offset + header.length)) return offset;
      offset = AfterGap(offset, found == Found::kMissing ? found : Found::kInvalid);
    }
    return stretch.end;
  }
  bool Continues(const Stretch& stretch, std::uint64_t offset) {
    if (offset == stretch.end) return true;
    if (++hops_ > kMaxHops || at_.size > stretch.end - offset) return false;
    next_header_.resize(at_.size);
    if (!memory_.Read(buffer_.address + offset, next_header_)) return true;  // who knows
    Header header;
    const Found found = Parse(next_header_, stretch.end - offset, header);
    return found == Found::kRecord || (found == Found::kMark && stretch.marked);
  }

  const VirtualMemory& memory_;
  const Layout& at_;
  const Buffer& buffer_;
  LogLimits limits_;
  LogWindow window_;
  std::vector<std::byte> next_header_;
  std::deque<Kept> kept_;
  std::uint64_t sequence_ = 0;
  std::uint64_t text_bytes_ = 0;  // kept
  std::uint64_t lost_ = 0;        // gaps since the last that was kept
  int hops_ = 0;
  bool unread_ = false, invalid_ = false;
  KernelLog log_;
};

}  // namespace

KernelLog ReadLogRecords(const VirtualMemory& memory, const Vmcoreinfo& notes,
                         const LogLimits& limits) {
  const auto layout = FindLayout(notes);
  if (!layout) return NoLog("records", layout.error());
  const auto buffer = FindBuffer(memory, notes);
  if (!buffer) return NoLog("records", buffer.error());
  return RecordWalk(memory, *layout, *buffer, limits).Walk();
}

}  // namespace kdumpd
