// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/facts.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// The client's files for an ssh target: its key (kind and mode only), known hosts, aliases. The
// target and the configuration must be known.
[[nodiscard]] SshTarget ReadSshTarget(const HostRoot& root, const Facts& facts);

}  // namespace kdumpd
