// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

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
};

}  // namespace kdumpd
