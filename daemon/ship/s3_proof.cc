// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_proof.h"

#include <algorithm>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"
#include "daemon/ship/s3_parts.h"
#include "daemon/ship/s3_xml.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kPiece = 64ULL << 20;
constexpr int kTimesInVain = 4;

bool Broke(const S3Result& result) {
  return result.error->problem == UploadProblem::kUnreachable ||
         result.error->problem == UploadProblem::kTimeout;
}

}  // namespace

Uploaded<S3Held> AskWhatIsHeld(S3Client& client, const std::string& key, std::uint64_t bytes) {
  const S3Result result =
      client.Do({.method = "HEAD", .key = key, .headers = {{"x-amz-checksum-mode", "ENABLED"}}});
  if (result.answer.status == 404) {
    return FailUpload(UploadProblem::kMismatch, Cat("the store has no ", Printable(key)));
  }
  if (result.error) return std::unexpected(*result.error);
  if (result.answer.bytes != bytes) {
    return FailUpload(UploadProblem::kMismatch,
                      result.answer.bytes
                          ? Cat("the store has ", *result.answer.bytes, " bytes of ", bytes)
                          : std::string("the store does not say how large it is"));
  }
  return S3Held{bytes, Unquoted(result.answer.Header("etag")),
                std::string(result.answer.Header("x-amz-checksum-sha256"))};
}

std::string ChecksumOf(std::string_view sha256) { return Base64(FromHex(sha256)); }

Uploaded<void> ReadBack(S3Client& client, const std::string& key, std::uint64_t bytes,
                        std::string_view sha256) {
  Digest digest(Digest::Kind::kSha256);
  int in_vain = 0;
  for (std::uint64_t at = 0; at < bytes;) {
    const std::uint64_t begun = at;
    const std::uint64_t end = std::min(bytes, at + kPiece);
    S3Call call{.key = key, .range = {{at, end - 1}}};
    call.take = [&](std::span<const std::byte> some) {
      if (some.size() > end - at) return false;
      digest.Add(some);
      at += some.size();
      return true;
    };
    const S3Result result = client.Do(call);
    const long status = result.answer.status;
    if (status == 404 || status == 416) {
      return FailUpload(UploadProblem::kMismatch, "the store does not give it back");
    }
    // It goes on where a connection broke.
    in_vain = at > begun ? 0 : in_vain + 1;
    if (in_vain >= kTimesInVain || (result.error && !Broke(result))) {
      return result.error ? std::unexpected(*result.error)
                          : FailUpload(UploadProblem::kServer, "the store gives no bytes back");
    }
    // Another status than 206 began at byte 0, whatever was asked for.
    if (!result.error && status != 206 && (begun != 0 || at != bytes)) {
      return FailUpload(UploadProblem::kServer, "the store does not answer a range with a range");
    }
  }
  if (const std::string read = Hex(digest.Take()); read != sha256) {
    return FailUpload(UploadProblem::kMismatch,
                      Cat("read back it has SHA-256 ", read, " and not ", sha256));
  }
  return {};
}

}  // namespace kdumpd
