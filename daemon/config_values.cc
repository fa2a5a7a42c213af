// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_values.h"

#include "daemon/core/text.h"

namespace kdumpd {

std::optional<std::int64_t> ParseDuration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    std::int64_t milliseconds;
  };
  constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                              Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto number = ParseUnsigned(text.substr(0, text.size() - unit.suffix.size()));
    if (number && *number <= 1'000'000)
      return static_cast<std::int64_t>(*number) * unit.milliseconds;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    unsigned shift;
  };
  constexpr std::array kUnits{Unit{"KiB", 10}, Unit{"MiB", 20}, Unit{"GiB", 30}, Unit{"TiB", 40},
                              Unit{"", 0}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto number = ParseUnsigned(text.substr(0, text.size() - unit.suffix.size()));
    if (!number || *number > (~std::uint64_t{0} >> 1U >> unit.shift)) return std::nullopt;
    return *number << unit.shift;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ParseCount(std::string_view value) {
  const auto count = ParseUnsigned(value);
  return count && *count <= 10'000 ? count : std::nullopt;
}

std::optional<std::int64_t> ParseAge(std::string_view value) {
  const auto duration = ParseDuration(value);
  return duration && *duration >= 60'000 ? std::optional(*duration / 1000) : std::nullopt;
}

bool SetPath(std::string& to, const std::string& value) {
  if (!value.starts_with('/')) return false;
  to = value;
  return true;
}

bool SetDuration(std::int64_t& to, const std::string& value, std::int64_t least,
                 std::int64_t most) {
  const auto duration = ParseDuration(value);
  if (!duration || *duration < least || *duration > most) return false;
  to = *duration;
  return true;
}

bool SetSeconds(std::int64_t& to, const std::string& value, std::int64_t most) {
  std::int64_t milliseconds = 0;
  if (!SetDuration(milliseconds, value, 0, most * 1000)) return false;
  to = milliseconds / 1000;
  return true;
}

bool SetRatio(double& to, const std::string& value) {
  const auto digits = value.starts_with("0.") ? ParseUnsigned(value.substr(2)) : std::nullopt;
  if (value == "1" || value == "0") {
    to = value == "1" ? 1 : 0;
    return true;
  }
  if (!digits || value.size() > 8) return false;
  to = std::stod("0." + value.substr(2));
  return true;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += Cat(text.empty() ? "" : "\n", line);
  return text;
}

}  // namespace kdumpd
