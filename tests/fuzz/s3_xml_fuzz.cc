// SPDX-License-Identifier: Apache-2.0
//
// What a server of S3 or STS answers.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/ship/s3_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  using namespace kdumpd;
  if (const auto failure = ParseS3Failure(body); failure && failure->code.size() > 64) std::abort();
  const std::string id = ParseUploadId(body);
  if (id.size() > 1024 || id.find_first_of(" \r\n") != id.npos) std::abort();
  if (const auto page = ParsePartsPage(body)) {
    for (const auto& [number, part] : page->parts) {
      if (number < 1 || number > 10'000 || part.etag.empty()) std::abort();
      // However odd an ETag is, what is made of it is a completion again.
      if (!HasRoot(CompleteBody({{number, part.etag}}), "CompleteMultipartUpload")) std::abort();
    }
  }
  if (const auto page = ParseUploadsPage(body); page && page->uploads.size() > 10'000) std::abort();
  (void)ParseAssumedRole(body);
  return 0;
}
