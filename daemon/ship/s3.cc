// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3.h"

#include <algorithm>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/s3_multipart.h"
#include "daemon/ship/s3_parts.h"
#include "daemon/ship/s3_proof.h"
#include "daemon/ship/s3_xml.h"

namespace kdumpd {
namespace {

constexpr int kMostPages = 20;

}  // namespace

S3Sink::S3Sink(S3Address address, SinkInput input)
    : input_(std::move(input)), client_(std::move(address), input_) {}

Uploaded<std::uint64_t> S3Sink::PartBytes(std::uint64_t bytes) const {
  return S3PartBytes(bytes, input_.target);
}

// An upload that was begun goes on as it was planned, whatever is configured now.
Uploaded<std::uint64_t> S3Sink::PartBytesOf(const Source& source, const Steps& steps) const {
  if (const auto& plan = steps.so_far().plan) return plan->part_bytes;
  return PartBytes(source.bytes());
}

Uploaded<void> S3Sink::Send(const std::string& name, Source& source, Steps& steps) {
  const std::string key = client_.address().Key(name);
  const auto part_bytes = PartBytesOf(source, steps);
  if (!part_bytes) return std::unexpected(part_bytes.error());
  expected_.reset();
  std::string etag;
  if (*part_bytes == 0) {
    auto sent = SendWhole(key, source);
    if (!sent) return std::unexpected(sent.error());
    etag = *std::move(sent);
    steps.Sent(source.bytes());
  } else {
    const bool md5_etags = !input_.target.read_back;  // else all that is read back is the proof
    const auto md5s = S3Multipart(client_, key, source, steps, *part_bytes, md5_etags).Send();
    if (!md5s) return std::unexpected(md5s.error());
    if (!md5s->empty()) etag = MultipartEtag(*md5s);
  }
  if (auto same = source.Check(); !same) return same;
  if (etag.empty()) return {};
  auto whole = source.Whole();
  if (!whole) return std::unexpected(whole.error());
  expected_.emplace(whole->stored_sha256, etag);
  return {};
}

// The ETag that it must have.
Uploaded<std::string> S3Sink::SendWhole(const std::string& key, Source& source) {
  auto sums = SumPiece(source, 0, source.bytes());
  if (!sums) return std::unexpected(sums.error());
  const S3Result result =
      client_.Do({.method = "PUT",
                  .key = key,
                  .headers = {{"x-amz-checksum-sha256", ChecksumOf(sums->sha256)}},
                  .source = &source,
                  .bytes = source.bytes(),
                  .sha256 = sums->sha256});
  if (result.error) return std::unexpected(*result.error);
  source.DropBefore(source.bytes());
  return std::move(sums->md5);
}

Uploaded<std::string> S3Sink::ExpectedEtag(Source& source, std::uint64_t part_bytes) {
  if (expected_) {
    const auto whole = source.Whole();
    if (!whole) return std::unexpected(whole.error());
    if (whole->stored_sha256 == expected_->stored_sha256) return expected_->etag;
  }
  return EtagOf(source, part_bytes);
}

Uploaded<StoredObject> S3Sink::Verify(const std::string& name, Source& source, Steps& steps) {
  const std::string key = client_.address().Key(name);
  const auto held = AskWhatIsHeld(client_, key, source.bytes());
  if (!held) return std::unexpected(held.error());
  const auto part_bytes = PartBytesOf(source, steps);
  if (!part_bytes) return std::unexpected(part_bytes.error());
  const auto etag = ExpectedEtag(source, *part_bytes);
  if (!etag) return std::unexpected(etag.error());
  auto whole = source.Whole();
  if (!whole) return std::unexpected(whole.error());

  StoredObject stored{.stored_bytes = source.bytes(),
                      .plain_sha256 = whole->plain_sha256,
                      .stored_sha256 = whole->stored_sha256,
                      .etag = held->etag};
  const auto& plan = steps.so_far().plan;
  stored.plain_bytes = plan ? plan->mark.bytes : source.bytes();
  if (!input_.target.read_back && held->etag == *etag) {
    stored.proof = UploadProof::kEtag;
  } else if (!input_.target.read_back && held->sha256_base64 == ChecksumOf(whole->stored_sha256)) {
    stored.proof = UploadProof::kChecksum;
  } else {
    auto read = ReadBack(client_, key, source.bytes(), whole->stored_sha256);
    if (!read) return std::unexpected(read.error());
    stored.proof = UploadProof::kReadBack;
  }
  stored.stored_at = input_.now();
  return stored;
}

Uploaded<void> S3Sink::Confirm(const std::string& name, const StoredObject& stored) {
  const std::string key = client_.address().Key(name);
  const auto held = AskWhatIsHeld(client_, key, stored.stored_bytes);
  if (!held) return std::unexpected(held.error());
  const bool read_back = stored.proof == UploadProof::kReadBack || stored.etag.empty();
  if (read_back) return ReadBack(client_, key, stored.stored_bytes, stored.stored_sha256);
  if (held->etag == stored.etag) return {};
  return FailUpload(UploadProblem::kMismatch, Cat("its ETag is ", Printable(held->etag, 80),
                                                  " and was ", Printable(stored.etag, 80)));
}

void S3Sink::CleanUp(const std::string& name, Steps& steps) {
  const std::string key = client_.address().Key(name);
  const std::vector<std::string> stale = steps.so_far().stale_uploads;
  for (const std::string& id : stale) {
    if (S3Multipart::Abort(client_, key, id) && !steps.Aborted(id)) return;
  }
  AbortOrphans(key, steps);
}

// Whoever died after an upload was begun, and before it was in the journal, has left one.
void S3Sink::AbortOrphans(const std::string& key, Steps& steps) {
  std::string next_key, next_id;
  for (int pages = 0; pages < kMostPages; ++pages) {
    S3Call call{.query = {{"uploads", ""}, {"prefix", key}}};
    if (!next_key.empty()) {
      call.query.insert(call.query.end(),
                        {{"key-marker", next_key}, {"upload-id-marker", next_id}});
    }
    const S3Result result = client_.Do(call);
    if (result.error) return;
    const auto page = ParseUploadsPage(result.answer.body);
    if (!page) return;
    for (const UploadsPage::Upload& upload : page->uploads) {
      if (upload.key == key && upload.id != steps.so_far().upload_id) {
        (void)S3Multipart::Abort(client_, key, upload.id);
      }
    }
    if (page->next_key.empty()) return;
    next_key = page->next_key;
    next_id = page->next_id;
  }
}

Uploaded<std::unique_ptr<Sink>> OpenS3(SinkInput input) {
  auto address = ParseS3Address(input.target);
  if (!address) return std::unexpected(address.error());
  return std::make_unique<S3Sink>(*std::move(address), std::move(input));
}

}  // namespace kdumpd
