// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

// Values that a document may not know: null.
namespace kdumpd {

inline constexpr double kMicro = 1e6;

template <class T>
[[nodiscard]] nlohmann::ordered_json ValueOrNull(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}
// Of a text that Sanitize() has seen: "" is null.
[[nodiscard]] inline nlohmann::ordered_json CleanOrNull(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}
// Of microseconds.
[[nodiscard]] inline nlohmann::ordered_json SecondsOrNull(std::optional<std::uint64_t> time) {
  return time ? nlohmann::ordered_json(static_cast<double>(*time) / kMicro)
              : nlohmann::ordered_json();
}

}  // namespace kdumpd
