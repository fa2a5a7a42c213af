// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/inspection.h"

namespace kdumpd {

// For a person at 3 a.m.: whole or not first, then what, when, where, with the numbers.
[[nodiscard]] std::string InspectionText(const Inspection& inspection, std::string_view path,
                                         bool colour);

}  // namespace kdumpd
