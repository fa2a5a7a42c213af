// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspect_wire.h"

#include <algorithm>
#include <array>
#include <span>

#include "daemon/core/byte_order.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kHead = 5;  // type and length

struct Bound {
  FrameType type;
  std::size_t size;
};
constexpr std::array<Bound, 3> kBounds{{{FrameType::kProgress, kMaxProgressFrame},
                                        {FrameType::kLog, kMaxLogFrame},
                                        {FrameType::kFacts, kMaxFactsFrame}}};

void AppendNumber(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

std::uint64_t BigEndian(std::string_view text, std::size_t offset, std::size_t size) {
  return Number(std::as_bytes(std::span(text)), offset, size, Endian::kBig);
}

std::unexpected<Error> Garbled(std::string message) {
  return Fail(ErrorCode::kInvalid, std::move(message));
}

}  // namespace

std::string Encode(FrameType type, std::string_view payload) {
  std::string frame;
  frame.reserve(kHead + payload.size());
  frame += static_cast<char>(type);
  AppendNumber(frame, payload.size(), 4);
  frame += payload;
  return frame;
}

std::string Encode(const ProgressFrame& progress) {
  std::string payload;
  AppendNumber(payload, progress.done, 8);
  AppendNumber(payload, progress.total, 8);
  return Encode(FrameType::kProgress, payload);
}

Result<ProgressFrame> DecodeProgress(std::string_view payload) {
  if (payload.size() != kMaxProgressFrame) {
    return Garbled(Cat("a progress frame of ", payload.size(), " bytes"));
  }
  const ProgressFrame progress{BigEndian(payload, 0, 8), BigEndian(payload, 8, 8)};
  if (progress.done > progress.total) {
    return Garbled(Cat("progress of ", progress.done, " of ", progress.total));
  }
  return progress;
}

void LogFrames::Add(std::string_view lines) {
  while (!lines.empty()) {
    if (pending_.size() + lines.size() > kMaxLogFrame) Flush();
    std::string_view part = lines.substr(0, kMaxLogFrame);
    const auto end = part.rfind('\n');
    part = part.substr(0, end == part.npos ? kMaxLogFrame - 1 : end + 1);
    pending_ += part;
    if (end == part.npos) pending_ += '\n';
    lines.remove_prefix(part.size());
  }
}

void LogFrames::Flush() {
  said_ += pending_.size();
  if (!pending_.empty() && said_ <= kMaxLogBytes) say_(Encode(FrameType::kLog, pending_));
  pending_.clear();
}

void FrameReader::Append(std::string_view bytes) {
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_ += bytes;
}

Result<std::optional<Frame>> FrameReader::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  if (rest.empty()) return std::nullopt;
  if (ended_) return Garbled("bytes after the facts");
  const auto* bound = std::ranges::find(kBounds, FrameType{rest.front()}, &Bound::type);
  if (bound == kBounds.end()) {
    return Garbled(Cat("a frame of type ", static_cast<unsigned char>(rest.front())));
  }
  if (rest.size() < kHead) return std::nullopt;
  const std::uint64_t size = BigEndian(rest, 1, 4);
  if (size > bound->size) {
    return Garbled(
        Cat("a frame '", rest.front(), "' of ", size, " bytes, more than ", bound->size));
  }
  if (rest.size() - kHead < size) return std::nullopt;
  if (bound->type == FrameType::kLog) log_bytes_ += size;
  if (log_bytes_ > kMaxLogBytes) {
    return Garbled(Cat("more log than ", FormatBytes(kMaxLogBytes)));
  }
  used_ += kHead + size;
  ended_ = bound->type == FrameType::kFacts;
  return Frame{bound->type, std::string(rest.substr(kHead, size))};
}

}  // namespace kdumpd
