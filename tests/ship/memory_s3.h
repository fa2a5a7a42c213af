// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/ship/digest.h"
#include "daemon/ship/s3_parts.h"
#include "tests/support/http_double.h"

namespace kdumpd {

// As much of an S3 server as the sink asks for, without signatures, in memory. A test says where it
// does something else.
class MemoryS3 {
 public:
  using Asked = HttpDouble::Asked;
  using Says = HttpDouble::Says;
  // Nothing: what a good server says.
  using Fault = std::function<std::optional<Says>(const Asked&, MemoryS3&)>;

  explicit MemoryS3(Fault fault = {})
      : fault_(std::move(fault)), server_([this](const Asked& asked) {
          auto says = fault_ ? fault_(asked, *this) : std::nullopt;
          return says ? *says : Good(asked);
        }) {}

  static Says Failure(int status, const std::string& code) {
    return {.status = status,
            .body = Cat("<?xml version=\"1.0\"?><Error><Code>", code,
                        "</Code><Message>m</Message></Error>")};
  }

  Says Good(const Asked& asked) {
    if (asked.query.contains("uploads=")) return Begin(asked);
    if (asked.query.contains("partNumber=")) return Part(asked);
    if (asked.query.contains("uploadId=")) return Upload(asked);
    if (asked.method == "PUT") {
      objects[asked.path] = {asked.body, Hex(Md5(asked.body))};
      return Tagged(objects[asked.path].second);
    }
    const auto found = objects.find(asked.path);
    if (found == objects.end()) return Failure(404, "NoSuchKey");
    const auto& [text, etag] = found->second;
    if (asked.method == "HEAD") {
      return {.headers = {{"ETag", Cat('"', etag, '"')}}, .length = text.size()};
    }
    return Range(asked, text);
  }
  static Says Range(const Asked& asked, const std::string& text) {
    const auto range = asked.headers.find("range");
    if (range == asked.headers.end()) return {.body = text};
    const auto ends = Split(std::string_view(range->second).substr(6), '-');
    const auto first = *ParseUnsigned(ends[0]);
    return {.status = 206, .body = text.substr(first, *ParseUnsigned(ends[1]) - first + 1)};
  }

  HttpDouble& server() { return server_; }

  // Only touched while nothing is asked, or in a Fault.
  std::map<std::string, std::pair<std::string, std::string>> objects;  // bytes, ETag
  std::map<unsigned, std::string> parts;
  bool begun = false;

 private:
  static Says Tagged(const std::string& etag) {
    return {.headers = {{"ETag", Cat('"', etag, '"')}}};
  }
  Says Begin(const Asked& asked) {
    if (asked.method == "GET") return {.body = "<ListMultipartUploadsResult/>"};
    begun = true;
    parts.clear();
    return {.body =
                "<InitiateMultipartUploadResult xmlns=\"x\"><UploadId>up/1</UploadId>"
                "</InitiateMultipartUploadResult>"};
  }
  static unsigned Number(const std::string& query, const std::string& name) {
    const auto at = query.find(name + "=");
    return at == query.npos
               ? 0
               : static_cast<unsigned>(std::atoi(query.c_str() + at + name.size() + 1));
  }
  Says Part(const Asked& asked) {
    parts[Number(asked.query, "partNumber")] = asked.body;
    return Tagged(Hex(Md5(asked.body)));
  }
  Says Upload(const Asked& asked) {
    if (!begun) return Failure(404, "NoSuchUpload");
    if (asked.method == "GET") return List(Number(asked.query, "part-number-marker"));
    begun = false;
    if (asked.method == "DELETE") return {.status = 204};
    std::string whole;
    std::vector<std::string> md5s;
    for (const auto& [number, text] : parts) {
      whole += text;
      md5s.push_back(Hex(Md5(text)));
    }
    objects[asked.path] = {whole, MultipartEtag(md5s)};
    return {.body = "<CompleteMultipartUploadResult/>"};
  }
  [[nodiscard]] Says List(unsigned marker) const {
    std::string body;
    int count = 0;
    auto part = parts.upper_bound(marker);
    for (; part != parts.end() && count < 1000; ++part, ++count) {
      body += Cat("<Part><PartNumber>", part->first, "</PartNumber><Size>", part->second.size(),
                  "</Size><ETag>&quot;", Hex(Md5(part->second)), "&quot;</ETag></Part>");
    }
    const bool more = part != parts.end();
    return {.body =
                Cat("<ListPartsResult><IsTruncated>", more ? "true" : "false",
                    "</IsTruncated><NextPartNumberMarker>", count == 0 ? 0 : std::prev(part)->first,
                    "</NextPartNumberMarker>", body, "</ListPartsResult>")};
  }

  Fault fault_;
  HttpDouble server_;  // the last: it ends before what it uses
};

}  // namespace kdumpd
