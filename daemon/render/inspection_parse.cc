// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "daemon/core/inspect_wire.h"
#include "daemon/core/text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

constexpr int kMostDepth = 8;
constexpr double kMostSeconds = 1e13;
constexpr double kMicro = 1e6;

// Looked at before the parser is let near it.
bool NestsDeeper(std::string_view json, int most) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > most) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

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

// One object of the document. Remembers the first field that is not what it must be.
class Fields {
 public:
  Fields(const Json& object, std::string& problem) : object_(object), problem_(problem) {}

  [[nodiscard]] std::string Text(const char* key) const {
    const Json& value = At(key);
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_null()) Mistake(key);
    return {};
  }
  [[nodiscard]] bool Flag(const char* key) const {
    const Json& value = At(key);
    if (!value.is_boolean() && !value.is_null()) Mistake(key);
    return value.is_boolean() && value.get<bool>();
  }
  template <class T>
  [[nodiscard]] std::optional<T> Number(const char* key) const {
    const Json& value = At(key);
    if (value.is_null()) return std::nullopt;
    if (value.is_number_unsigned() && std::in_range<T>(value.get<std::uint64_t>())) {
      return static_cast<T>(value.get<std::uint64_t>());
    }
    const bool is_signed = value.is_number_integer() && !value.is_number_unsigned();
    if (is_signed && std::in_range<T>(value.get<std::int64_t>())) {
      return static_cast<T>(value.get<std::int64_t>());
    }
    Mistake(key);
    return std::nullopt;
  }
  template <class T>
  [[nodiscard]] T Count(const char* key) const {
    return Number<T>(key).value_or(T{});
  }
  [[nodiscard]] std::optional<std::uint64_t> Microseconds(const char* key) const {
    const Json& value = At(key);
    if (value.is_null()) return std::nullopt;
    const double seconds = value.is_number() ? value.get<double>() : -1;
    if (seconds >= 0 && seconds <= kMostSeconds) {
      return static_cast<std::uint64_t>(std::llround(seconds * kMicro));
    }
    Mistake(key);
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> Time(const char* key) const {
    const std::string text = Text(key);
    if (text.empty()) return std::nullopt;
    const auto seconds = SecondsOf(text);
    if (!seconds) Mistake(key);
    return seconds;
  }
  template <class Enum>
  [[nodiscard]] Enum OneOf(const char* key, int count) const {
    const std::string text = Text(key);
    for (int i = 0; i < count; ++i) {
      if (Name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
    Mistake(key);
    return Enum{};
  }
  // An object in it; null and nothing are an empty one.
  [[nodiscard]] Fields In(const char* key) const {
    static const Json kEmpty = Json::object();
    const Json& value = At(key);
    if (!value.is_object() && !value.is_null()) Mistake(key);
    return {value.is_object() ? value : kEmpty, problem_};
  }
  [[nodiscard]] bool empty() const { return object_.empty(); }

 private:
  [[nodiscard]] const Json& At(const char* key) const {
    static const Json kNull;
    const auto found = object_.find(key);
    return found == object_.end() ? kNull : *found;
  }
  void Mistake(const char* key) const {
    if (problem_.empty()) problem_ = key;
  }

  const Json& object_;
  std::string& problem_;
};

std::optional<SplitRange> SplitOf(const Fields& split) {
  if (split.empty()) return std::nullopt;
  return SplitRange{split.Count<std::uint64_t>("start_pfn"), split.Count<std::uint64_t>("end_pfn"),
                    split.Count<std::uint64_t>("parts")};
}

Wholeness WholenessOf(const Fields& document) {
  const Fields check = document.In("check");
  Wholeness whole;
  whole.state = document.OneOf<DumpState>("state", kDumpStates);
  whole.reason = document.Text("reason");
  whole.detail = document.Text("detail");
  whole.level = check.OneOf<CheckLevel>("level", kCheckLevels);
  whole.needs_bytes = check.Number<std::uint64_t>("needs_bytes");
  whole.pages = check.Number<std::uint64_t>("pages");
  whole.pages_checked = check.Count<std::uint64_t>("pages_checked");
  whole.pages_bad = check.Count<std::uint64_t>("pages_bad");
  return whole;
}

LogFacts LogOf(const Fields& fields) {
  LogFacts log;
  log.kind = fields.Text("kind");
  log.reason = fields.Text("reason");
  log.detail = fields.Text("detail");
  log.records = fields.Count<std::uint64_t>("records");
  log.dropped_older = fields.Count<std::uint64_t>("dropped_older");
  log.lost = fields.Count<std::uint64_t>("lost");
  log.first_sequence = fields.Number<std::uint64_t>("first_sequence");
  log.uptime_us = fields.Microseconds("uptime_seconds");
  return log;
}

Inspection InspectionOf(const Fields& document) {
  Inspection inspection;
  inspection.format = document.OneOf<DumpFormat>("format", kDumpFormats);
  inspection.container = document.Text("container");
  inspection.bytes = document.Count<std::uint64_t>("bytes");
  inspection.compression = document.Text("compression");
  inspection.header_version = document.Number<int>("header_version");
  inspection.dump_level = document.Number<int>("dump_level");
  inspection.page_size = document.Number<std::uint64_t>("page_size");
  inspection.erased = document.Flag("erased");
  inspection.split = SplitOf(document.In("split"));
  inspection.wholeness = WholenessOf(document);
  inspection.architecture = document.Text("architecture");
  inspection.kernel_release = document.Text("kernel_release");
  inspection.kernel_version = document.Text("kernel_version");
  inspection.node = document.Text("node");
  inspection.build_id = document.Text("build_id");
  inspection.crash_time = document.Time("crash_time");
  inspection.cpus = document.Number<std::uint32_t>("cpus");
  inspection.translation = document.Text("translation");
  inspection.log = LogOf(document.In("log"));
  return inspection;
}

}  // namespace

Result<Inspection> ParseInspection(std::string_view json) {
  if (json.size() > kMaxFactsFrame) {
    return Fail(ErrorCode::kInvalid, Cat("larger than ", FormatBytes(kMaxFactsFrame)));
  }
  if (NestsDeeper(json, kMostDepth)) return Fail(ErrorCode::kInvalid, "nested too deep");
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return Fail(ErrorCode::kInvalid, "not a JSON object");
  std::string problem;
  const Fields fields(document, problem);
  if (fields.Count<int>("schema_version") != 1) {
    return Fail(ErrorCode::kInvalid, "schema_version is not 1");
  }
  Inspection inspection = InspectionOf(fields);
  if (!problem.empty()) return Fail(ErrorCode::kInvalid, Cat("not what it must be: ", problem));
  Sanitize(inspection);
  return inspection;
}

}  // namespace kdumpd
