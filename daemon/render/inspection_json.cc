// SPDX-License-Identifier: Apache-2.0
// The shape is public: docs/schema/inspection.schema.json. Fields are only ever added.
#include "daemon/render/inspection_json.h"

#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "daemon/render/crash_json.h"
#include "daemon/render/json_optional.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;
constexpr std::size_t kPathBytes = 4096;

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
  return {{"kind", CleanOrNull(log.kind)},
          {"reason", CleanOrNull(log.reason)},
          {"detail", CleanOrNull(log.detail)},
          {"records", log.records},
          {"dropped_older", log.dropped_older},
          {"lost", log.lost},
          {"first_sequence", ValueOrNull(log.first_sequence)},
          {"uptime_seconds", SecondsOrNull(log.uptime_us)}};
}

Json DocumentOf(Inspection inspection, std::string_view path) {
  Sanitize(inspection);
  const auto time = inspection.crash_time;
  return {{"schema_version", kSchemaVersion},
          {"path", path.empty() ? Json() : Json(Printable(path, kPathBytes))},
          {"format", Name(inspection.format)},
          {"container", CleanOrNull(inspection.container)},
          {"bytes", inspection.bytes},
          {"compression", CleanOrNull(inspection.compression)},
          {"header_version", ValueOrNull(inspection.header_version)},
          {"dump_level", ValueOrNull(inspection.dump_level)},
          {"page_size", ValueOrNull(inspection.page_size)},
          {"erased", inspection.erased},
          {"split", SplitJson(inspection.split)},
          {"state", Name(inspection.wholeness.state)},
          {"reason", inspection.wholeness.reason},
          {"detail", CleanOrNull(inspection.wholeness.detail)},
          {"check", CheckJson(inspection.wholeness)},
          {"architecture", CleanOrNull(inspection.architecture)},
          {"kernel_release", CleanOrNull(inspection.kernel_release)},
          {"kernel_version", CleanOrNull(inspection.kernel_version)},
          {"node", CleanOrNull(inspection.node)},
          {"build_id", CleanOrNull(inspection.build_id)},
          {"crash_time", time ? Json(Rfc3339(*time)) : Json()},
          {"cpus", ValueOrNull(inspection.cpus)},
          {"translation", CleanOrNull(inspection.translation)},
          {"log", LogJson(inspection.log)},
          {"hardware", CleanOrNull(inspection.crash ? inspection.crash->hardware : "")},
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
