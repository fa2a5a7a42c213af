// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Texts of a configuration as values. Every Set...() leaves `to` alone and returns false when the
// text is none of what the key accepts.
namespace kdumpd {

// "15s", "500ms", "5m", "1h", "30d" in milliseconds.
[[nodiscard]] std::optional<std::int64_t> ParseDuration(std::string_view text);
// "512MiB", "50GiB", "1048576": bytes.
[[nodiscard]] std::optional<std::uint64_t> ParseSize(std::string_view text);
// At most 10,000.
[[nodiscard]] std::optional<std::uint64_t> ParseCount(std::string_view text);
// A duration in seconds, of at least one minute: less is a mistake of units.
[[nodiscard]] std::optional<std::int64_t> ParseAge(std::string_view text);

// Absolute.
bool SetPath(std::string& to, const std::string& value);
// Milliseconds.
bool SetDuration(std::int64_t& to, const std::string& value, std::int64_t least, std::int64_t most);
bool SetSeconds(std::int64_t& to, const std::string& value, std::int64_t most);
// From 0 to 1.
bool SetRatio(double& to, const std::string& value);

// "off", or what `parse` makes of the text.
template <class T, class Parse>
bool SetLimit(std::optional<T>& to, const std::string& value, Parse parse) {
  const auto parsed = parse(value);
  if (value == "off") {
    to.reset();
  } else if (parsed) {
    to = static_cast<T>(*parsed);
  }
  return value == "off" || parsed;
}

template <class T, std::size_t N>
bool SetEnum(T& to, const std::string& value, const std::array<std::string_view, N>& names) {
  const auto found = std::find(names.begin(), names.end(), value);
  if (found == names.end()) return false;
  to = static_cast<T>(found - names.begin());
  return true;
}

// One a line.
[[nodiscard]] std::string Joined(const std::vector<std::string>& lines);

}  // namespace kdumpd
