// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <regex>
#include <string>

namespace kdumpd {

// The sum over kdump_crashes_total; 0 while there is none.
inline int CountedCrashes(const std::string& metrics) {
  const std::regex row("\nkdump_crashes_total\\{[^}]*\\} ([0-9]+)");
  int sum = 0;
  for (std::sregex_iterator i(metrics.begin(), metrics.end(), row), end; i != end; ++i) {
    sum += std::stoi((*i)[1]);
  }
  return sum;
}

}  // namespace kdumpd
