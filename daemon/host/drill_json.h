// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/drill.h"

// The files of the drill store: ours alone; what other programs read is rendered elsewhere.
namespace kdumpd {

inline constexpr int kDrillSchema = 1;

[[nodiscard]] std::string IntentJson(const DrillIntent& intent);
// Of what is on record; `drills.pending` is a file of its own.
[[nodiscard]] std::string HistoryJson(const Drills& drills);

// Nothing in a file is trusted. `schema` 0: it is no such file; `value`: of our schema.
template <class T>
struct ParsedDrillFile {
  std::uint64_t schema = 0;
  std::optional<T> value;
};
[[nodiscard]] ParsedDrillFile<DrillIntent> ParseIntent(std::string_view json);
[[nodiscard]] ParsedDrillFile<Drills> ParseHistory(std::string_view json);

}  // namespace kdumpd
