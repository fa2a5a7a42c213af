// SPDX-License-Identifier: Apache-2.0
// The shape is public: docs/schema/inspection.schema.json. Fields are only ever added.
#include "daemon/render/inspection_json.h"

#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "daemon/render/crash_json.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;
constexpr std::size_t kPathBytes = 4096;
constexpr double kMicro = 1e6;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }
template <class T>
Json ValueOrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json SplitJson(const std::optional<SplitRange>& split) {
  if (!split) return {};
  return {{"start_pfn", split->start_pfn}, {"end_pfn", split->end_pfn}, {"parts", split->parts}};
}

Json CheckJson(const Wholeness& whole) {
  return {{"level", Name(whole.level)},
          {"needs_bytes", ValueOrNull(whole.needs_bytes)},
          {"pages", ValueOrNull(whole.pages)},
          {"pages_checked", whole.pages_checked},
          {"pages_bad", whole.pages_bad}};
}

Json LogJson(const LogFacts& log) {
  const auto uptime = log.uptime_us;
  return {{"kind", TextOrNull(log.kind)},
          {"reason", TextOrNull(log.reason)},
          {"detail", TextOrNull(log.detail)},
          {"records", log.records},
          {"dropped_older", log.dropped_older},
          {"lost", log.lost},
          {"first_sequence", ValueOrNull(log.first_sequence)},
          {"uptime_seconds", uptime ? Json(static_cast<double>(*uptime) / kMicro) : Json()}};
}

Json DocumentOf(Inspection inspection, std::string_view path) {
  Sanitize(inspection);
  const auto time = inspection.crash_time;
  return {{"schema_version", kSchemaVersion},
          {"path", path.empty() ? Json() : Json(Printable(path, kPathBytes))},
          {"format", Name(inspection.format)},
          {"container", TextOrNull(inspection.container)},
          {"bytes", inspection.bytes},
          {"compression", TextOrNull(inspection.compression)},
          {"header_version", ValueOrNull(inspection.header_version)},
          {"dump_level", ValueOrNull(inspection.dump_level)},
          {"page_size", ValueOrNull(inspection.page_size)},
          {"erased", inspection.erased},
          {"split", SplitJson(inspection.split)},
          {"state", Name(inspection.wholeness.state)},
          {"reason", inspection.wholeness.reason},
          {"detail", TextOrNull(inspection.wholeness.detail)},
          {"check", CheckJson(inspection.wholeness)},
          {"architecture", TextOrNull(inspection.architecture)},
          {"kernel_release", TextOrNull(inspection.kernel_release)},
          {"kernel_version", TextOrNull(inspection.kernel_version)},
          {"node", TextOrNull(inspection.node)},
          {"build_id", TextOrNull(inspection.build_id)},
          {"crash_time", time ? Json(Rfc3339(*time)) : Json()},
          {"cpus", ValueOrNull(inspection.cpus)},
          {"translation", TextOrNull(inspection.translation)},
          {"log", LogJson(inspection.log)},
          {"hardware", TextOrNull(inspection.crash ? inspection.crash->hardware : "")},
          {"crash", CrashJson(inspection.crash)},
          {"signature", SignatureJson(inspection.crash)}};
}

}  // namespace

std::string InspectionJson(const Inspection& inspection, std::string_view path) {
  return DocumentOf(inspection, path).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string InspectionJson(const Inspection& inspection, std::string_view path,
                           std::span<const std::string> log_lines) {
  std::string json = InspectionJson(inspection, path);
  json.back() = ',';
  json += "\"log_lines\":[";
  for (const std::string& line : log_lines) {
    if (&line != log_lines.data()) json += ',';
    json += Json(line).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return json + "]}";
}

}  // namespace kdumpd
