// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/core/fact.h"
#include "daemon/core/target_facts.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// A device by its number ("259:2"), from /sys and udev's database; nothing below /dev is opened.
// At most 8 layers and 64 devices of its stack are followed.
[[nodiscard]] Fact<BlockDevice> ReadBlockDevice(const HostRoot& root, const std::string& number);

}  // namespace kdumpd
