// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/readiness.h"

#include <array>

#include "daemon/core/checks.h"

namespace kdumpd {
namespace {

Weight WeightOf(const Check& check, const Policy& policy) {
  const auto chosen = policy.weights.find(check.id);
  return chosen == policy.weights.end() ? check.weight : chosen->second;
}

// Of one scope: false when any fails, none when any is unknown, else true. Only gating armed checks
// count for the armed half; every configured check that is not ignored counts for the other.
std::optional<bool> Half(const std::vector<Finding>& findings, Scope scope) {
  bool unknown = false;
  for (const Finding& finding : findings) {
    const bool counts = scope == Scope::kArmed ? finding.weight == Weight::kRequire
                                               : finding.weight != Weight::kIgnore;
    if (finding.scope != scope || !counts) continue;
    if (finding.status == Status::kFail) return false;
    unknown = unknown || finding.status == Status::kUnknown;
  }
  return unknown ? std::nullopt : std::optional(true);
}

void Decide(Readiness& readiness, Verdict verdict, const Finding& because) {
  readiness.verdict = verdict;
  readiness.reason = because.id;
  readiness.message = because.message;
}

// The first finding with one of the statuses and at least this weight.
const Finding* First(const std::vector<Finding>& findings, Weight weight, Status status) {
  for (const Finding& finding : findings) {
    if (finding.weight <= weight && finding.status == status) return &finding;
  }
  return nullptr;
}

// Whether a start that is under way may cure every failure that gates.
bool StartMayCure(const std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < Checks().size(); ++i) {
    const bool gates = findings[i].weight == Weight::kRequire;
    if (gates && findings[i].status == Status::kFail && !Checks()[i].start_cures) return false;
  }
  return true;
}

}  // namespace

std::string_view Name(Status status) {
  constexpr std::array<std::string_view, kStatuses> kNames{"pass", "warn", "fail", "unknown",
                                                           "not_applicable"};
  return kNames[static_cast<std::size_t>(status)];
}
std::string_view Name(Scope scope) { return scope == Scope::kArmed ? "armed" : "configured"; }
std::string_view Name(Weight weight) {
  constexpr std::array<std::string_view, 3> kNames{"require", "prefer", "ignore"};
  return kNames[static_cast<std::size_t>(weight)];
}
std::string_view Name(Verdict verdict) {
  constexpr std::array<std::string_view, kVerdicts> kNames{"ready", "degraded", "arming",
                                                           "not_ready", "unknown"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Readiness Evaluate(const Facts& facts, const Policy& policy) {
  Readiness readiness;
  readiness.numbers = NumbersOf(facts);
  for (const Check& check : Checks()) {
    Finding finding = check.evaluate(facts, readiness.numbers, policy);
    finding.id = check.id;
    finding.scope = check.scope;
    finding.weight = WeightOf(check, policy);
    finding.why = check.why;
    finding.rule = check.source;
    finding.docs = Cat("docs/checks.md#", check.id);
    readiness.findings.push_back(std::move(finding));
  }
  const std::vector<Finding>& all = readiness.findings;
  readiness.armed = Half(all, Scope::kArmed);
  readiness.configured = Half(all, Scope::kConfigured);

  if (const Finding* failed = First(all, Weight::kRequire, Status::kFail)) {
    const bool arming = StartUnderWay(facts, policy) && StartMayCure(all);
    Decide(readiness, arming ? Verdict::kArming : Verdict::kNotReady, *failed);
  } else if (const Finding* unknown = First(all, Weight::kRequire, Status::kUnknown)) {
    Decide(readiness, Verdict::kUnknown, *unknown);
  } else if (const Finding* degraded = First(all, Weight::kPrefer, Status::kFail)) {
    Decide(readiness, Verdict::kDegraded, *degraded);
  } else if (const Finding* warned = First(all, Weight::kPrefer, Status::kWarn)) {
    Decide(readiness, Verdict::kDegraded, *warned);
  } else {
    readiness.verdict = Verdict::kReady;
    readiness.message = "a panic now would be captured";
  }
  return readiness;
}

}  // namespace kdumpd
