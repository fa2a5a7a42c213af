// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe_parts.h"

namespace kdumpd {

void ObserveNextBoot(const HostRoot&, Facts&) {}

}  // namespace kdumpd
