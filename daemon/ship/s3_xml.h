// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The XML of S3's and STS's answers. A server's text: anything may be in it, and whatever does not
// make sense is as if it were not there.
namespace kdumpd {

struct S3Failure {
  std::string code;     // "NoSuchKey": letters, digits and dots; "" it has none
  std::string message;  // printable and short
};
// Of S3 <Error>, of STS <ErrorResponse><Error>.
[[nodiscard]] std::optional<S3Failure> ParseS3Failure(std::string_view body);

// <InitiateMultipartUploadResult>; "": there is none, or none of 1 to 1024 printable characters.
[[nodiscard]] std::string ParseUploadId(std::string_view body);

// <CompleteMultipartUploadResult>, or what else has that for its root.
[[nodiscard]] bool HasRoot(std::string_view body, std::string_view name);

struct ListedPart {
  std::uint64_t bytes = 0;
  std::string etag;  // without quotes
};
struct PartsPage {
  std::map<std::uint32_t, ListedPart> parts;
  std::string next;  // marker of the page that follows; "" it is the last
};
[[nodiscard]] std::optional<PartsPage> ParsePartsPage(std::string_view body);

struct UploadsPage {
  struct Upload {
    std::string key, id;
  };
  std::vector<Upload> uploads;
  std::string next_key, next_id;  // both "": it is the last
};
[[nodiscard]] std::optional<UploadsPage> ParseUploadsPage(std::string_view body);

struct AssumedRole {
  std::string id, secret, session_token;
  std::int64_t expires = 0;  // seconds since the epoch
};
// <AssumeRoleWithWebIdentityResponse>; nothing when one of them is missing.
[[nodiscard]] std::optional<AssumedRole> ParseAssumedRole(std::string_view body);

// Of "etag" its quotes, and what a weak one has before them.
[[nodiscard]] std::string Unquoted(std::string_view etag);

struct CompletedPart {
  std::uint32_t number = 0;
  std::string etag;
};
[[nodiscard]] std::string CompleteBody(const std::vector<CompletedPart>& parts);

}  // namespace kdumpd
