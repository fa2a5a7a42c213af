// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_multipart.h"

#include <algorithm>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr int kSendPartTimes = 3;
constexpr int kMostPages = 20;  // of 1,000 parts, with room for a server of smaller ones

// With a key of a key service, or of ours, an ETag is no MD5 of what we sent.
bool HidesMd5(const Answer& answer) {
  return answer.Header("x-amz-server-side-encryption").starts_with("aws:kms") ||
         !answer.Header("x-amz-server-side-encryption-customer-algorithm").empty();
}

}  // namespace

S3Multipart::S3Multipart(S3Client& client, std::string key, Source& source, Steps& steps,
                         std::uint64_t part_bytes, bool md5_etags)
    : client_(client),
      key_(std::move(key)),
      source_(source),
      steps_(steps),
      part_bytes_(part_bytes),
      md5_etags_(md5_etags),
      count_(PartCount(source.bytes(), part_bytes)),
      id_(steps.so_far().upload_id) {}

Uploaded<std::vector<std::string>> S3Multipart::Send() {
  if (count_ > kMostParts) {
    return FailUpload(UploadProblem::kConfig, Cat("it has more than ", kMostParts, " parts"));
  }
  const auto done = FindEarlier();
  if (!done) return std::unexpected(done.error());
  if (*done) return std::vector<std::string>{};
  if (id_.empty()) {
    if (auto begun = Begin(); !begun) return std::unexpected(begun.error());
  }
  PartSums sums(source_, part_bytes_);
  for (std::uint32_t number = 1; number <= count_; ++number) {
    if (auto sent = SendPart(number, sums); !sent) {
      return std::unexpected(sent.error().In(Cat("part ", number, " of ", count_)));
    }
  }
  if (auto complete = Complete(); !complete) return std::unexpected(complete.error());
  return std::move(md5s_);
}

// True: it was completed, and only the answer was lost.
Uploaded<bool> S3Multipart::FindEarlier() {
  if (id_.empty()) return false;
  if (auto listed = ListParts(); !listed) return std::unexpected(listed.error());
  if (!gone_) return false;
  id_.clear();
  listed_.clear();
  const auto& parts = steps_.so_far().parts;
  std::vector<std::string> etags;
  for (std::uint32_t number = 1; number <= count_; ++number) {
    const auto part = parts.find(number);
    if (part == parts.end()) return false;
    etags.push_back(part->second.etag);
  }
  if (!IsThere(etags)) return false;
  steps_.Sent(source_.bytes());
  return true;
}

Uploaded<void> S3Multipart::ListParts() {
  std::string marker;
  for (int pages = 0; pages < kMostPages; ++pages) {
    S3Call call{.key = key_, .query = {{"uploadId", id_}, {"max-parts", "1000"}}};
    if (!marker.empty()) call.query.emplace_back("part-number-marker", marker);
    const S3Result result = client_.Do(call);
    if (result.code == "NoSuchUpload") {
      gone_ = true;
      return {};
    }
    // Who may not ask, or asks one that does not know the question, sends all of it again.
    if (result.code == "AccessDenied" || result.code == "NotImplemented") return {};
    if (result.error) return std::unexpected(*result.error);
    auto page = ParsePartsPage(result.answer.body);
    if (!page) {
      return FailUpload(UploadProblem::kServer, "the server's list of parts cannot be read");
    }
    listed_.merge(page->parts);
    if (page->next.empty() || page->next == marker) return {};
    marker = page->next;
  }
  return {};  // what is not listed is sent again
}

Uploaded<void> S3Multipart::Begin() {
  const S3Result result = client_.Do({.method = "POST", .key = key_, .query = {{"uploads", ""}}});
  if (result.error) return std::unexpected(*result.error);
  id_ = ParseUploadId(result.answer.body);
  if (id_.empty()) {
    return FailUpload(UploadProblem::kServer, "the server began an upload and did not say which");
  }
  auto kept = steps_.BeganUpload(id_);
  if (!kept) (void)Abort(client_, key_, id_);  // nobody would remember it
  return kept;
}

