// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/acknowledged_text.h"

#include <nlohmann/json.hpp>

#include "daemon/core/text.h"
#include "daemon/render/json_values.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json Ids(const std::vector<CrashRecord>& records) {
  Json ids = Json::array();
  for (const CrashRecord& record : records) ids.push_back(record.id);
  return ids;
}

}  // namespace

std::string AcknowledgedText(const Acknowledgements& acknowledgements) {
  std::string text;
  for (const CrashRecord& record : acknowledgements.done) {
    text += Cat("acknowledged ", record.id, record.title.empty() ? "" : "  ", Shown(record.title),
                '\n');
  }
  for (const CrashRecord& record : acknowledgements.already) {
    text += Cat("acknowledged ", record.id, " again; before ", Rfc3339(record.acknowledged_at),
                " by ", Shown(record.acknowledged_by), '\n');
  }
  if (acknowledgements.done.empty() && acknowledgements.already.empty() &&
      acknowledgements.problem.empty()) {
    text += "nothing to acknowledge\n";
  }
  if (acknowledgements.pending) text += "the running daemon takes it at its next look\n";
  return text;
}

std::string AcknowledgedJson(const State& state, const Acknowledgements& acknowledgements) {
  Json document = Heading(state);
  document["acknowledged"] = Ids(acknowledgements.done);
  document["already"] = Ids(acknowledgements.already);
  document["pending"] = acknowledgements.pending;
  document["problem"] = TextOrNull(acknowledgements.problem);
  return Dumped(document, -1) + '\n';
}

}  // namespace kdumpd
