// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/state.h"

namespace kdumpd {

// The JSON of /api/v1/readiness and of `check --output json` (design: schema_version, RFC 3339 UTC
// times, null for unknown). Ends with a newline.
[[nodiscard]] std::string ReadinessJson(const State& state);
// /api/v1/crashes: the dumps on this node and the crashes that left none, the newest 1,000 of them.
inline constexpr std::size_t kCrashesListed = 1'000;
[[nodiscard]] std::string CrashesJson(const State& state);
// /api/v1/boots and `boots --output json`: the running boot, and how those before it ended.
[[nodiscard]] std::string BootsJson(const State& state);
// /api/v1/status: version, uptime, sources, observe times, configuration reload.
[[nodiscard]] std::string StatusJson(const State& state);

struct TextOptions {
  bool colour = false;  // ANSI, only on a terminal
  bool all = false;     // also the checks that pass
};
// `check` for a person: verdict first, problems next with evidence and remedy, then numbers and
// dumps.
[[nodiscard]] std::string ReadinessText(const State& state, const TextOptions& options);
// `check --explain ID`: one check, what was read, why it matters, how to fix it. "" for an unknown
// id.
[[nodiscard]] std::string ExplainText(const State& state, std::string_view id);
// The page at "/", for a person with a browser. No script, no external resource.
[[nodiscard]] std::string PageHtml(const State& state);

// "2026-11-22T07:15:03Z".
[[nodiscard]] std::string Rfc3339(std::int64_t seconds_since_epoch);

}  // namespace kdumpd