bool S3Multipart::HasAlready(std::uint32_t number, const UploadedPart& part,
                             const std::string& md5) const {
  const auto listed = listed_.find(number);
  if (listed == listed_.end() || listed->second.bytes != part.bytes) return false;
  if (listed->second.etag == md5) return true;
  const auto& journal = steps_.so_far().parts;
  const auto known = journal.find(number);
  return known != journal.end() && known->second.bytes == part.bytes &&
         known->second.sha256 == part.sha256 && known->second.etag == listed->second.etag;
}

Uploaded<void> S3Multipart::SendPart(std::uint32_t number, PartSums& part_sums) {
  const std::uint64_t offset = (number - 1) * part_bytes_;
  UploadedPart part;
  part.bytes = std::min(part_bytes_, source_.bytes() - offset);
  auto sums = part_sums.Next();
  if (!sums) return std::unexpected(sums.error());
  part.sha256 = sums->sha256;
  const bool again = HasAlready(number, part, sums->md5);
  if (again) {
    part.etag = listed_[number].etag;
  } else {
    auto uploaded = UploadPart(number, part, sums->md5);
    if (!uploaded) return std::unexpected(uploaded.error());
    part = *std::move(uploaded);
  }
  // Before it is believed: what was read may have been half of one dump and half of another.
  if (auto same = source_.Check(); !same) return same;
  if (!again || !steps_.so_far().parts.contains(number)) {
    if (auto kept = steps_.SentPart(number, part); !kept) return kept;
  }
  completed_.push_back({number, part.etag});
  md5s_.push_back(std::move(sums->md5));
  source_.DropBefore(offset + part.bytes);
  steps_.Sent(offset + part.bytes);
  return {};
}

Uploaded<UploadedPart> S3Multipart::UploadPart(std::uint32_t number, const UploadedPart& part,
                                               const std::string& md5) {
  UploadError error;
  for (int times = 0; times < kSendPartTimes; ++times) {
    const S3Result result =
        client_.Do({.method = "PUT",
                    .key = key_,
                    .query = {{"partNumber", std::to_string(number)}, {"uploadId", id_}},
                    .source = &source_,
                    .offset = (number - 1) * part_bytes_,
                    .bytes = part.bytes,
                    .sha256 = part.sha256});
    if (result.error && result.error->problem != UploadProblem::kMismatch) {
      return std::unexpected(*result.error);
    }
    if (result.error) {
      error = *result.error;
      continue;
    }
    const std::string etag = Unquoted(result.answer.Header("etag"));
    if (etag.empty()) return FailUpload(UploadProblem::kServer, "the server gave it no ETag");
    if (!md5_etags_ || etag == md5 || !LooksLikeMd5(etag) || HidesMd5(result.answer)) {
      return UploadedPart{part.bytes, etag, part.sha256};
    }
    error = {UploadProblem::kMismatch,
             Cat("the server's MD5 of it is ", etag, ", of what was sent it is ", md5), 0};
  }
  return std::unexpected(error);
}

Uploaded<void> S3Multipart::Complete() {
  const S3Result result = client_.Do({.method = "POST",
                                      .key = key_,
                                      .query = {{"uploadId", id_}},
                                      .text = CompleteBody(completed_)});
  if (!result.error && HasRoot(result.answer.body, "CompleteMultipartUploadResult")) return {};
  // It may have been done, and the answer lost or cut off.
  std::vector<std::string> etags;
  etags.reserve(completed_.size());
  for (const CompletedPart& part : completed_) etags.push_back(part.etag);
  if (IsThere(etags)) return {};
  if (result.error) return std::unexpected(result.error->In("completing the upload"));
  return FailUpload(UploadProblem::kServer, "the server's answer to the completion is unclear");
}

bool S3Multipart::IsThere(const std::vector<std::string>& etags) {
  if (!std::ranges::all_of(etags, LooksLikeMd5)) return false;
  const S3Result result = client_.Do({.method = "HEAD", .key = key_});
  return !result.error && result.answer.bytes == source_.bytes() &&
         Unquoted(result.answer.Header("etag")) == MultipartEtag(etags);
}

bool S3Multipart::Abort(S3Client& client, const std::string& key, const std::string& upload_id) {
  const S3Result result =
      client.Do({.method = "DELETE", .key = key, .query = {{"uploadId", upload_id}}});
  return !result.error || result.code == "NoSuchUpload";
}

}  // namespace kdumpd
