// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/readiness.h"

#include <array>

#include "daemon/core/checks.h"

namespace kdumpd {
namespace {

constexpr auto kArmed = Scope::kArmed;
constexpr auto kConfigured = Scope::kConfigured;
constexpr auto kRequire = Weight::kRequire;
constexpr auto kPrefer = Weight::kPrefer;

// The catalogue. Armed checks gate unless the row says otherwise; configured ones never do by
// themselves. What each looks at, and the source of its rule, stands at its function.
constexpr std::array kChecks{
    Check{"crashkernel_cmdline", kArmed, kRequire, false,
          "Without a valid crashkernel= the kernel reserves no memory at boot, and nothing can be "
          "loaded.",
          CrashkernelCmdline},
    Check{"crash_reservation", kArmed, kRequire, false,
          "The capture kernel runs in this memory; without it a panic leaves nothing behind.",
          CrashReservation},
    Check{"crash_reservation_vs_cmdline", kArmed, kPrefer, false,
          "Less than was asked for means that somebody shrank it; only a reboot brings it back.",
          CrashReservationVsCmdline},
    Check{"crash_reservation_size", kArmed, kPrefer, false,
          "A capture kernel that runs out of memory dies before it has written the dump.",
          CrashReservationSize},
    Check{"crash_kernel_loaded", kArmed, kRequire, true,
          "A panic jumps into the loaded image; with none loaded the node hangs or reboots without "
          "a dump.",
          CrashKernelLoaded},
    Check{"crash_load_lost", kArmed, kRequire, true,
          "A reload that failed leaves nothing loaded while the service still says active.",
          CrashLoadLost},
    Check{"kexec_load_allowed", kArmed, kRequire, false,
          "Hardening may forbid loading for the rest of this boot.", KexecLoadAllowed},
    Check{"service_unit", kConfigured, kPrefer, true,
          "The service loads the capture kernel at boot and after each change.", ServiceUnit},
    Check{"service_enabled", kConfigured, kPrefer, false,
          "An image that was loaded by hand is gone after the next boot.", ServiceEnabled},
    Check{"config_present", kConfigured, kPrefer, false,
          "Without its configuration file the service refuses to start.", ConfigPresent},
    Check{"config_syntax", kConfigured, kPrefer, false,
          "The running image hides a broken file until the next start, which then fails.",
          ConfigSyntax},
    Check{"core_collector", kConfigured, kPrefer, false,
          "The collector filters and writes the dump; options it does not accept mean no dump.",
          CoreCollector},
    Check{"failure_action", kConfigured, kPrefer, false,
          "It decides whether the node comes back by itself when the dump fails.", FailureAction},
    Check{"final_action", kConfigured, kPrefer, false,
          "It decides whether the node comes back by itself after a good dump.", FinalAction},
    Check{"initrd_present", kConfigured, kPrefer, true,
          "The capture kernel cannot reach the target without its initrd.", InitrdPresent},
    Check{"target_resolved", kConfigured, kPrefer, false,
          "A target that cannot be found now will not be found by the capture kernel either.",
          TargetResolved},
    Check{"target_mounted", kConfigured, kPrefer, false,
          "The image is built from what is mounted; a read-only or missing target takes no dump.",
          TargetMounted},
    Check{"target_path_exists", kConfigured, kPrefer, false,
          "The directory for dumps is checked whenever the image is built.", TargetPathExists},
    Check{"target_free_space", kArmed, kRequire, false,
          "A dump that does not fit is cut off, and a cut-off dump is often useless.",
          TargetFreeSpace},
    Check{"incomplete_dumps", kConfigured, kPrefer, false,
          "A dump that broke off says that the next one may break off too.", IncompleteDumps},
    Check{"panic_on_oops", kArmed, kPrefer, false,
          "With 0 an oops kills one task and the damaged kernel runs on: no panic, no dump.",
          PanicOnOops},
    Check{
        "panic_timeout", kArmed, kPrefer, false,
        "If the capture kernel does not start, a node with 0 hangs until somebody power-cycles it.",
        PanicTimeout},
};

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
  for (std::size_t i = 0; i < kChecks.size(); ++i) {
    const bool gates = findings[i].weight == Weight::kRequire;
    if (gates && findings[i].status == Status::kFail && !kChecks[i].start_cures) return false;
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

std::span<const Check> Checks() { return kChecks; }

Readiness Evaluate(const Facts& facts, const Policy& policy) {
  Readiness readiness;
  readiness.numbers = NumbersOf(facts);
  for (const Check& check : kChecks) {
    Finding finding = check.evaluate(facts, readiness.numbers, policy);
    finding.id = check.id;
    finding.scope = check.scope;
    finding.weight = WeightOf(check, policy);
    finding.why = check.why;
    finding.docs = Cat("docs/checks.md#", check.id);
    readiness.findings.push_back(std::move(finding));
  }
  const std::vector<Finding>& all = readiness.findings;
  readiness.armed = Half(all, Scope::kArmed);
  readiness.configured = Half(all, Scope::kConfigured);

  if (const Finding* failed = First(all, kRequire, Status::kFail)) {
    const bool arming = StartUnderWay(facts, policy) && StartMayCure(all);
    Decide(readiness, arming ? Verdict::kArming : Verdict::kNotReady, *failed);
  } else if (const Finding* unknown = First(all, kRequire, Status::kUnknown)) {
    Decide(readiness, Verdict::kUnknown, *unknown);
  } else if (const Finding* degraded = First(all, kPrefer, Status::kFail)) {
    Decide(readiness, Verdict::kDegraded, *degraded);
  } else if (const Finding* warned = First(all, kPrefer, Status::kWarn)) {
    Decide(readiness, Verdict::kDegraded, *warned);
  } else {
    readiness.verdict = Verdict::kReady;
    readiness.message = "a panic now would be captured";
  }
  return readiness;
}

}  // namespace kdumpd
