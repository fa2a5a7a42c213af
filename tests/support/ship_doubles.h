// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/ship/sink.h"

namespace kdumpd {

// Steps that remember what they were told.
class SeenSteps : public Steps {
 public:
  [[nodiscard]] const ObjectJournal& so_far() const override { return journal; }
  Uploaded<void> BeganUpload(std::string_view) override { return {}; }
  Uploaded<void> SentPart(std::uint32_t, const UploadedPart&) override { return {}; }
  Uploaded<void> Aborted(std::string_view) override { return {}; }
  void Sent(std::uint64_t bytes) override { sent.push_back(bytes); }

  ObjectJournal journal;
  std::vector<std::uint64_t> sent;
};

// A text that counts what is read of it, and can break, or turn out to have been changed.
class WatchedSource : public Source {
 public:
  explicit WatchedSource(std::string text) : text_(text), source_(TextSource(std::move(text))) {}

  [[nodiscard]] std::uint64_t bytes() const override { return source_->bytes(); }
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    if (breaks_at && offset + to.size() > *breaks_at) {
      return FailUpload(UploadProblem::kSource, "it breaks here");
    }
    if (reading) reading(offset);
    for (std::uint64_t at = offset; at < offset + to.size() && at < most_counted; ++at) ++reads;
    return source_->Read(offset, to);
  }
  [[nodiscard]] Uploaded<void> Check() const override {
    if (changed) return FailUpload(UploadProblem::kChanged, "it has changed");
    return {};
  }
  Uploaded<Digests> Whole() override { return source_->Whole(); }
  // Breaks where this one does now.
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override {
    auto other = std::make_unique<WatchedSource>(text_);
    other->breaks_at = breaks_at;
    return other;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

  std::optional<std::uint64_t> breaks_at;
  bool changed = false;
  std::function<void(std::uint64_t)> reading;  // told of each offset
  std::uint64_t most_counted = ~0ULL;          // bytes from here on are not counted
  std::uint64_t reads = 0;                     // bytes that were read

 private:
  std::string text_;
  std::unique_ptr<Source> source_;
};

// Bytes without a pattern, the same for the same seed.
inline std::string Noise(std::size_t bytes, std::uint64_t seed = 1) {
  std::string text(bytes, '\0');
  for (char& c : text) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(seed >> 56U);
  }
  return text;
}

inline SinkInput InputFor(std::string url) {
  SinkInput input;
  input.target.name = "test";
  input.target.url = std::move(url);
  input.now = [] { return std::int64_t{1'790'000'000}; };
  return input;
}

}  // namespace kdumpd
