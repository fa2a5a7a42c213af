// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/observe_parts.h"

namespace kdumpd {

void ObserveCapture(const HostRoot&, const ObserveInput&, Facts&) {}

}  // namespace kdumpd
