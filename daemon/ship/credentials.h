// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/ship/s3_xml.h"
#include "daemon/ship/sigv4.h"

namespace kdumpd {

// Where the key of an S3 destination comes from, in this order: AWS's file of credentials (profile
// "default"), where one is configured; AWS_ACCESS_KEY_ID and its kin; a web identity, which is a
// token in a file that STS exchanges for a key of an hour (AWS_WEB_IDENTITY_TOKEN_FILE,
// AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME; STS is AWS_ENDPOINT_URL_STS, or AWS's of the region).
// Secrets appear in no error.
class Credentials {
 public:
  using Environment = std::map<std::string, std::string, std::less<>>;
  // `file` "": none is configured. `ca_file`: whom STS's certificate must be from; "" the system's.
  Credentials(std::string file, Environment environment, std::string region, std::string ca_file);

  // Files are read again at each call, for they rotate; a key of STS is kept until five minutes
  // before its end. `now`: seconds since the epoch. kCredentials: there is none; of STS also
  // whatever asking a server may come to.
  Uploaded<AwsKey> Get(std::int64_t now);
  // The server does not take the key: the next one is asked for anew.
  void Forget() { role_ = {}; }

 private:
  [[nodiscard]] std::string Variable(std::string_view name) const;
  Uploaded<AwsKey> WebIdentity(std::int64_t now);

  std::string file_;
  Environment environment_;
  std::string region_, ca_file_;
  AssumedRole role_;
};

// Profile "default" of AWS's format. kCredentials: it has no key of both halves.
[[nodiscard]] Uploaded<AwsKey> ParseAwsCredentials(std::string_view text);

}  // namespace kdumpd
