// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/sigv4.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"
#include "daemon/ship/url_encode.h"

namespace kdumpd {
namespace {

std::string Timestamp(std::int64_t now) {
  const std::time_t seconds = now;
  std::tm broken{};
  gmtime_r(&seconds, &broken);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &broken);
  return {text.data(), size};
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Trimmed, and each run of blanks as one.
std::string CanonicalValue(std::string_view value) {
  std::string text;
  for (const char c : Trim(value)) {
    if (c != ' ' || !text.ends_with(' ')) text += c;
  }
  return text;
}

std::string Join(const NamedTexts& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += Cat(text.empty() ? "" : "&", name, "=", value);
  }
  return text;
}

NamedTexts EncodedPairs(const NamedTexts& pairs) {
  NamedTexts encoded;
  for (const auto& [name, value] : pairs) {
    encoded.emplace_back(EncodeWord(name), EncodeWord(value));
  }
  return encoded;
}

std::string SigningKey(const std::string& secret, std::string_view day, const Signable& request) {
  std::string key = HmacSha256(Cat("AWS4", secret), day);
  key = HmacSha256(key, request.region);
  key = HmacSha256(key, request.service);
  return HmacSha256(key, "aws4_request");
}

}  // namespace

std::string EncodeForm(const NamedTexts& form) { return Join(EncodedPairs(form)); }
std::string EncodeQuery(const NamedTexts& query) {
  NamedTexts encoded = EncodedPairs(query);
  std::ranges::sort(encoded);
  return Join(encoded);
}

NamedTexts SignV4(const Signable& request, const AwsKey& key, std::int64_t now) {
  const std::string time = Timestamp(now);
  const std::string day = time.substr(0, 8);
  NamedTexts added{{"host", request.host}, {"x-amz-date", time}};
  if (request.service == "s3") added.emplace_back("x-amz-content-sha256", request.payload_hash);
  if (!key.session_token.empty()) added.emplace_back("x-amz-security-token", key.session_token);

  NamedTexts all = added;
  for (const auto& [name, value] : request.headers) all.emplace_back(Lower(name), value);
  std::ranges::sort(all);
  std::string headers, names;
  for (const auto& [name, value] : all) {
    headers += Cat(name, ":", CanonicalValue(value), "\n");
    names += Cat(names.empty() ? "" : ";", name);
  }
  const std::string canonical =
      Cat(request.method, "\n", EncodePath(request.path), "\n", EncodeQuery(request.query), "\n",
          headers, "\n", names, "\n", request.payload_hash);
  const std::string scope = Cat(day, "/", request.region, "/", request.service, "/aws4_request");
  const std::string to_sign =
      Cat("AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", Hex(Sha256(canonical)));
  const std::string signature = Hex(HmacSha256(SigningKey(key.secret, day, request), to_sign));
  added.emplace_back("authorization", Cat("AWS4-HMAC-SHA256 Credential=", key.id, "/", scope,
                                          ",SignedHeaders=", names, ",Signature=", signature));
  return added;
}

}  // namespace kdumpd
