// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/ship/s3_client.h"

// What an S3 server says that it holds, and what it does hold. It may have answered 200 and stored
// nothing, and it may ignore a checksum that it was sent: only what it says by itself counts.
namespace kdumpd {

struct S3Held {
  std::uint64_t bytes = 0;
  std::string etag;           // without quotes
  std::string sha256_base64;  // of the whole; "": it says none
};
// kMismatch: nothing is there, or not of that size.
[[nodiscard]] Uploaded<S3Held> AskWhatIsHeld(S3Client& client, const std::string& key,
                                             std::uint64_t bytes);

// A checksum as S3 says it, of one in hexadecimal.
[[nodiscard]] std::string ChecksumOf(std::string_view sha256);

// Reads all of it, in pieces of 64 MiB. kMismatch: it has another SHA-256.
[[nodiscard]] Uploaded<void> ReadBack(S3Client& client, const std::string& key, std::uint64_t bytes,
                                      std::string_view sha256);

}  // namespace kdumpd
