// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "tests/ship/memory_s3.h"
#include "tests/ship/s3_upload.h"

// One upload against a server with a fault.
namespace kdumpd {

using Asked = MemoryS3::Asked;
using Says = MemoryS3::Says;

inline const std::string kText = "twenty-three bytes here";  // three parts of 10
inline constexpr std::uint64_t kPart = 10;

// All of one upload against a server with a fault.
struct Outcome {
  std::string sent, verified{};  // problems
  std::string why{};
  UploadProof proof = UploadProof::kNone;
  std::int64_t retry_after = 0;
};
inline Outcome Upload(MemoryS3& server, std::uint64_t part_bytes, MemorySteps& steps) {
  const FileToSend file(kText, part_bytes);
  steps.journal.plan = file.plan();
  const auto sink = SinkOf(InputFor(server.server().url(), "s3://b/p"));
  const auto source = file.Open();
  const auto sent = sink->Send("o", *source, steps);
  Outcome outcome{.sent = ProblemOf(sent), .why = Why(sent)};
  if (!sent) {
    outcome.retry_after = sent.error().retry_after_seconds;
    return outcome;
  }
  const auto stored = sink->Verify("o", *source, steps);
  outcome.verified = ProblemOf(stored);
  outcome.why = Why(stored);
  if (stored) outcome.proof = stored->proof;
  return outcome;
}

// It happens once, and then no more.
inline MemoryS3::Fault Once(std::function<bool(const Asked&)> when, Says says) {
  return [when, says, done = false](const Asked& asked, MemoryS3&) mutable -> std::optional<Says> {
    if (done || !when(asked)) return std::nullopt;
    done = true;
    return says;
  };
}
inline MemoryS3::Fault Always(std::function<bool(const Asked&)> when, Says says) {
  return [when, says](const Asked& asked, MemoryS3&) -> std::optional<Says> {
    if (!when(asked)) return std::nullopt;
    return says;
  };
}
// It does what is asked, and says something else.
inline MemoryS3::Fault DoesAndSays(std::function<bool(const Asked&)> when, Says says) {
  return [when, says](const Asked& asked, MemoryS3& server) -> std::optional<Says> {
    if (!when(asked)) return std::nullopt;
    (void)server.Good(asked);
    return says;
  };
}

}  // namespace kdumpd
