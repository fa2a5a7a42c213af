// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// One assignment of sysctl.d(5), the key with dots ("kernel.panic").
struct SysctlSetting {
  std::string key;
  std::string value;
  std::string file;  // as the node names it
};

// One file's assignments in file order. '#' and ';' begin comments, a leading '-' is dropped, '/'
// and '.' both separate; globs are left out. Bounded: at most 1,000.
[[nodiscard]] std::vector<SysctlSetting> ParseSysctlFile(std::string_view text,
                                                         std::string_view file);

}  // namespace kdumpd
