// SPDX-License-Identifier: Apache-2.0
#include "daemon/inspecting.h"

#include "daemon/render/inspection_json.h"

namespace kdumpd {

Inspection AnswerOf(const InspectOutcome& outcome, std::uint64_t bytes) {
  if (!outcome.reason.empty()) return Uninspected(bytes, outcome.reason, outcome.detail);
  auto inspection = ParseInspection(outcome.facts);
  if (!inspection) return Uninspected(bytes, "inspector_garbled", inspection.error().message);
  return *std::move(inspection);
}

bool HaveChanged(std::vector<FileMark> before, std::vector<FileMark> after,
                 const Inspection& inspection) {
  if (!inspection.split) {
    before.resize(1);
    after.resize(1);
  }
  return before != after;
}

}  // namespace kdumpd
