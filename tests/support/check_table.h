// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string_view>
#include <vector>

#include "daemon/core/readiness.h"
#include "tests/support/ready_host.h"

namespace kdumpd {

// One change to a ready host, and the finding it must cause. Read together, the rows are the
// specification of a check.
struct CheckRow {
  std::string_view what;
  std::function<void(Facts&)> change;
  std::string_view check;
  Status status;
  std::string_view reason;
};

inline const Finding& FindingOf(const Readiness& readiness, std::string_view check) {
  for (const Finding& finding : readiness.findings) {
    if (finding.id == check) return finding;
  }
  ADD_FAILURE() << "no check is called " << check;
  return readiness.findings.front();
}

inline void ExpectRows(const std::vector<CheckRow>& rows, const Policy& policy = {}) {
  for (const CheckRow& row : rows) {
    Facts facts = ReadyHost();
    row.change(facts);
    const Readiness readiness = Evaluate(facts, policy);
    const Finding& finding = FindingOf(readiness, row.check);
    EXPECT_EQ(Name(finding.status), Name(row.status)) << row.what << ": " << finding.message;
    EXPECT_EQ(finding.reason, row.reason) << row.what << ": " << finding.message;
    EXPECT_FALSE(finding.message.empty()) << row.what;
    const bool problem = finding.status == Status::kFail || finding.status == Status::kWarn;
    EXPECT_FALSE(problem && finding.evidence.empty()) << row.what << ": a problem needs evidence";
  }
}

// Nothing was readable there.
template <class T>
Fact<T> Locked(std::string_view path) {
  return Fact<T>::Unreadable(std::string(path), "Permission denied");
}

}  // namespace kdumpd
