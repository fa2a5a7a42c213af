// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/drill.h"
#include "daemon/host/parsed_file.h"

// The files of the drill store: ours alone; what other programs read is rendered elsewhere.
namespace kdumpd {

inline constexpr int kDrillSchema = 1;

[[nodiscard]] std::string IntentJson(const DrillIntent& intent);
// Of what is on record; `drills.pending` is a file of its own.
[[nodiscard]] std::string HistoryJson(const Drills& drills);

[[nodiscard]] ParsedFile<DrillIntent> ParseIntent(std::string_view json);
[[nodiscard]] ParsedFile<Drills> ParseHistory(std::string_view json);

}  // namespace kdumpd
