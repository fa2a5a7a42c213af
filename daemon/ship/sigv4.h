// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// AWS Signature Version 4 (docs.aws.amazon.com, "Signature Calculations for the Authorization
// Header"). By hand: libcurl 7.88's own neither sends x-amz-content-sha256 nor sorts a query.
namespace kdumpd {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct AwsKey {
  std::string id, secret;
  std::string session_token;  // "": of a lasting key

  friend bool operator==(const AwsKey&, const AwsKey&) = default;
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// What is signed of a request. Nothing is encoded yet.
struct Signable {
  std::string method, host;  // the host as the Host header says it
  std::string path = "/";
  NamedTexts query{};
  NamedTexts headers{};        // further ones, each with a value
  std::string payload_hash{};  // SHA-256 in hexadecimal, or kUnsignedPayload
  std::string region, service = "s3";
};

// The headers to add, in lower case: host, x-amz-date, with S3 x-amz-content-sha256, with a session
// token x-amz-security-token, authorization. `now`: seconds since the epoch.
[[nodiscard]] NamedTexts SignV4(const Signable& request, const AwsKey& key, std::int64_t now);

// As a URL has to have them for the signature to hold: each byte but unreserved ones as %XX.
[[nodiscard]] std::string EncodeQuery(const NamedTexts& query);  // sorted
[[nodiscard]] std::string EncodeForm(const NamedTexts& form);    // in their order

}  // namespace kdumpd
