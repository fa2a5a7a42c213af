// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/crash_report.h"

// What crashed, for a person: label and value of each line, safe for a terminal. A further line of
// the same thing has no label.
namespace kdumpd {

using TextRow = std::pair<std::string_view, std::string>;

// Why, who and where: reason, panic message, task, stack, hardware, taint, modules, signature.
[[nodiscard]] std::vector<TextRow> CrashRows(const CrashReport& crash);
// The log's own lines before and at the reason.
[[nodiscard]] std::vector<TextRow> LastLineRows(const CrashReport& crash);

}  // namespace kdumpd
