// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/json_fields.h"

#include <chrono>
#include <cmath>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/render/json_optional.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr double kMostSeconds = 1e13;

// RFC 3339 in the one shape that we write.
std::optional<std::int64_t> SecondsOf(const std::string& text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kShape.size()) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    return static_cast<int>(
        ParseUnsigned(std::string_view(text).substr(at, length)).value_or(9999));
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  const std::int64_t seconds =
      ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60 + number(17, 2);
  if (Rfc3339(seconds) != text) return std::nullopt;
  return seconds;
}

}  // namespace

std::optional<std::uint64_t> JsonFields::Microseconds(const char* key) const {
  const nlohmann::json& value = At(key);
  if (value.is_null()) return std::nullopt;
  const double seconds = value.is_number() ? value.get<double>() : -1;
  if (seconds >= 0 && seconds <= kMostSeconds) {
    return static_cast<std::uint64_t>(std::llround(seconds * kMicro));
  }
  Mistake(key);
  return std::nullopt;
}

std::optional<std::int64_t> JsonFields::Time(const char* key) const {
  const std::string text = Text(key);
  if (text.empty()) return std::nullopt;
  const auto seconds = SecondsOf(text);
  if (!seconds) Mistake(key);
  return seconds;
}

std::vector<std::string> JsonFields::Texts(const char* key, std::size_t most) const {
  std::vector<std::string> texts;
  if (!IsList(key, most)) return texts;
  for (const nlohmann::json& item : At(key)) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    } else {
      Mistake(key);
    }
  }
  return texts;
}

bool JsonFields::IsList(const char* key, std::size_t most) const {
  const nlohmann::json& value = At(key);
  if (value.is_null()) return false;
  const bool list = value.is_array() && value.size() <= most;
  if (!list) Mistake(key);
  return list;
}

}  // namespace kdumpd
