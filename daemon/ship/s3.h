// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/ship/s3_client.h"
#include "daemon/ship/sink.h"

namespace kdumpd {

// A bucket of S3, or of what speaks it. OpenS3 (sink.h) makes one. Large objects go as multipart
// uploads, which a later process can go on with; nothing of it is visible before it is complete.
class S3Sink : public Sink {
 public:
  S3Sink(S3Address address, SinkInput input);

  [[nodiscard]] Uploaded<std::uint64_t> PartBytes(std::uint64_t bytes) const override;
  Uploaded<void> Send(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<StoredObject> Verify(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<void> Confirm(const std::string& name, const StoredObject& stored) override;
  void CleanUp(const std::string& name, Steps& steps) override;

 private:
  // What the store must say of the object that was sent last: its parts are not hashed twice.
  struct Expected {
    std::string stored_sha256, etag;
  };
  [[nodiscard]] Uploaded<std::uint64_t> PartBytesOf(const Source& source, const Steps& steps) const;
  Uploaded<std::string> SendWhole(const std::string& key, Source& source);
  Uploaded<std::string> ExpectedEtag(Source& source, std::uint64_t part_bytes);
  void AbortOrphans(const std::string& key, Steps& steps);

  SinkInput input_;
  S3Client client_;
  std::optional<Expected> expected_;
};

}  // namespace kdumpd
