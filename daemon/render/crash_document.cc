// SPDX-License-Identifier: Apache-2.0
// docs/schema/crash.schema.json and docs/schema/prune.schema.json.
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "daemon/render/crashes_text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/json_values.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

// The dump as it was last seen, where nobody can look now.
Dump LastSeen(const CrashRecord& record) {
  Dump dump;
  dump.directory = record.directory;
  dump.vmcore = record.vmcore;
  dump.log = record.log;
  dump.bytes = record.mark.bytes;
  dump.mtime = record.mark.mtime;
  dump.crash_time = record.crash_time;
  dump.state = record.state;
  dump.reason = record.reason;
  return dump;
}

// As /api/v1/crashes lists it: the list of this one alone.
Json Listed(const State& state, const Crash& crash) {
  std::vector<Dump> dumps;
  std::vector<CrashRecord> records;
  if (crash.record != nullptr) records.push_back(*crash.record);
  if (crash.dump != nullptr) {
    dumps.push_back(*crash.dump);
  } else if (crash.record != nullptr && crash.record->gone_at == 0) {
    dumps.push_back(LastSeen(*crash.record));
  }
  State one;
  one.now = state.now;
  one.facts.dumps = Fact<std::vector<Dump>>::Known(std::move(dumps), "");
  one.crashes = std::make_shared<const std::vector<CrashRecord>>(std::move(records));
  const Json list = Json::parse(CrashesJson(one), nullptr, false);
  const auto crashes = list.find("crashes");
  const bool found = crashes != list.end() && crashes->is_array() && !crashes->empty();
  return found ? crashes->front() : Json::object();
}

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
  document["id"] = crash.record != nullptr ? Json(crash.record->id) : Json();
  const Json listed = Listed(state, crash);
  for (const auto& [key, value] : listed.items()) document[key] = value;
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
