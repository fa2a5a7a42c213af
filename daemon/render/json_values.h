// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "daemon/core/state.h"

// The values that every document of the API is made of.
namespace kdumpd {

// What findings say is printable already; what is not after all becomes U+FFFD here.
[[nodiscard]] std::string Dumped(const nlohmann::ordered_json& json, int indent);
// Null for "".
[[nodiscard]] nlohmann::ordered_json TextOrNull(std::string_view text);
// The same of a file's name, which may hold any byte.
[[nodiscard]] nlohmann::ordered_json NameOrNull(std::string_view name);
// Null for 0.
[[nodiscard]] nlohmann::ordered_json TimeOrNull(std::int64_t seconds);
// Why a capture failed: {code, line, meaning, remedy}; null while `code` is "".
[[nodiscard]] nlohmann::ordered_json CauseOrNull(std::string_view code, std::string_view line);
// How every document begins: schema version, node, time.
[[nodiscard]] nlohmann::ordered_json Heading(const State& state);
inline constexpr std::size_t kNameBytes = 1024;  // the longest file name, every byte escaped

}  // namespace kdumpd
