// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/error.h"

// How kdumpd-inspect answers on its standard output: frames of one type byte, a big-endian 32-bit
// length and that many bytes. First any number of progress and log frames, then one of facts, last.
namespace kdumpd {

enum class FrameType : char {
  kProgress = 'P',  // two big-endian 64-bit numbers: done and total, of the level's own unit
  kLog = 'L',       // whole lines of the kernel log, oldest first: "<pri>[ secs.usecs] text\n"
  kFacts = 'F',     // the Inspection as JSON (docs/schema/inspection.schema.json)
};
// By type: a longer frame is refused.
inline constexpr std::size_t kMaxProgressFrame = 16;
inline constexpr std::size_t kMaxLogFrame = 64 << 10;
inline constexpr std::size_t kMaxFactsFrame = 256 << 10;
// Of all log frames together.
inline constexpr std::size_t kMaxLogBytes = 32 << 20;

struct Frame {
  FrameType type = FrameType::kFacts;
  std::string payload;
};
struct ProgressFrame {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
[[nodiscard]] std::string Encode(FrameType type, std::string_view payload);
[[nodiscard]] std::string Encode(const ProgressFrame& progress);
// kInvalid when the payload is not two numbers with done <= total.
[[nodiscard]] Result<ProgressFrame> DecodeProgress(std::string_view payload);

// Packs lines of the log into few and full frames, at most kMaxLogBytes in all.
class LogFrames {
 public:
  explicit LogFrames(std::function<void(std::string_view frame)> say) : say_(std::move(say)) {}
  // Whole lines; one that is longer than a frame becomes several.
  void Add(std::string_view lines);
  // What is left; to be called at the end.
  void Flush();

 private:
  std::function<void(std::string_view)> say_;
  std::string pending_;
  std::size_t said_ = 0;
};

// Takes bytes as they come and gives frames. Holds at most one frame of the largest size.
class FrameReader {
 public:
  void Append(std::string_view bytes);
  // The next whole frame; nothing until more bytes come; kInvalid for an unknown type, a length
  // above its bound, log beyond kMaxLogBytes, or anything after the facts.
  [[nodiscard]] Result<std::optional<Frame>> Next();
  // True when no part of a frame is left over.
  [[nodiscard]] bool AtBoundary() const { return used_ == buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t used_ = 0;  // of the buffer: given out as frames
  std::size_t log_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace kdumpd
