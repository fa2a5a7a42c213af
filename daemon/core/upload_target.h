// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

enum class Duplicates { kFull, kLogOnly };
inline constexpr int kDuplicates = 2;
[[nodiscard]] std::string_view Name(Duplicates duplicates);

// One destination, as it is configured (destinations.<name>.*). Nothing here is a secret: those are
// in the files that it names, which are read when they are needed, for they rotate.
struct UploadTarget {
  std::string name;  // [a-z0-9-]{1,32}
  // s3://BUCKET[/PREFIX], sftp://[USER@]HOST[:PORT]/PATH, http(s)://HOST[:PORT]/PATH, file:///PATH
  std::string url;
  // s3
  std::string endpoint;  // "https://HOST[:PORT]"; "": AWS of the region
  std::string region = "us-east-1";
  bool path_style = false;            // ENDPOINT/BUCKET/KEY rather than BUCKET.ENDPOINT/KEY
  std::string credentials_file;       // AWS's format, profile "default"; "": the environment
  bool sign_payload = false;          // the real SHA-256 over TLS too; without TLS always
  std::uint64_t part_bytes = 0;       // 0: from the size of the file
  std::uint32_t most_parts = 10'000;  // of one upload, that the server takes
  // http(s), sftp
  std::string ca_file;        // also s3
  std::string user;           // also in the URL
  std::string password_file;  // http(s)
  std::string token_file;     // http(s), a bearer token
  std::string key_file;       // sftp, a private key
  std::string known_hosts;    // sftp
  std::string host_key;       // sftp, "SHA256:..."

  std::uint64_t bandwidth = 0;          // bytes in a second; 0: no cap
  bool read_back = false;               // verify by reading all of it back, whatever the store says
  std::vector<std::string> recipients;  // age1...; none: in the clear
  Duplicates duplicates = Duplicates::kFull;
  bool redact_log = false;

  friend bool operator==(const UploadTarget&, const UploadTarget&) = default;
};

// Where a dump must be proven to be before retention may remove it here.
enum class StoredWhere { kAll, kAny, kNowhere };

// The metrics have room for so many.
inline constexpr std::size_t kMostTargets = 4;

// What holds for all destinations (uploads.*).
struct UploadPolicy {
  std::vector<UploadTarget> targets{};
  std::string cluster = "default";
  bool seal_required = false;  // nothing but manifests leaves in the clear
  bool pressure = true;        // pause while the node is short of memory or disk time
  std::int64_t give_up_after_seconds = 7LL * 86'400;  // without any progress; 0: never
  StoredWhere required = StoredWhere::kAll;

  friend bool operator==(const UploadPolicy&, const UploadPolicy&) = default;
};

}  // namespace kdumpd
