// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "daemon/ship/transfer.h"

namespace kdumpd {

// Whether the server says that the object has this SHA-256 (hexadecimal): Repr-Digest (RFC 9530) or
// Digest (RFC 3230), the older name. False also where it says none, or another.
[[nodiscard]] bool SaysSha256(const Answer& answer, std::string_view sha256);

}  // namespace kdumpd
