// SPDX-License-Identifier: Apache-2.0
// docs/schema/crash.schema.json and docs/schema/prune.schema.json.
#include <nlohmann/json.hpp>

#include "daemon/render/boots_json.h"
#include "daemon/render/crashes_json.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/json_values.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json DecisionJson(const RetentionDecision& decision) {
  const Dump& dump = *decision.dump;
  return {{"id", decision.record != nullptr ? Json(decision.record->id) : Json()},
          {"directory", NameOrNull(dump.directory)},
          {"vmcore", NameOrNull(dump.vmcore)},
          {"crash_time", TimeOrNull(dump.crash_time)},
          {"bytes", decision.bytes},
          {"remove", decision.remove},
          {"reason", Name(decision.reason)},
          {"why", TextOrNull(decision.why)},
          {"beyond", TextOrNull(decision.limit)},
          {"removed", decision.removed},
          {"problem", TextOrNull(decision.problem)}};
}

}  // namespace

std::string CrashDocument(const State& state, const Crash& crash, const Inspection* report) {
  Json document = Heading(state);
  document.update(CrashEntry(state, crash));
  const BootRecord* boot = crash.record != nullptr ? BootOf(state, *crash.record) : nullptr;
  document["boot"] = boot != nullptr ? BootJson(*boot) : Json();
  document["report"] =
      report != nullptr ? Json::parse(InspectionJson(*report), nullptr, false) : Json();
  return Dumped(document, -1) + '\n';
}

std::string RetentionJson(const State& state, const RetentionPlan& plan, bool dry_run) {
  Json document = Heading(state);
  document["dry_run"] = dry_run;
  document["bytes"] = plan.bytes;
  document["unmet"] = Json::array();
  for (const std::string& unmet : plan.unmet) document["unmet"].push_back(TextOrNull(unmet));
  document["dumps"] = Json::array();
  for (const RetentionDecision& decision : plan.decisions) {
    document["dumps"].push_back(DecisionJson(decision));
  }
  return Dumped(document, -1) + '\n';
}

}  // namespace kdumpd
