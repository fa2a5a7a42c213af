// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "daemon/core/inspect_wire.h"
#include "daemon/core/json_depth.h"
#include "daemon/core/text.h"
#include "daemon/render/crash_json.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/json_fields.h"

namespace kdumpd {
namespace {

using Json = nlohmann::json;

constexpr int kMostDepth = 8;

std::optional<SplitRange> SplitOf(const JsonFields& split) {
  if (split.empty()) return std::nullopt;
  return SplitRange{split.Count<std::uint64_t>("start_pfn"), split.Count<std::uint64_t>("end_pfn"),
                    split.Count<std::uint64_t>("parts")};
}

Wholeness WholenessOf(const JsonFields& document) {
  const JsonFields check = document.In("check");
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

LogFacts LogOf(const JsonFields& fields) {
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

Inspection InspectionOf(const JsonFields& document) {
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
  inspection.crash = CrashOf(document);
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
  const JsonFields fields(document, problem);
  if (fields.Count<int>("schema_version") != 1) {
    return Fail(ErrorCode::kInvalid, "schema_version is not 1");
  }
  Inspection inspection = InspectionOf(fields);
  if (!problem.empty()) return Fail(ErrorCode::kInvalid, Cat("not what it must be: ", problem));
  Sanitize(inspection);
  return inspection;
}

}  // namespace kdumpd
