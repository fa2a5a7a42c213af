// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/json_values.h"

#include "daemon/core/capture_failure.h"
#include "daemon/core/text.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

}  // namespace

std::string Dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json TextOrNull(std::string_view text) { return text.empty() ? Json() : Json(Shown(text)); }
Json NameOrNull(std::string_view name) {
  return name.empty() ? Json() : Json(Printable(name, kNameBytes));
}
Json TimeOrNull(std::int64_t seconds) { return seconds <= 0 ? Json() : Json(Rfc3339(seconds)); }

Json CauseOrNull(std::string_view code, std::string_view line) {
  if (code.empty()) return {};
  const CaptureFailureRule* rule = CaptureFailureOf(code);
  // A newer daemon may have written a code that is not known here.
  return {{"code", Shown(code)},
          {"line", TextOrNull(line)},
          {"meaning", TextOrNull(rule != nullptr ? rule->meaning : "")},
          {"remedy", TextOrNull(rule != nullptr ? rule->remedy : "")}};
}

Json Heading(const State& state) {
  return {{"schema_version", kSchemaVersion},
          {"node", TextOrNull(state.node)},
          {"time", Rfc3339(state.now)}};
}

}  // namespace kdumpd
