// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/host/host_root.h"
#include "systemd/unit_watch.h"

// What `run` and `check` both ask before the first look.
namespace kdumpd {

// The units of this node's distribution, on the node's own system bus.
[[nodiscard]] UnitWatch::Options UnitsOfNode(const Config& config, const HostRoot& root);

// The configured name, else NODE_NAME, else the host name.
[[nodiscard]] std::string NodeName(const Config& config);

// Not in a capture kernel: there the dump is being written, and nothing may disturb it.
[[nodiscard]] bool InCaptureKernel(const HostRoot& root);

}  // namespace kdumpd
