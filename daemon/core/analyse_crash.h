// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/crash_report.h"

namespace kdumpd {

// What crashed, by a kernel log: of a dump, or a text that any tool has printed of one
// (kernel_line.h). Nothing when the log tells of no crash, hang or warning. Of a long log the
// newest kMaxCrashLines count: what crashed stands at its end. The signature is not hashed yet.
//
// Every text is hostile. Lines that somebody wrote to /dev/kmsg are passed over where the log says
// so ("<12>", "user  :"); where it does not, what claims to be a crash and has no processor and
// task to it does not win against what has.
[[nodiscard]] std::optional<CrashReport> AnalyseCrash(std::string_view log);
inline constexpr std::size_t kMaxCrashLines = 65'536;

}  // namespace kdumpd
