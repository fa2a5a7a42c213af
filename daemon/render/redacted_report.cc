// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/redacted_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "daemon/core/redact_log.h"
#include "daemon/core/text.h"
#include "daemon/render/json_values.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

// Texts of the kernel's, or of whoever runs the node; everything else is our own words and numbers.
constexpr std::array<std::string_view, 12> kTold{
    "title",    "reason", "panic_message", "message", "last_lines", "line",
    "hardware", "task",   "detail",        "value",   "log_lines",  "pre_image"};

// Each level is one of our own documents: they nest a few deep.
void Redact(Json& json, bool told) {  // NOLINT(misc-no-recursion)
  if (json.is_string() && told) {
    json = RedactLog(json.get_ref<const std::string&>());
  } else if (json.is_array()) {
    for (Json& item : json) Redact(item, told);
  } else if (json.is_object()) {
    for (auto& [name, item] : json.items()) {
      Redact(item, std::ranges::find(kTold, std::string_view(name)) != kTold.end());
    }
  }
}

}  // namespace

std::string RedactedReport(std::string_view report) {
  Json json = Json::parse(report, nullptr, false);
  if (json.is_discarded()) return RedactLog(report);
  Redact(json, false);
  return Cat(Dumped(json, -1), "\n");
}

}  // namespace kdumpd
