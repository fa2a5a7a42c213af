// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/again.h"

#include <algorithm>
#include <random>
#include <thread>

namespace kdumpd {
namespace {

bool Passes(UploadProblem problem) {
  return problem == UploadProblem::kUnreachable || problem == UploadProblem::kTimeout ||
         problem == UploadProblem::kServer || problem == UploadProblem::kThrottled;
}

}  // namespace

std::optional<std::chrono::milliseconds> Again::Before(int retry, const UploadError& error) const {
  if (retry >= retries || !Passes(error.problem)) return std::nullopt;
  const std::chrono::seconds asked(error.retry_after_seconds);
  if (asked > longest_retry_after) return std::nullopt;
  const auto most = std::min(base * (1L << std::min(retry, 20)), cap);
  std::random_device random;
  const std::chrono::milliseconds jitter(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, most.count())(random));
  return asked + jitter;
}

void Again::Wait(std::chrono::milliseconds time) const {
  if (wait) return wait(time);
  std::this_thread::sleep_for(time);
}

}  // namespace kdumpd
