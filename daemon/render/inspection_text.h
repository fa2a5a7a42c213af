// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/inspection.h"

namespace kdumpd {

// For a person at 3 a.m.: what crashed, when, where, whether the dump is whole, who, the stack, on
// what, the last lines of the log; where nothing crashed, whole or not first.
[[nodiscard]] std::string InspectionText(const Inspection& inspection, std::string_view path,
                                         bool colour);

}  // namespace kdumpd
