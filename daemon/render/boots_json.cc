// SPDX-License-Identifier: Apache-2.0
// The shape is public: docs/schema/boots.schema.json. Fields are only ever added.
#include "daemon/render/boots_json.h"

#include "daemon/core/boot_evidence.h"
#include "daemon/render/json_optional.h"
#include "daemon/render/json_values.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json RunningJson(const State& state) {
  const Facts& facts = state.facts;
  return {{"boot_id", TextOrNull(BootIdOf(facts.boot_id.ValueOr("")))},
          {"began", TimeOrNull(facts.boot_time.ValueOr(0))},
          {"armed", ValueOrNull(state.readiness.armed)},
          {"armed_since", TimeOrNull(facts.history.armed_since)}};
}

}  // namespace

Json BootJson(const BootRecord& boot) {
  Json evidence = Json::array();
  for (const BootSign& sign : boot.evidence) {
    evidence.push_back({{"source", TextOrNull(sign.source)}, {"says", TextOrNull(sign.says)}});
  }
  return {{"boot_id", TextOrNull(boot.boot_id)},
          {"began", TimeOrNull(boot.began)},
          {"last_sign", TimeOrNull(boot.last_sign)},
          {"ended_by", TimeOrNull(boot.ended_by)},
          {"outcome", Name(boot.outcome)},
          {"confidence", Name(boot.confidence)},
          {"reason", TextOrNull(boot.reason)},
          {"message", TextOrNull(boot.message)},
          {"evidence", std::move(evidence)},
          {"armed", ValueOrNull(boot.armed)},
          {"cause", CauseOrNull(boot.cause, boot.cause_line)},
          {"crash_id", TextOrNull(boot.crash_id)},
          {"drill", TextOrNull(boot.drill)},
          {"historic", boot.historic},
          {"decided_at", TimeOrNull(boot.decided_at)}};
}

std::string BootsJson(const State& state) {
  Json document = Heading(state);
  document["running"] = RunningJson(state);
  document["decided"] = state.boots_decided;
  document["boots"] = state.boots ? Json::array() : Json();
  if (state.boots) {
    for (const BootRecord& boot : *state.boots) document["boots"].push_back(BootJson(boot));
  }
  return Dumped(document, -1) + '\n';
}

}  // namespace kdumpd
