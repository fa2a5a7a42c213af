// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/capture_cmdline.h"

// What starves, stops or blinds a capture kernel that gets such a command line.
namespace kdumpd {

struct CaptureProblem {
  bool fatal = false;   // no dump, or next to none
  std::string reason;   // stable code
  std::string message;  // with the word
  std::string word;     // as it stands there, secrets removed; "" when one is missing
};

// The worst first.
[[nodiscard]] std::vector<CaptureProblem> ProblemsOf(const CaptureLine& line, ConfigDialect dialect,
                                                     std::string_view architecture);

// Which of the words that every KDUMP_COMMANDLINE_REMOVE of the vendor holds are not in `list`.
[[nodiscard]] std::vector<std::string_view> MissingRemovals(std::string_view list);

}  // namespace kdumpd
