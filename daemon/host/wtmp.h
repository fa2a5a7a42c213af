// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/fact.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// When boots began and went down in order, by the newest 2048 records of /var/log/wtmp; in the
// order in which they were written, the oldest first. Absent: there is no such file, as on systems
// that have wtmpdb.
[[nodiscard]] Fact<std::vector<WtmpRecord>> ReadWtmp(const HostRoot& root);

}  // namespace kdumpd
