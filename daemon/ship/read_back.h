// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/ship/digest.h"
#include "daemon/ship/sink.h"
#include "daemon/ship/source.h"

// What a store gives back, looked at as it comes. No length that a server says is believed: what
// counts is what came.
namespace kdumpd {

// All of an object, hashed.
class HashBack {
 public:
  explicit HashBack(std::uint64_t expected) : expected_(expected) {}
  // False: it is more than it may be.
  bool Take(std::span<const std::byte> bytes);
  // After the last byte. kMismatch says what is different.
  Uploaded<void> Is(std::string_view sha256);

 private:
  std::uint64_t expected_, came_ = 0;
  Digest digest_{Digest::Kind::kSha256};
};

// A stretch of an object, compared byte by byte with the source.
class CompareBack {
 public:
  CompareBack(Source& source, std::uint64_t from, std::uint64_t to)
      : source_(source), at_(from), end_(to) {}
  // False: it is not the same, or cannot be compared.
  bool Take(std::span<const std::byte> bytes);
  // Whether all of it came and was the same; the source's error when it could not be read.
  [[nodiscard]] Uploaded<bool> Same() const;

 private:
  Source& source_;
  std::uint64_t at_, end_;
  bool differs_ = false;
  std::optional<UploadError> error_;
};

// What the object is to be, proof still missing: sizes and digests of the source, which is still
// what it was (else kChanged).
[[nodiscard]] Uploaded<StoredObject> ExpectedOf(Source& source, const Steps& steps,
                                                std::int64_t now);

[[nodiscard]] std::unexpected<UploadError> FailMissing();
[[nodiscard]] std::unexpected<UploadError> FailSize(std::uint64_t holds, std::uint64_t expected);

}  // namespace kdumpd
