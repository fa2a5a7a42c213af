// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/state.h"

// What a person is shown and in which order: the same on a terminal and in a browser.
namespace kdumpd {

// Safe for a terminal: control characters and bytes that are no UTF-8 as \xNN. Unlike Printable it
// leaves backslashes, so that text which is printable already stays as it is.
[[nodiscard]] std::string Shown(std::string_view text);

// "1 crash", "3 crashes".
[[nodiscard]] std::string Counted(std::size_t count, std::string_view one, std::string_view many);

// "node7"; "this node" without a name.
[[nodiscard]] std::string NodeName(const State& state);
// "NOT READY".
[[nodiscard]] std::string_view Headline(Verdict verdict);
// "FAIL", "pass", "n/a".
[[nodiscard]] std::string_view Label(Status status);
// "yes", "no", "not known".
[[nodiscard]] std::string_view YesNo(const std::optional<bool>& answer);

// The findings that are not in order: fail, then warn, then unknown, each in the catalogue's order.
[[nodiscard]] std::vector<const Finding*> Problems(const Readiness& readiness);
// Those that policy ignores are no problems; they are shown apart.
[[nodiscard]] std::vector<const Finding*> IgnoredProblems(const Readiness& readiness);
// The others: pass, then not applicable.
[[nodiscard]] std::vector<const Finding*> InOrder(const Readiness& readiness);
// "12 checks pass, 3 do not apply".
[[nodiscard]] std::string InOrderCount(const Readiness& readiness);

struct Figure {
  std::string name;
  std::string value;
};
// The numbers that are known, for a person: "reserved", "256 MiB".
[[nodiscard]] std::vector<Figure> Figures(const State& state);
// What a dump taken now is likely to cost: "dump size", "1 GiB (95 %: below 3 GiB), METHOD".
[[nodiscard]] std::vector<Figure> Forecasts(const State& state);

inline constexpr std::size_t kDumpsShown = 10;
// The newest crashes, at most kDumpsShown.
[[nodiscard]] std::vector<const Dump*> NewestDumps(const Facts& facts);
// "Dumps in /var/crash: 12, the newest 10", "Dumps: not known (/var/crash: why)".
[[nodiscard]] std::string DumpsHeading(const Facts& facts);
// "127.0.0.1-2026-11-22-07:15:03/vmcore".
[[nodiscard]] std::string DumpPath(const Dump& dump);
// "complete", "incomplete: end_marker_missing, historic".
[[nodiscard]] std::string DumpJudgement(const Dump& dump);

}  // namespace kdumpd
