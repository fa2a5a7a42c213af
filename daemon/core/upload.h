// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

// Words about bringing a crash to where it is safe: what every room that has to do with it says.
namespace kdumpd {

// Public contract: where the upload of one crash to one destination stands.
enum class UploadState {
  kQueued,    // to be begun, or to be gone on with
  kSending,   // an attempt is under way
  kVerified,  // all of it is there: compared
  kGaveUp,    // no attempt follows unless somebody asks
};
inline constexpr int kUploadStates = 4;
[[nodiscard]] std::string_view Name(UploadState state);

// Public contract: how it is known that a store holds what was sent. HTTP 200 alone proves nothing.
enum class UploadProof {
  kNone,
  kEtag,      // the store's own MD5 of the object, or of its parts, and its size
  kChecksum,  // a SHA-256 that the store says of the object, and its size
  kReadBack,  // all bytes were read back and hashed
};
inline constexpr int kUploadProofs = 4;
[[nodiscard]] std::string_view Name(UploadProof proof);

// Public contract: why an attempt came to nothing. The last three are never repeated in vain: the
// dump, or somebody, has to change something first.
enum class UploadProblem {
  kNone,
  kUnreachable,  // no connection, or it broke
  kTimeout,      // nothing moved for too long
  kThrottled,    // the store asks to come later (429, 503)
  kServer,       // the store failed (5xx)
  kCredentials,  // missing, wrong or expired
  kTrust,        // certificate or host key is not the one that is expected
  kRefused,      // the store does not take it (4xx, no bucket, no permission, no space)
  kMismatch,     // what it holds is not what was sent
  kChanged,      // the dump changed while it was being read: starts over
  kSource,       // the dump cannot be read
  kState,        // the journal of the upload cannot be written
  kHelper,       // the helper program died
  kConfig,       // the destination cannot work as it is configured
  kClear,        // it would have left in the clear, which the policy forbids
};
inline constexpr int kUploadProblems = 15;
[[nodiscard]] std::string_view Name(UploadProblem problem);

struct UploadError {
  UploadProblem problem = UploadProblem::kUnreachable;
  std::string message;                   // a sentence without secrets
  std::int64_t retry_after_seconds = 0;  // what the store asked for; 0: nothing

  [[nodiscard]] UploadError In(std::string_view context) const {
    return {problem, std::string(context) + ": " + message, retry_after_seconds};
  }
};
template <class T>
using Uploaded = std::expected<T, UploadError>;
inline std::unexpected<UploadError> FailUpload(UploadProblem problem, std::string message) {
  return std::unexpected(UploadError{problem, std::move(message)});
}

// What changes in a file when somebody writes to it; in an upload's journal, of what was sent.
struct UploadMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;        // seconds since the epoch
  std::int64_t nanoseconds = 0;  // of that second

  friend bool operator==(const UploadMark&, const UploadMark&) = default;
};

// Of one object that a store holds. Digests in lower-case hexadecimal.
struct StoredObject {
  UploadProof proof = UploadProof::kNone;
  std::uint64_t plain_bytes = 0, stored_bytes = 0;
  std::string plain_sha256, stored_sha256;
  std::string etag;            // as the store says it, without quotes; "" where it says none
  std::int64_t stored_at = 0;  // when it was proven, seconds since the epoch

  friend bool operator==(const StoredObject&, const StoredObject&) = default;
};

}  // namespace kdumpd
