// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age_source.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "daemon/core/text.h"
#include "daemon/ship/age.h"
#include "daemon/ship/age_crypto.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kSealedChunk = kAgeChunk + kAgeTag;

// Holds one chunk, encrypted. A chunk that is made for the first time in its turn is hashed, so
// that whoever reads in order has hashed all of it.
class AgeSource : public Source {
 public:
  AgeSource(FileInput file, const UploadPlan& plan, bool hashes = true)
      : file_(file),
        plan_(plan),
        hashes_(hashes),
        cipher_(PayloadCipher(plan.file_key, plan.nonce)),
        start_(Cat(plan.age_header, plan.nonce)),
        bytes_(plan.stored_bytes),
        chunks_(std::max<std::uint64_t>((plan.mark.bytes + kAgeChunk - 1) / kAgeChunk, 1)) {
    stored_hash_.Add(start_);
  }

  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }

  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    if (offset > bytes_ || to.size() > bytes_ - offset) {
      return FailUpload(UploadProblem::kSource, "asked for what is behind its end");
    }
    while (!to.empty()) {
      const auto from = From(offset);
      if (!from) return std::unexpected(from.error());
      const std::size_t count = std::min(from->size(), to.size());
      std::memcpy(to.data(), from->data(), count);
      to = to.subspan(count);
      offset += count;
    }
    return {};
  }

  [[nodiscard]] Uploaded<void> Check() const override { return file_.Check(); }
  void DropBefore(std::uint64_t offset) const override {
    if (offset >= bytes_) return file_.DropBefore(file_.mark().bytes);
    if (offset > start_.size()) {
      file_.DropBefore((offset - start_.size()) / kSealedChunk * kAgeChunk);
    }
  }

  Uploaded<Digests> Whole() override {
    while (hashed_ < chunks_) {
      if (auto made = Make(hashed_); !made) return std::unexpected(made.error());
    }
    if (digests_.plain_sha256.empty()) {
      digests_ = {Hex(plain_hash_.Take()), Hex(stored_hash_.Take())};
    }
    return digests_;
  }
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override {
    return std::make_unique<AgeSource>(file_, plan_, false);
  }

 private:
  // What is stored from `offset` on, as far as it is in one piece.
  Uploaded<std::span<const std::byte>> From(std::uint64_t offset) {
    if (offset < start_.size()) return std::as_bytes(std::span(start_)).subspan(offset);
    const std::uint64_t chunk = (offset - start_.size()) / kSealedChunk;
    if (!made_ || chunk != chunk_) {
      if (auto made = Make(chunk); !made) return std::unexpected(made.error());
    }
    return std::span<const std::byte>(sealed_)
        .first(SizeOf(chunk) + kAgeTag)
        .subspan((offset - start_.size()) % kSealedChunk);
  }

  [[nodiscard]] std::size_t SizeOf(std::uint64_t chunk) const {
    return std::min<std::uint64_t>(kAgeChunk, file_.mark().bytes - chunk * kAgeChunk);
  }

  Uploaded<void> Make(std::uint64_t chunk) {
    made_ = false;
    const std::span<std::byte> text = std::span(sealed_).first(SizeOf(chunk));
    if (auto read = file_.Read(chunk * kAgeChunk, text); !read) return read;
    // Two texts under one key and nonce give each other away: what was changed is not encrypted.
    if (auto same = file_.Check(); !same) return same;
    const bool in_turn = hashes_ && chunk == hashed_;
    if (in_turn) plain_hash_.Add(text);
    cipher_.Seal(chunk, chunk + 1 == chunks_, text, sealed_);
    if (in_turn) {
      stored_hash_.Add(std::span(sealed_).first(text.size() + kAgeTag));
      ++hashed_;
    }
    made_ = true;
    chunk_ = chunk;
    return {};
  }

  FileInput file_;
  UploadPlan plan_;
  bool hashes_;
  AgeCipher cipher_;
  std::string start_;  // header and nonce
  std::uint64_t bytes_, chunks_;
  std::array<std::byte, kSealedChunk> sealed_;
  bool made_ = false;        // sealed_ is
  std::uint64_t chunk_ = 0;  // this one
  std::uint64_t hashed_ = 0;
  Digest plain_hash_{Digest::Kind::kSha256}, stored_hash_{Digest::Kind::kSha256};
  Digests digests_;
};

}  // namespace

Uploaded<std::unique_ptr<Source>> OpenAgeSource(FileInput file, const UploadPlan& plan) {
  if (plan.file_key.size() != kAgeKeyBytes || plan.nonce.size() != kAgeKeyBytes ||
      plan.age_header.empty() || file.mark() != plan.mark ||
      plan.stored_bytes != plan.age_header.size() + AgePayloadBytes(plan.mark.bytes)) {
    return FailUpload(UploadProblem::kState, "the plan of its encryption makes no sense");
  }
  return std::make_unique<AgeSource>(file, plan);
}

}  // namespace kdumpd
