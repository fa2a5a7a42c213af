// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/host/host_root.h"

namespace kdumpd {

// The node's /etc/machine-id; "" when there is none, or it is not what machine-id(5) says: 32
// hexadecimal digits.
[[nodiscard]] std::string MachineId(const HostRoot& root);

}  // namespace kdumpd
