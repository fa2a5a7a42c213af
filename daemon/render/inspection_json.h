// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/error.h"
#include "daemon/core/inspection.h"

namespace kdumpd {

// docs/schema/inspection.schema.json. Unknown is null. One line. `path`: as it was named, "" for
// null.
[[nodiscard]] std::string InspectionJson(const Inspection& inspection, std::string_view path = {});

// What a helper said, not trusted: kInvalid when it is no such document (wrong types, unknown names
// of states or formats, numbers out of range); everything that is accepted is sanitized.
[[nodiscard]] Result<Inspection> ParseInspection(std::string_view json);

}  // namespace kdumpd
