// SPDX-License-Identifier: Apache-2.0
// docs/schema/drill.schema.json.
#include <nlohmann/json.hpp>
#include <optional>

#include "daemon/render/drill_text.h"
#include "daemon/render/json_values.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json SecondsOrNull(std::int64_t seconds) { return seconds <= 0 ? Json() : Json(seconds); }

Json IntentJson(const DrillIntent& intent) {
  return {{"id", TextOrNull(intent.id)},
          {"node", TextOrNull(intent.node)},
          {"requested_at", TimeOrNull(intent.requested_at)},
          {"crash_at", TimeOrNull(intent.crash_at)}};
}

Json RecordJson(const std::optional<DrillRecord>& record) {
  if (!record) return {};
  Json json = IntentJson(record->intent);
  json["result"] = Name(record->result);
  json["reason"] = TextOrNull(record->reason);
  json["message"] = TextOrNull(record->message);
  json["crash_id"] = TextOrNull(record->crash_id);
  json["crash_time"] = TimeOrNull(record->crash_time);
  json["dump_seconds"] = SecondsOrNull(record->dump_seconds);
  json["back_seconds"] = SecondsOrNull(record->back_seconds);
  json["judged_at"] = TimeOrNull(record->judged_at);
  return json;
}

Json TestJson(const Fact<KdumpTestMark>& test) {
  if (!test.known()) return {};
  return {{"status", Name(test->status)},
          {"test_time", TimeOrNull(test->test_time)},
          {"written_at", TimeOrNull(test->written_at)}};
}

Json RefusalsJson(const std::vector<DrillRefusal>& refusals) {
  Json list = Json::array();
  for (const DrillRefusal& refusal : refusals) {
    list.push_back({{"reason", refusal.reason},
                    {"hard", refusal.hard},
                    {"message", TextOrNull(refusal.message)},
                    {"remedy", TextOrNull(refusal.remedy)}});
  }
  return list;
}

}  // namespace

std::string DrillJson(const State& state, const DrillAnswer& answer) {
  const auto& pending = answer.drills.pending;
  Json document = Heading(state);
  document["action"] = answer.action;
  document["pending"] = pending ? IntentJson(*pending) : Json();
  document["last"] = RecordJson(answer.drills.last);
  document["last_pass"] = RecordJson(answer.drills.last_pass);
  document["due"] = TextOrNull(answer.due);
  document["kdumpctl_test"] = TestJson(state.facts.kdump_test);
  document["refusals"] = RefusalsJson(answer.refusals);
  document["started"] = answer.started;
  document["cancelled"] = TextOrNull(answer.cancelled);
  document["problem"] = TextOrNull(answer.problem);
  return Dumped(document, -1) + '\n';
}

}  // namespace kdumpd
