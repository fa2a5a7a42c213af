// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"

namespace kdumpd {

// `decrypt`: becomes kdumpd-ship, which knows the ciphers. Returns only when it could not.
[[nodiscard]] int RunDecryptVerb(const Arguments& arguments);

}  // namespace kdumpd
