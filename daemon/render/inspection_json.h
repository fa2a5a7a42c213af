// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/inspection.h"

namespace kdumpd {

// docs/schema/inspection.schema.json. Unknown is null. One line, without its end. `path`: as it was
// named, "" for null. Sanitized first.
[[nodiscard]] std::string InspectionJson(const Inspection& inspection, std::string_view path = {});
// The same with "log_lines", which must be ASCII.
[[nodiscard]] std::string InspectionJson(const Inspection& inspection, std::string_view path,
                                         std::span<const std::string> log_lines);
// Several of them: {"schema_version": 1, "inspections": [...]}. The brackets around what
// InspectionJson gives, so that not all must be held at once.
inline constexpr std::string_view kInspectionsBegin = R"({"schema_version":1,"inspections":[)";
inline constexpr std::string_view kInspectionsEnd = "]}";

// What a helper said, not trusted: kInvalid when it is no such document (wrong types, unknown names
// of states or formats, numbers out of range); everything that is accepted is sanitized.
[[nodiscard]] Result<Inspection> ParseInspection(std::string_view json);

}  // namespace kdumpd
