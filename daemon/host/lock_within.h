// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/error.h"

namespace kdumpd {

// Waits for a lock of the open file, which goes when that is closed, by us or by our end. kBusy
// after `wait_ms`.
[[nodiscard]] Result<void> LockWithin(int fd, int wait_ms);

}  // namespace kdumpd
