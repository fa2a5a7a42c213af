// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kdumpd {

// Whether a JSON text nests more than `most` objects and lists. To be asked before a parser is let
// near it: a level is cheap to write and dear to whoever walks it by calling itself.
[[nodiscard]] bool NestsDeeper(std::string_view json, int most);

}  // namespace kdumpd
