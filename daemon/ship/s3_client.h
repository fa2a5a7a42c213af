// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>

#include "daemon/ship/credentials.h"
#include "daemon/ship/s3_address.h"
#include "daemon/ship/sink.h"
#include "daemon/ship/transfer.h"

namespace kdumpd {

struct S3Call {
  std::string method = "GET";
  std::string key{};  // "": the bucket
  NamedTexts query{}, headers{};
  // The body, as of Request; `sha256` of a source's bytes, in hexadecimal.
  Source* source = nullptr;
  std::uint64_t offset = 0, bytes = 0;
  std::string sha256{}, text{};
  // As of Request. What was taken is not asked for again: a call that broke in between is the
  // caller's to go on with.
  std::function<bool(std::span<const std::byte>)> take{};
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range{};
};

struct S3Result {
  Answer answer{};                   // status 0: there was none
  std::string code{};                // S3's, of a failure ("NoSuchKey"); "" it said none
  std::optional<UploadError> error;  // nothing: it worked
};

// Asks one S3 server: signs, tries again what passes, tells apart what does not. One thread;
// blocks.
class S3Client {
 public:
  S3Client(S3Address address, const SinkInput& input);

  // Up to four times on what passes by itself (no connection, 5xx, 503 SlowDown), waiting with full
  // jitter, or what Retry-After says up to 10 s; what asks for more is left to the caller.
  // Credentials that are refused are read again, once; a clock that is refused is set by the
  // server's Date, once.
  S3Result Do(const S3Call& call);
  [[nodiscard]] const S3Address& address() const { return address_; }

 private:
  S3Result Once(const S3Call& call);
  S3Result Ask(const S3Call& call, const AwsKey& key);
  bool AdoptClock(const S3Result& refused);
  [[nodiscard]] std::optional<double> WaitBefore(int attempt, const UploadError& error);

  S3Address address_;
  std::string region_;
  bool sign_payload_;
  std::function<std::int64_t()> now_;
  Credentials credentials_;
  Transfer transfer_;
  std::int64_t skew_ = 0;  // seconds, of the server's clock before ours
  std::minstd_rand random_{std::random_device{}()};
};

// What S3 calls these codes ("Error responses" of the API reference), as a problem; nothing: the
// status says it.
[[nodiscard]] std::optional<UploadProblem> ProblemOfS3(std::string_view code);

}  // namespace kdumpd
