// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// Kernel command line words: separated by blanks outside double quotes, as lib/cmdline.c
// (next_arg) splits them. What stands behind a bare "--" belongs to init and is left out.
struct CmdlineArg {
  std::string key;                   // up to the first '='
  std::optional<std::string> value;  // after it, outer quotes removed; none without '='
};
[[nodiscard]] std::vector<CmdlineArg> ParseCmdline(std::string_view cmdline);

// The last value of `key`, "" for a bare word, none when it is not there. '-' and '_' in keys are
// the same to the kernel (lib/cmdline.c, kernel/params.c: parameq).
[[nodiscard]] std::optional<std::string> CmdlineValue(std::string_view cmdline,
                                                      std::string_view key);

}  // namespace kdumpd
