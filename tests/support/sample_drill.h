// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/drill.h"

namespace kdumpd {

inline DrillIntent Intent(const std::string& id = "0123456789abcdef", std::int64_t crash_at = 0) {
  return {.id = id,
          .node = "node-1",
          .boot_id = "6f3c1a524a1e4c559a6e3f2b8e1d7c90",
          .requested_at = 1'795'000'000,
          .crash_at = crash_at,
          .fingerprint = "00000000000000aa"};
}

inline DrillRecord Record(DrillResult result, const std::string& id = "0123456789abcdef") {
  DrillRecord record;
  record.intent = Intent(id, 1'795'000'006);
  record.result = result;
  record.reason = "captured";
  record.message = "the dump is whole";
  record.crash_id = "20261118t110646z-0123456789abcdef";
  record.crash_time = 1'795'000'006;
  record.dump_seconds = 40;
  record.back_seconds = 180;
  record.judged_at = 1'795'000'200;
  return record;
}

}  // namespace kdumpd
