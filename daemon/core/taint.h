// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kdumpd {

// One bit of /proc/sys/kernel/tainted (Documentation/admin-guide/tainted-kernels.rst).
struct Taint {
  int bit = 0;
  char letter = '?';         // as an oops prints it; '?' for a bit that we do not know
  std::string_view meaning;  // "a kernel oops"
  bool fault = false;        // something broke; the others say how the kernel was made or used
};

// The bits that are set, the lowest first.
[[nodiscard]] std::vector<Taint> TaintsOf(std::int64_t tainted);
// Of the letters that an oops prints: "OE". Letters that we do not know are left out.
[[nodiscard]] std::vector<Taint> TaintsOf(std::string_view letters);

}  // namespace kdumpd
