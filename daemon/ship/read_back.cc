// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/read_back.h"

#include <algorithm>
#include <array>

#include "daemon/core/text.h"

namespace kdumpd {

bool HashBack::Take(std::span<const std::byte> bytes) {
  came_ += bytes.size();
  if (came_ > expected_) return false;
  digest_.Add(bytes);
  return true;
}

Uploaded<void> HashBack::Is(std::string_view sha256) {
  if (came_ != expected_) return FailSize(came_, expected_);
  if (Hex(digest_.Take()) == sha256) return {};
  return FailUpload(UploadProblem::kMismatch,
                    "what the store gives back has another SHA-256 than what was sent");
}

bool CompareBack::Take(std::span<const std::byte> bytes) {
  std::array<std::byte, 16 << 10> ours;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::uint64_t>({ours.size(), bytes.size(), end_ - at_});
    if (size == 0) {
      differs_ = true;
      return false;
    }
    if (auto read = source_.Read(at_, std::span(ours).first(size)); !read) {
      error_ = read.error();
      return false;
    }
    if (!std::ranges::equal(std::span(ours).first(size), bytes.first(size))) {
      differs_ = true;
      return false;
    }
    at_ += size;
    bytes = bytes.subspan(size);
  }
  return true;
}

Uploaded<bool> CompareBack::Same() const {
  if (error_) return std::unexpected(*error_);
  return !differs_ && at_ == end_;
}

Uploaded<StoredObject> ExpectedOf(Source& source, const Steps& steps, std::int64_t now) {
  auto digests = source.Whole();
  if (!digests) return std::unexpected(digests.error());
  if (auto same = source.Check(); !same) return std::unexpected(same.error());
  const auto& plan = steps.so_far().plan;
  StoredObject object;
  object.plain_bytes = plan ? plan->mark.bytes : source.bytes();
  object.stored_bytes = source.bytes();
  object.plain_sha256 = digests->plain_sha256;
  object.stored_sha256 = digests->stored_sha256;
  object.stored_at = now;
  return object;
}

std::unexpected<UploadError> FailMissing() {
  return FailUpload(UploadProblem::kMismatch, "the store has no such object");
}

std::unexpected<UploadError> FailSize(std::uint64_t holds, std::uint64_t expected) {
  return FailUpload(
      UploadProblem::kMismatch,
      holds > expected
          ? Cat("the store holds more than the ", expected, " bytes that were sent")
          : Cat("the store holds ", holds, " of the ", expected, " bytes that were sent"));
}

}  // namespace kdumpd
