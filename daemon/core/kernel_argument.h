// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/facts.h"

namespace kdumpd {

// How a person of this distribution takes an argument off the kernel's command line, or puts one
// on it.
[[nodiscard]] std::string RemoveKernelArgument(const Facts& facts, std::string_view argument);
[[nodiscard]] std::string AddKernelArgument(const Facts& facts, std::string_view argument);

}  // namespace kdumpd
