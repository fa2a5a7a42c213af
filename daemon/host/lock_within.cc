// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/lock_within.h"

#include <sys/file.h>
#include <time.h>

#include <cerrno>

#include "daemon/host/system_error.h"

namespace kdumpd {

Result<void> LockWithin(int fd, int wait_ms) {
  constexpr int kStepMs = 20;
  for (int waited = 0;; waited += kStepMs) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR) return std::unexpected(SystemError(errno));
    if (waited >= wait_ms) return Fail(ErrorCode::kBusy, "another kdumpd holds it");
    const timespec pause{.tv_sec = 0, .tv_nsec = kStepMs * 1'000'000L};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace kdumpd
