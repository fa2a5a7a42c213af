// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kdumpd {

// "dump.1" of a `makedumpfile --split dump.0 dump.1 ...`: the names differ only in the number at
// their ends.
struct PartName {
  std::string_view stem;  // "dump."
  std::uint64_t number = 0;

  friend bool operator==(const PartName&, const PartName&) = default;
};
// Nothing for a name without a number of one to three digits at its end: more are a stamp.
[[nodiscard]] std::optional<PartName> PartNameOf(std::string_view file_name);

}  // namespace kdumpd
