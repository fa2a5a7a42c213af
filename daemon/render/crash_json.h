// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "daemon/core/crash_report.h"
#include "daemon/render/json_fields.h"

// The parts of a document that a crash report is: for inspection_json.cc and inspection_parse.cc.
namespace kdumpd {

// Null when there is none.
[[nodiscard]] nlohmann::ordered_json CrashJson(const std::optional<CrashReport>& crash);
[[nodiscard]] nlohmann::ordered_json SignatureJson(const std::optional<CrashReport>& crash);

// The same back, of the fields "crash", "signature" and "hardware" of a document.
[[nodiscard]] std::optional<CrashReport> CrashOf(const JsonFields& document);

}  // namespace kdumpd
