// SPDX-License-Identifier: Apache-2.0
// The shapes are public: docs/schema/*.schema.json. Fields are only ever added.
#include <algorithm>
#include <numeric>
#include <optional>

#include <nlohmann/json.hpp>

#include "daemon/core/drill.h"
#include "daemon/core/profile.h"
#include "daemon/core/text.h"
#include "daemon/render/json_optional.h"
#include "daemon/render/json_values.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

using kdumpd::ValueOrNull;
Json ValueOrNull(const Fact<std::string>& fact) {
  return fact.known() ? Json(Shown(fact.value())) : Json();
}

Json CheckJson(const Finding& finding) {
  Json evidence = Json::array();
  for (const Evidence& one : finding.evidence) {
    evidence.push_back({{"source", Shown(one.source)}, {"value", Shown(one.value)}});
  }
  return {{"id", finding.id},
          {"scope", Name(finding.scope)},
          {"policy", Name(finding.weight)},
          {"status", Name(finding.status)},
          {"reason", TextOrNull(finding.reason)},
          {"message", Shown(finding.message)},
          {"evidence", std::move(evidence)},
          {"remedy", TextOrNull(finding.remedy)},
          {"why", finding.why},
          {"rule", TextOrNull(finding.rule)},
          {"docs", finding.docs}};
}

Json NumbersJson(const State& state) {
  const Numbers& numbers = state.readiness.numbers;
  const Fact<Space>& space = state.facts.target_space;
  return {{"memory_bytes", ValueOrNull(numbers.ram_bytes)},
          {"memory_exact", numbers.ram_bytes ? Json(numbers.ram_exact) : Json()},
          {"memory_source", TextOrNull(numbers.ram_source)},
          {"reserved_bytes", ValueOrNull(numbers.reserved_bytes)},
          {"requested_bytes", ValueOrNull(numbers.requested_bytes)},
          {"recommended_bytes", ValueOrNull(numbers.recommended_bytes)},
          {"recommended_source", TextOrNull(numbers.recommended_source)},
          {"needed_bytes", ValueOrNull(numbers.estimated_bytes)},
          {"needed_source", TextOrNull(numbers.estimated_from)},
          {"target_free_bytes", space.known() ? Json(space->free_bytes) : Json()},
          {"target_total_bytes", space.known() ? Json(space->total_bytes) : Json()},
          {"dump_size_estimate_bytes",
           {{"p50", ValueOrNull(numbers.dump_p50_bytes)},
            {"p95", ValueOrNull(numbers.dump_p95_bytes)}}},
          {"dump_size_estimate_method", TextOrNull(numbers.dump_method)},
          {"dump_duration_estimate_seconds",
           {{"p50", ValueOrNull(numbers.dump_p50_seconds)},
            {"p95", ValueOrNull(numbers.dump_p95_seconds)}}},
          {"dump_duration_estimate_method", TextOrNull(numbers.duration_method)}};
}

Json TargetJson(const Fact<Target>& fact) {
  if (!fact.known()) return {};
  const Target& target = fact.value();
  return {{"kind", Name(target.kind)},
          {"spec", TextOrNull(target.spec)},
          {"fstype", TextOrNull(target.fstype)},
          {"mount_point", target.mount ? Json(Printable(target.mount->point, kNameBytes)) : Json()},
          {"directory", NameOrNull(target.live_path)},
          {"problem", TextOrNull(target.problem)}};
}

Json ObserveJson(const State& state) {
  const ObserveHistogram& observe = state.observe;
  Json buckets = Json::array();
  for (std::size_t i = 0; i < kObserveBuckets.size(); ++i) {
    buckets.push_back({{"up_to_seconds", kObserveBuckets[i]}, {"count", observe.counts[i]}});
  }
  buckets.push_back({{"up_to_seconds", nullptr}, {"count", observe.counts.back()}});
  const auto& counts = observe.counts;
  return {{"last", TimeOrNull(state.now)},
          {"count", std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})},
          {"seconds", observe.sum_seconds},
          {"durations", std::move(buckets)}};
}

Json LastBootJson(const State& state) {
  const bool known = state.boots_decided && state.boots && !state.boots->empty();
  return known ? Json(Name(state.boots->front().outcome)) : Json();
}

Json DrillStatusJson(const State& state) {
  if (!state.drills) return {};
  const auto& pending = state.drills->pending;
  const auto& last = state.drills->last;
  return {{"enabled", state.drill_enabled},
          {"pending", pending ? TextOrNull(pending->id) : Json()},
          {"last", last ? Json(Name(last->result)) : Json()},
          {"due", TextOrNull(DrillDue(*state.drills, state.facts))}};
}

}  // namespace

std::string ReadinessJson(const State& state) {
  const Readiness& readiness = state.readiness;
  const Facts& facts = state.facts;
  Json json = Heading(state);
  json["verdict"] = Name(readiness.verdict);
  json["reason"] = TextOrNull(readiness.reason);
  json["message"] = Shown(readiness.message);
  json["armed"] = ValueOrNull(readiness.armed);
  json["configured"] = ValueOrNull(readiness.configured);
  json["armed_since"] = TimeOrNull(facts.history.armed_since);
  json["distribution"] = ProfileOf(facts.distribution).name;
  json["kernel_release"] = ValueOrNull(facts.kernel_release);
  json["architecture"] = ValueOrNull(facts.architecture);
  json["checks"] = Json::array();
  for (const Finding& finding : readiness.findings) json["checks"].push_back(CheckJson(finding));
  json["numbers"] = NumbersJson(state);
  json["target"] = TargetJson(facts.target);
  return Dumped(json, 2) + '\n';
}

std::string StatusJson(const State& state) {
  Json json = Heading(state);
  json["version"] = TextOrNull(state.version);
  json["started"] = TimeOrNull(state.started_at);
  json["uptime_seconds"] = std::max<std::int64_t>(0, state.now - state.started_at);
  json["sources"] = Json::array();
  for (const SourceHealth& source : state.sources) {
    json["sources"].push_back(
        {{"name", Shown(source.name)}, {"up", source.up}, {"problem", TextOrNull(source.why)}});
  }
  json["observe"] = ObserveJson(state);
  json["config_last_reload_successful"] = state.config_reload_ok;
  json["unarmed_seconds"] = state.unarmed_seconds_total;
  json["vmcore_bytes"] = state.vmcore_bytes;
  json["unacknowledged_crashes"] = state.unacknowledged_crashes;
  json["last_crash_time"] = TimeOrNull(state.last_crash_time);
  json["last_boot"] = LastBootJson(state);
  json["drill"] = DrillStatusJson(state);
  return Dumped(json, 2) + '\n';
}

}  // namespace kdumpd
