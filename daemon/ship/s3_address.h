// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/core/upload_target.h"

namespace kdumpd {

// Where an S3 destination is: which host is asked, and how a path of it names an object.
struct S3Address {
  std::string scheme;  // "https", "http"
  std::string host;    // with the bucket before it, unless path_style; with its port
  std::string bucket;
  std::string prefix;  // of keys, without slashes at its ends; "" none
  bool path_style = false;

  [[nodiscard]] std::string Key(std::string_view name) const;
  // Not encoded; "" is the bucket itself.
  [[nodiscard]] std::string Path(std::string_view key) const;
};

// kConfig says what is wrong with url, endpoint or region. The endpoint of no configuration is
// AWS's of the region. A bucket with a dot, which no wildcard certificate covers, and a host that
// is an address, before which no bucket can be, make it path style whatever is configured.
[[nodiscard]] Uploaded<S3Address> ParseS3Address(const UploadTarget& target);

}  // namespace kdumpd
