// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_xml.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <pugixml.hpp>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostId = 1024;
constexpr std::size_t kMostListed = 10'000;

// What the root of that name is read into; nothing when the text is no XML, or has another root.
pugi::xml_node Root(pugi::xml_document& document, std::string_view body, const char* name) {
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default)) return {};
  return document.child(name);
}

std::string_view Text(const pugi::xml_node& node, const char* name) {
  return Trim(node.child(name).child_value());
}

bool Plain(std::string_view text) {
  return !text.empty() && text.size() <= kMostId &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool Truncated(const pugi::xml_node& root) { return Text(root, "IsTruncated") == "true"; }

// "2026-11-30T12:00:00Z", perhaps with a fraction; 0: it is no such time.
std::int64_t ParseTime(std::string_view text) {
  std::tm broken{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &broken);
  return end == nullptr ? 0 : timegm(&broken);
}

}  // namespace

std::optional<S3Failure> ParseS3Failure(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  pugi::xml_node error = document.child("Error");
  if (!error) error = document.child("ErrorResponse").child("Error");
  if (!error) return std::nullopt;
  const std::string_view code = Text(error, "Code");
  const bool word = code.size() <= 64 && std::ranges::all_of(code, [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '.';
                    });
  return S3Failure{std::string(word ? code : ""), Printable(Text(error, "Message"), 200)};
}

std::string ParseUploadId(std::string_view body) {
  pugi::xml_document document;
  const std::string_view id =
      Text(Root(document, body, "InitiateMultipartUploadResult"), "UploadId");
  return Plain(id) ? std::string(id) : "";
}

bool HasRoot(std::string_view body, std::string_view name) {
  pugi::xml_document document;
  return static_cast<bool>(Root(document, body, std::string(name).c_str()));
}

std::optional<PartsPage> ParsePartsPage(std::string_view body) {
  pugi::xml_document document;
  const pugi::xml_node root = Root(document, body, "ListPartsResult");
  if (!root) return std::nullopt;
  PartsPage page;
  for (const pugi::xml_node& part : root.children("Part")) {
    const auto number = ParseUnsigned(Text(part, "PartNumber"));
    const auto bytes = ParseUnsigned(Text(part, "Size"));
    const std::string etag = Unquoted(Text(part, "ETag"));
    if (!number || !bytes || *number < 1 || *number > kMostListed || !Plain(etag)) continue;
    page.parts[static_cast<std::uint32_t>(*number)] = {*bytes, etag};
  }
  const std::string_view next = Text(root, "NextPartNumberMarker");
  if (Truncated(root) && ParseUnsigned(next)) page.next = next;
  return page;
}

std::optional<UploadsPage> ParseUploadsPage(std::string_view body) {
  pugi::xml_document document;
  const pugi::xml_node root = Root(document, body, "ListMultipartUploadsResult");
  if (!root) return std::nullopt;
  UploadsPage page;
  for (const pugi::xml_node& upload : root.children("Upload")) {
    // A key is compared, and may hold blanks at its ends.
    const std::string_view id = Text(upload, "UploadId");
    if (Plain(id) && page.uploads.size() < kMostListed) {
      page.uploads.push_back({upload.child("Key").child_value(), std::string(id)});
    }
  }
  if (Truncated(root)) {
    page.next_key = root.child("NextKeyMarker").child_value();
    page.next_id = Text(root, "NextUploadIdMarker");
  }
  return page;
}

std::optional<AssumedRole> ParseAssumedRole(std::string_view body) {
  pugi::xml_document document;
  const pugi::xml_node key = Root(document, body, "AssumeRoleWithWebIdentityResponse")
                                 .child("AssumeRoleWithWebIdentityResult")
                                 .child("Credentials");
  AssumedRole role{std::string(Text(key, "AccessKeyId")), std::string(Text(key, "SecretAccessKey")),
                   std::string(Text(key, "SessionToken")), ParseTime(Text(key, "Expiration"))};
  if (role.id.empty() || role.secret.empty() || role.session_token.empty() || role.expires <= 0) {
    return std::nullopt;
  }
  return role;
}

std::string Unquoted(std::string_view etag) {
  etag = Trim(etag);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

std::string CompleteBody(const std::vector<CompletedPart>& parts) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const CompletedPart& part : parts) {
    // An ETag comes from a server: it must not become elements of our own.
    std::string etag;
    for (const char c : part.etag) {
      if (c != '<' && c != '>' && c != '&' && c != '"') etag += c;
    }
    body += Cat("<Part><PartNumber>", part.number, "</PartNumber><ETag>&quot;", etag,
                "&quot;</ETag></Part>");
  }
  return body + "</CompleteMultipartUpload>";
}

}  // namespace kdumpd
