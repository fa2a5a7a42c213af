// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "daemon/core/record_plan.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kSealed = 1'800'000'000;

CrashRecord Record() {
  CrashRecord record;
  record.id = CrashId("machine", "d", kSealed);
  record.sealed_at = kSealed;
  record.inspection = InspectionState::kDone;
  return record;
}

TEST(AcknowledgeAfter, WhatNobodyHasLookedAtInTime) {
  const struct {
    const char* what;
    std::int64_t after, now;
    void (*change)(CrashRecord&);
    bool acknowledged;
  } rows[] = {
      {"off", 0, kSealed + 1'000'000, [](CrashRecord&) {}, false},
      {"a second early", 600, kSealed + 599, [](CrashRecord&) {}, false},
      {"in time", 600, kSealed + 600, [](CrashRecord&) {}, true},
      {"somebody has", 600, kSealed + 600, [](CrashRecord& r) { r.acknowledged_at = 1; }, false},
      {"not inspected yet", 600, kSealed + 600,
       [](CrashRecord& r) { r.inspection = InspectionState::kPending; }, false},
      {"to be inspected again", 600, kSealed + 600,
       [](CrashRecord& r) { r.inspection = InspectionState::kFailed; }, false},
      {"never to be inspected", 600, kSealed + 600,
       [](CrashRecord& r) { r.inspection = InspectionState::kGaveUp; }, true},
      {"gone", 600, kSealed + 600, [](CrashRecord& r) { r.gone_at = kSealed; }, true},
      {"a clock that was set back", 600, kSealed - 1, [](CrashRecord&) {}, false},
      {"a time that is none", 600, kSealed,
       [](CrashRecord& r) { r.sealed_at = std::numeric_limits<std::int64_t>::max(); }, false},
  };
  for (const auto& row : rows) {
    std::vector<CrashRecord> records{Record()};
    row.change(records[0]);
    const auto changes = PlanAcknowledgements(records, row.after, row.now);
    ASSERT_EQ(changes.size(), row.acknowledged ? 1U : 0U) << row.what;
    if (!row.acknowledged) continue;
    CrashRecord want = records[0];
    want.acknowledged_at = row.now;
    want.acknowledged_by = "age";
    EXPECT_EQ(changes[0], want) << row.what;
    EXPECT_TRUE(PlanAcknowledgements(changes, row.after, row.now).empty()) << row.what;
  }
}

TEST(AcknowledgeAfter, ManyAtATimeAndTheRestLater) {
  const std::vector<CrashRecord> records(100, Record());
  EXPECT_EQ(PlanAcknowledgements(records, 600, kSealed + 600).size(), kMostAcknowledged);
}

}  // namespace
}  // namespace kdumpd
