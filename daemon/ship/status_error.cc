// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <algorithm>
#include <ctime>

#include "daemon/core/text.h"
#include "daemon/ship/transfer.h"

namespace kdumpd {

std::optional<UploadError> ErrorOf(const Answer& answer, std::int64_t now) {
  if (answer.status >= 200 && answer.status < 300) return std::nullopt;
  UploadError error;
  error.message = Cat("HTTP status ", answer.status);
  if (answer.status == 401) {
    error.problem = UploadProblem::kCredentials;
  } else if (answer.status == 429 || answer.status == 503) {
    error.problem = UploadProblem::kThrottled;
  } else if (answer.status == 408) {
    error.problem = UploadProblem::kTimeout;
  } else if (answer.status >= 500) {
    error.problem = answer.status == 507 ? UploadProblem::kRefused : UploadProblem::kServer;
  } else {
    error.problem = UploadProblem::kRefused;
  }
  constexpr std::uint64_t kMostSeconds = 86'400;
  const std::string_view after = answer.Header("retry-after");
  if (const auto seconds = ParseUnsigned(after)) {
    error.retry_after_seconds = static_cast<std::int64_t>(std::min(*seconds, kMostSeconds));
  } else if (!after.empty()) {
    const std::time_t date = curl_getdate(std::string(after).c_str(), nullptr);
    if (date > now) {
      error.retry_after_seconds =
          std::min<std::int64_t>(date - now, static_cast<std::int64_t>(kMostSeconds));
    }
  }
  return error;
}

}  // namespace kdumpd
