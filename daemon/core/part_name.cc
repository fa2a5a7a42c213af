// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/part_name.h"

#include "daemon/core/text.h"

namespace kdumpd {

std::optional<PartName> PartNameOf(std::string_view file_name) {
  constexpr std::size_t kMostDigits = 3;
  const auto last = file_name.find_last_not_of("0123456789");
  if (last == std::string_view::npos) return std::nullopt;
  const auto digits = file_name.substr(last + 1);
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  return PartName{file_name.substr(0, last + 1), ParseUnsigned(digits).value_or(0)};
}

}  // namespace kdumpd
