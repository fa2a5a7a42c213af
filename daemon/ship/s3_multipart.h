// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/core/upload.h"
#include "daemon/ship/part_sums.h"
#include "daemon/ship/s3_client.h"
#include "daemon/ship/s3_parts.h"
#include "daemon/ship/s3_xml.h"
#include "daemon/ship/sink.h"

namespace kdumpd {

// One multipart upload of one object: goes on where the journal and the server agree that an
// earlier attempt has stopped. Each part is read once for its digests (PartSums) and,
// unless the server has it, once more to be sent; then it leaves the page cache.
class S3Multipart {
 public:
  // `md5_etags`: an ETag that looks like an MD5 must be that of its part.
  S3Multipart(S3Client& client, std::string key, Source& source, Steps& steps,
              std::uint64_t part_bytes, bool md5_etags);

  // The MD5s of all parts, in hexadecimal; none when an earlier attempt had completed it already.
  // kMismatch: the server takes other bytes than we send, three times.
  Uploaded<std::vector<std::string>> Send();

  // Gone from the server, or it never had it.
  static bool Abort(S3Client& client, const std::string& key, const std::string& upload_id);

 private:
  Uploaded<bool> FindEarlier();
  Uploaded<void> ListParts();
  Uploaded<void> Begin();
  Uploaded<void> SendPart(std::uint32_t number, PartSums& part_sums);
  [[nodiscard]] bool HasAlready(std::uint32_t number, const UploadedPart& part,
                                const std::string& md5) const;
  Uploaded<UploadedPart> UploadPart(std::uint32_t number, const UploadedPart& part,
                                    const std::string& md5);
  Uploaded<void> Complete();
  [[nodiscard]] bool IsThere(const std::vector<std::string>& etags);

  S3Client& client_;
  std::string key_;
  Source& source_;
  Steps& steps_;
  std::uint64_t part_bytes_;
  bool md5_etags_;
  std::uint32_t count_;
  std::string id_;
  bool gone_ = false;  // the server does not know id_
  std::map<std::uint32_t, ListedPart> listed_;
  std::vector<CompletedPart> completed_;
  std::vector<std::string> md5s_;
};

}  // namespace kdumpd
