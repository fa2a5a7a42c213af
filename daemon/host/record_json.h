// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/crash_record.h"

namespace kdumpd {

inline constexpr int kRecordSchema = 1;

// The file of a record: its fields and `report`, a JSON object or "" for null.
[[nodiscard]] std::string RecordJson(const CrashRecord& record, std::string_view report);

struct ParsedRecord {
  std::uint64_t schema = 0;           // 0: it is no such file
  std::optional<CrashRecord> record;  // of our schema
  std::string report;                 // JSON; "" none
};
// Nothing in the file is trusted.
[[nodiscard]] ParsedRecord ParseRecord(std::string_view json);

}  // namespace kdumpd
