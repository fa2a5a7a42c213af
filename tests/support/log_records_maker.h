// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/text.h"
#include "tests/support/log_image.h"

namespace kdumpd {

// kernel/printk/printk.c before 5.10: records one after the other, their length in front; the
// oldest make room for the newest, a zero length says that the next is at the start.
class LogRecords {
 public:
  static constexpr std::uint64_t kHeader = 16;

  LogRecords(std::uint64_t base, Endian endian, std::size_t length)
      : base_(base), endian_(endian), buffer_(length, '\0') {}

  void Add(const LogLine& line, std::string_view dictionary = "") {
    const std::uint64_t bytes = (kHeader + line.text.size() + dictionary.size() + 3) / 4 * 4;
    while (count_ != 0 && !Fits(bytes)) DropOldest();
    if (!Fits(bytes)) return;
    if (next_ + bytes + kHeader > buffer_.size()) {
      buffer_.replace(next_, kHeader, kHeader, '\0');
      next_ = 0;
    }
    buffer_.replace(next_, bytes, bytes, '\0');
    const std::pair<std::size_t, std::uint64_t> halves[] = {
        {8, bytes}, {10, line.text.size()}, {12, dictionary.size()}};
    PutNumber(buffer_, next_, 8, line.nanoseconds, endian_);
    for (const auto& [offset, value] : halves)
      PutNumber(buffer_, next_ + offset, 2, value, endian_);
    PutNumber(buffer_, next_ + 14, 1, line.facility, endian_);
    PutNumber(buffer_, next_ + 15, 1, FlagsAndLevel(line.level, endian_), endian_);
    buffer_.replace(next_ + kHeader, line.text.size() + dictionary.size(),
                    Cat(line.text, dictionary));
    last_ = next_;
    next_ += bytes;
    ++count_;
  }

  // Where things lie, for those who damage them: the newest record, the buffer, the variables.
  [[nodiscard]] std::uint64_t LastAddress() const { return BufferAddress() + last_; }
  [[nodiscard]] std::uint64_t BufferAddress() const { return base_ + 65'536; }
  [[nodiscard]] std::uint64_t LengthAddress() const { return base_ + 8; }
  [[nodiscard]] std::uint64_t FirstIndexAddress() const { return base_ + 12; }
  [[nodiscard]] std::uint64_t NextIndexAddress() const { return base_ + 16; }
  [[nodiscard]] std::uint64_t first_index() const { return first_; }
  [[nodiscard]] std::uint64_t next_index() const { return next_; }

  // `name`: the structure was called log before 3.11.
  [[nodiscard]] LogImage Image(std::string_view name = "printk_log") const {
    std::string variables(24, '\0');
    PutNumber(variables, 0, 8, BufferAddress(), endian_);
    PutNumber(variables, 8, 4, buffer_.size(), endian_);
    PutNumber(variables, 12, 4, first_, endian_);
    PutNumber(variables, 16, 4, next_, endian_);
    return {Cat("SYMBOL(log_buf)=", HexDigits(base_),
                "\nSYMBOL(log_buf_len)=", HexDigits(LengthAddress()),
                "\nSYMBOL(log_first_idx)=", HexDigits(FirstIndexAddress()),
                "\nSYMBOL(log_next_idx)=", HexDigits(NextIndexAddress()), "\nSIZE(", name,
                ")=16\nOFFSET(", name, ".ts_nsec)=0\nOFFSET(", name, ".len)=8\nOFFSET(", name,
                ".text_len)=10\nOFFSET(", name, ".dict_len)=12\n"),
            {{base_, variables}, {BufferAddress(), buffer_}}};
  }

 private:
  // With room for the header of a zero length behind it.
  [[nodiscard]] bool Fits(std::uint64_t bytes) const {
    const bool straight = next_ > first_ || count_ == 0;
    const std::uint64_t room =
        straight ? std::max<std::uint64_t>(buffer_.size() - next_, first_) : first_ - next_;
    return room >= bytes + kHeader;
  }
  [[nodiscard]] std::uint64_t LengthAt(std::uint64_t index) const {
    return Number(std::as_bytes(std::span(buffer_)), index + 8, 2, endian_);
  }
  void DropOldest() {
    if (LengthAt(first_) == 0) first_ = 0;
    first_ += LengthAt(first_);
    if (--count_ != 0 && LengthAt(first_) == 0) first_ = 0;
  }

  std::uint64_t base_;
  Endian endian_;
  std::string buffer_;
  std::uint64_t first_ = 0, next_ = 0, last_ = 0, count_ = 0;
};

}  // namespace kdumpd
