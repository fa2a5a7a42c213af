// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_address.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

// Of 1 to 255 of these and of letters, digits and '-'.
bool IsOf(std::string_view text, std::string_view further) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [&](char c) {
    return kLetters.contains(c) || further.contains(c);
  });
}

std::string_view WithoutSlashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

// Whoever normalises paths on the way would make another key of "." and ".."; a control character
// belongs in none.
bool GoodPrefix(std::string_view prefix) {
  if (prefix.empty()) return true;
  const auto bad = [](std::string_view segment) {
    return segment.empty() || segment == "." || segment == "..";
  };
  return std::ranges::none_of(Split(prefix, '/'), bad) &&
         std::ranges::none_of(prefix, [](unsigned char c) { return c < ' ' || c == 127; });
}

bool IsNumeric(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.:") == host.npos;
}

std::string AwsHost(const std::string& region) {
  return Cat("s3.", region, ".amazonaws.com", region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

std::string S3Address::Key(std::string_view name) const {
  return prefix.empty() ? std::string(name) : Cat(prefix, "/", name);
}

std::string S3Address::Path(std::string_view key) const {
  if (!path_style) return Cat("/", key);
  return key.empty() ? Cat("/", bucket) : Cat("/", bucket, "/", key);
}

Uploaded<S3Address> ParseS3Address(const UploadTarget& target) {
  const auto fail = [](std::string_view why) {
    return FailUpload(UploadProblem::kConfig, std::string(why));
  };
  constexpr std::string_view kScheme = "s3://";
  if (!target.url.starts_with(kScheme)) return fail("the URL is not s3://BUCKET[/PREFIX]");
  const std::string_view rest = std::string_view(target.url).substr(kScheme.size());
  S3Address address;
  address.bucket = rest.substr(0, rest.find('/'));
  address.prefix = WithoutSlashes(rest.substr(std::min(address.bucket.size(), rest.size())));
  if (!IsOf(address.bucket, "._")) return fail("the URL names no bucket");
  if (!GoodPrefix(address.prefix)) return fail("the URL's prefix is none for keys");
  if (!IsOf(target.region, "_")) return fail("the region is none");

  const std::string endpoint =
      target.endpoint.empty() ? Cat("https://", AwsHost(target.region)) : target.endpoint;
  const auto colon = endpoint.find("://");
  if (colon == endpoint.npos) return fail("the endpoint is not https://HOST[:PORT]");
  address.scheme = endpoint.substr(0, colon);
  address.host = WithoutSlashes(std::string_view(endpoint).substr(colon + 3));
  if ((address.scheme != "https" && address.scheme != "http") || !IsOf(address.host, "._:[]")) {
    return fail("the endpoint is not https://HOST[:PORT]");
  }
  address.path_style = target.path_style || address.bucket.contains('.') || IsNumeric(address.host);
  if (!address.path_style) address.host = Cat(address.bucket, ".", address.host);
  return address;
}

}  // namespace kdumpd
