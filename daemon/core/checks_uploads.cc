// SPDX-License-Identifier: Apache-2.0
// Whether what leaves this node for a destination leaves as it may.
#include <algorithm>

#include "daemon/core/checks.h"
#include "daemon/core/core_collector.h"

namespace kdumpd {
namespace {

enum class UserPages { kLeftOut, kKept, kUnknown };

// Bit 8 of the dump level leaves the memory of processes out: makedumpfile(8). Of several levels
// any may be the one that is taken. What a program of the operator's own leaves out nobody knows.
UserPages UserPagesOf(const Collector& collector) {
  constexpr int kUserData = 8;
  const std::string_view program =
      std::string_view(collector.program).substr(collector.program.rfind('/') + 1);
  if (program == "cp" || program == "scp" || program == "dd" || program == "cat") {
    return UserPages::kKept;
  }
  const auto invalid = [](const CollectorProblem& problem) {
    return problem.reason == "dump_level_invalid";
  };
  if (program != "makedumpfile" || std::ranges::any_of(collector.problems, invalid)) {
    return UserPages::kUnknown;
  }
  const auto leaves_out = [](int level) { return (level & kUserData) != 0; };
  const auto& levels = collector.dump_levels;
  return !levels.empty() && std::ranges::all_of(levels, leaves_out) ? UserPages::kLeftOut
                                                                    : UserPages::kKept;
}

std::string KeyOf(const PolicyDestination& destination) {
  return Cat("destinations.", destination.name, ".recipients");
}

// Of the destinations that get dumps in the clear.
struct InTheClear {
  std::string names;  // "central, lab"
  std::string keys;   // "destinations.central.recipients, ..."
  std::vector<Evidence> evidence;
};
InTheClear InTheClearOf(const Policy& policy) {
  InTheClear clear;
  for (const PolicyDestination& destination : policy.destinations) {
    if (destination.sealed) continue;
    const std::string_view comma = clear.names.empty() ? "" : ", ";
    clear.names += Cat(comma, destination.name);
    clear.keys += Cat(comma, KeyOf(destination));
    clear.evidence.push_back({KeyOf(destination), "not set"});
  }
  return clear;
}

Finding Forbidden(InTheClear clear) {
  clear.evidence.insert(clear.evidence.begin(), {"uploads.encryption", "required"});
  return Found(Status::kFail, "clear_forbidden",
               Cat("nothing is sent to ", clear.names,
                   ": encryption is required, and there is nobody to encrypt to"),
               clear.evidence,
               Cat("set ", clear.keys,
                   " to one age public key or more (age-keygen prints one), see docs/uploads.md"));
}

}  // namespace

// Source: makedumpfile(8) -d; daemon/core/upload_plan.h IsForbidden.
Finding UploadEncryption(const Facts& facts, const Numbers&, const Policy& policy) {
  if (policy.destinations.empty()) {
    return NotApplicable("no_destinations", "dumps are sent nowhere");
  }
  InTheClear clear = InTheClearOf(policy);
  if (clear.names.empty()) {
    return Found(Status::kPass, "encrypted", "dumps leave this node encrypted");
  }
  if (policy.seal_required) return Forbidden(std::move(clear));
  if (!facts.config.known()) return NotKnown(facts.config);
  const KdumpConfig& config = facts.config.value();
  const Evidence collector{facts.config.source(), Cat("collector: ", Printable(config.collector))};
  clear.evidence.push_back(collector);
  switch (UserPagesOf(ParseCollector(config.collector, config.dialect, config.target.kind))) {
    case UserPages::kLeftOut:
      return Found(Status::kPass, "user_pages_left_out",
                   Cat("dumps go to ", clear.names, " in the clear, without user pages"),
                   clear.evidence);
    case UserPages::kKept:
      return Found(
          Status::kWarn, "user_pages_in_clear",
          Cat("the memory of processes goes to ", clear.names, " in the clear"), clear.evidence,
          Cat("set ", clear.keys, " (docs/uploads.md), or leave user pages out: ",
              RemedyFor(facts, {"core_collector makedumpfile -l -d 31 in /etc/kdump.conf", "",
                                "MAKEDUMP_ARGS=\"-c -d 31\" in /etc/default/kdump-tools",
                                "KDUMP_DUMPLEVEL=31 in /etc/sysconfig/kdump"})));
    case UserPages::kUnknown:
      break;
  }
  return Found(Status::kUnknown, "collector_unknown",
               Cat("dumps go to ", clear.names,
                   " in the clear, and whether the collector keeps user pages cannot be told"),
               clear.evidence);
}

}  // namespace kdumpd
