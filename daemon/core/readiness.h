// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/facts.h"

namespace kdumpd {

// Public contract (metric labels, API): never renumbered, only added to.
enum class Status { kPass = 0, kWarn = 1, kFail = 2, kUnknown = 3, kNotApplicable = 4 };
inline constexpr int kStatuses = 5;
[[nodiscard]] std::string_view Name(Status status);

// armed: what happens if the node panics this second. configured: what happens after the next start
// of the service or the next boot.
enum class Scope { kArmed, kConfigured };
[[nodiscard]] std::string_view Name(Scope scope);

// What a failure means for the node: not ready; degraded; shown and counted nowhere.
enum class Weight { kRequire, kPrefer, kIgnore };
[[nodiscard]] std::string_view Name(Weight weight);

enum class Verdict { kReady = 0, kDegraded = 1, kArming = 2, kNotReady = 3, kUnknown = 4 };
inline constexpr int kVerdicts = 5;
[[nodiscard]] std::string_view Name(Verdict verdict);

struct Evidence {
  std::string source;  // the file, property or tool
  std::string value;   // printable, secrets removed
};

// What a check found. `reason` is a stable code; `message` one sentence with the numbers.
struct Finding {
  Status status = Status::kUnknown;
  std::string reason;
  std::string message;
  std::vector<Evidence> evidence;
  std::string remedy;  // the command or file for this distribution; "" when there is nothing to do

  // Filled in from the table.
  std::string_view id;
  Scope scope = Scope::kArmed;
  Weight weight = Weight::kRequire;
  std::string_view why;   // why it matters, one sentence
  std::string_view rule;  // where the rule comes from: kernel file, tool, document
  std::string docs;       // "docs/checks.md#crash_reservation"
};

// Where dumps are sent, as far as it is judged here.
struct PolicyDestination {
  std::string name;
  bool sealed = false;  // to recipients

  friend bool operator==(const PolicyDestination&, const PolicyDestination&) = default;
};

// What the operator may choose.
struct Policy {
  std::map<std::string, Weight, std::less<>> weights;  // by check id
  std::int64_t arming_allowance_seconds = 900;         // the longest a start may take
  std::int64_t load_lost_grace_seconds = 15;           // a reload frees the old image first
  double reservation_fail_ratio = 0.6;                 // of the recommended size
  std::vector<PolicyDestination> destinations{};
  bool seal_required = false;  // nothing but manifests may leave in the clear

  friend bool operator==(const Policy&, const Policy&) = default;
};

// Numbers that several checks, metrics and pages share. None: not known.
struct Numbers {
  std::optional<std::uint64_t> ram_bytes;  // as the kernel counts it for crashkernel=
  bool ram_exact = false;                  // false: ram_bytes is a lower bound
  std::uint64_t ram_at_most = 0;           // bytes; the same as ram_bytes when exact
  std::string ram_source;
  std::optional<std::uint64_t> reserved_bytes;
  std::optional<std::uint64_t> requested_bytes;
  std::optional<std::uint64_t> recommended_bytes;
  std::string recommended_source;  // which table
  std::optional<std::uint64_t> dump_p50_bytes;
  std::optional<std::uint64_t> dump_p95_bytes;
  std::string dump_method;
  // From the crash until the dump is written. Firmware and boot come on top: minutes more.
  std::optional<std::uint64_t> dump_p50_seconds;
  std::optional<std::uint64_t> dump_p95_seconds;
  std::string duration_method;
  std::optional<std::uint64_t> estimated_bytes;  // what the capture kernel needs, at the least
  std::string estimated_from;                    // its parts, for a person
};
[[nodiscard]] Numbers NumbersOf(const Facts& facts);

// One row of the catalogue of checks.
struct Check {
  std::string_view id;
  Scope scope;
  Weight weight;     // the default; Policy::weights overrides
  bool start_cures;  // a start of the service that is under way may cure its failure
  std::string_view why;
  std::string_view source;  // of the rule: kernel file, tool, document
  Finding (*evaluate)(const Facts&, const Numbers&, const Policy&);
};
// The whole catalogue, in the order a person reads it.
[[nodiscard]] std::span<const Check> Checks();

struct Readiness {
  Verdict verdict = Verdict::kUnknown;
  std::string reason;         // id of the finding that decides; "" when ready
  std::string message;        // one sentence
  std::optional<bool> armed;  // none: not known
  std::optional<bool> configured;
  std::vector<Finding> findings;  // one per check, in the catalogue's order
  Numbers numbers;
};

// Pure: the same facts and policy give the same answer.
[[nodiscard]] Readiness Evaluate(const Facts& facts, const Policy& policy);

}  // namespace kdumpd
