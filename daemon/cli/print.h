// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kdumpd {

// False when standard output could not be written; a reader that has gone has seen enough.
[[nodiscard]] bool PrintOut(std::string_view text);
void PrintProblem(std::string_view text);  // "kdumpd: text" on standard error

}  // namespace kdumpd
