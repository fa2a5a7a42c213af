// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/upload_job.h"

namespace kdumpd {

// What one destination is doing now, and what it has done since this process started.
struct UploadActivity {
  std::string destination;
  std::uint64_t succeeded = 0, failed = 0;  // attempts that ended
  std::uint64_t bytes = 0;                  // that the store has taken
  // Under way; "" nothing is.
  std::string crash_id{};
  std::int64_t began = 0;  // seconds since the epoch
  UploadProgress progress{};
  std::uint64_t bytes_per_second = 0;  // of this attempt; 0: not known
};

// Seconds until the object that is under way has gone; nothing: not known.
[[nodiscard]] inline std::optional<std::uint64_t> RemainingSeconds(const UploadActivity& activity) {
  if (activity.bytes_per_second == 0 || activity.progress.sent >= activity.progress.bytes) {
    return std::nullopt;
  }
  return (activity.progress.bytes - activity.progress.sent) / activity.bytes_per_second;
}
// What is under way to that destination, of that crash; null: nothing is.
[[nodiscard]] inline const UploadActivity* ActivityOf(
    const std::shared_ptr<const std::vector<UploadActivity>>& uploads, std::string_view id,
    std::string_view destination) {
  if (!uploads) return nullptr;
  for (const UploadActivity& activity : *uploads) {
    if (activity.crash_id == id && activity.destination == destination) return &activity;
  }
  return nullptr;
}

}  // namespace kdumpd
