// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/core/error.h"

namespace kdumpd {

// "Permission denied", with the kind that belongs to it.
[[nodiscard]] Error SystemError(int number);

// "<context>: Permission denied", with the kind that belongs to it.
[[nodiscard]] std::unexpected<Error> FailSystem(std::string_view context, int number);

}  // namespace kdumpd
