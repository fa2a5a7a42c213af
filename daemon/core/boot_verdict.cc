// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/boot_signs.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

struct Rule {
  bool (*holds)(const BootSigns&);
  BootOutcome outcome;
  Confidence confidence;
  std::string_view reason;
  std::string_view message;
  bool waits;  // rests on what is not there, which may still come
};

bool Here(const BootSigns& s) { return s.sight == DumpSight::kHere; }
bool Crashed(const BootSigns& s) { return s.panic || s.capture_ran || s.watchdog; }
bool Orderly(const BootSigns& s) { return s.clean > 0 && !s.panic && !s.capture_ran; }
std::optional<DumpState> Kept(const BootSigns& s) {
  if (s.crash != nullptr) return s.crash->state;
  return s.dump != nullptr ? std::optional(s.dump->state) : std::nullopt;
}

constexpr std::string_view kNoTraceElsewhere = "no_trace_elsewhere";
constexpr std::string_view kCameLate = "dump_came_late";

// The first that holds: what is there decides before what is not.
constexpr std::array kRules{
    Rule{[](const BootSigns& s) { return Kept(s) == DumpState::kComplete; }, BootOutcome::kCaptured,
         Confidence::kHigh, "dump_complete", "it crashed and its dump is whole", false},
    Rule{[](const BootSigns& s) {
           return Kept(s) == DumpState::kUnknown || Kept(s) == DumpState::kWriting;
         },
         BootOutcome::kUnverified, Confidence::kMedium, "dump_not_judged",
         "it crashed, and whether its dump is whole cannot be told", false},
    Rule{[](const BootSigns& s) { return Kept(s).has_value() && s.watchdog; },
         BootOutcome::kPartial, Confidence::kHigh, "reset_during_capture",
         "it crashed, and a watchdog reset the machine while the dump was written", false},
    Rule{[](const BootSigns& s) { return Kept(s).has_value(); }, BootOutcome::kPartial,
         Confidence::kHigh, "capture_failed", "it crashed and its dump is not whole", false},
    Rule{Orderly, BootOutcome::kClean, Confidence::kHigh, "shutdown", "it went down in order",
         false},
    // What was noted as not armed may have been loaded, with a target that was too small.
    Rule{[](const BootSigns& s) {
           return s.panic && !s.capture_ran && s.armed == std::optional(false);
         },
         BootOutcome::kMissed, Confidence::kHigh, "not_armed",
         "it panicked while kdump was not armed", true},
    // A record may also be of the capture kernel's own panic.
    Rule{[](const BootSigns& s) {
           return s.pstore && !s.capture_ran && s.armed == std::optional(true);
         },
         BootOutcome::kMissed, Confidence::kHigh, "hop_failed",
         "it panicked while kdump was armed, and the capture kernel did not take over", true},
    Rule{[](const BootSigns& s) { return !Here(s) && Crashed(s); }, BootOutcome::kUnverified,
         Confidence::kMedium, "elsewhere",
         "it crashed, and its dump would be where this node cannot see it", true},
    Rule{[](const BootSigns& s) { return s.capture_ran && s.watchdog; }, BootOutcome::kMissed,
         Confidence::kMedium, "reset_during_capture",
         "the capture kernel ran, and a watchdog reset the machine before it had kept anything",
         true},
    Rule{[](const BootSigns& s) { return s.capture_ran; }, BootOutcome::kMissed, Confidence::kHigh,
         "capture_failed", "the capture kernel ran and kept nothing", true},
    Rule{[](const BootSigns& s) { return s.panic && s.armed == std::optional(true); },
         BootOutcome::kMissed, Confidence::kMedium, "not_captured",
         "it panicked while kdump was armed, and nothing was kept", true},
    Rule{[](const BootSigns& s) { return s.panic; }, BootOutcome::kMissed, Confidence::kMedium,
         "not_captured", "it panicked, and nothing was kept; whether kdump was armed is not known",
         true},
    Rule{[](const BootSigns& s) { return s.watchdog && s.armed == std::optional(true); },
         BootOutcome::kMissed, Confidence::kMedium, "watchdog_reset",
         "a watchdog reset the machine: it hung without a panic, or while its dump was written",
         true},
    Rule{[](const BootSigns& s) { return s.watchdog; }, BootOutcome::kMissed, Confidence::kMedium,
         "watchdog_reset", "a watchdog reset the machine: it hung", true},
    Rule{[](const BootSigns& s) { return s.unclean && s.watchdog_again; }, BootOutcome::kUnknown,
         Confidence::kLow, "watchdog_unclear",
         "it ended without a shutdown; a watchdog says that it has reset the machine, as it did "
         "before",
         true},
    Rule{[](const BootSigns& s) { return s.unclean && s.armed == std::optional(false); },
         BootOutcome::kUnknown, Confidence::kLow, "no_trace_unarmed",
         "it ended without a shutdown while kdump was not armed: a panic would have left no more",
         true},
    Rule{
        [](const BootSigns& s) { return s.unclean && !Here(s); }, BootOutcome::kUnverified,
        Confidence::kLow, kNoTraceElsewhere,
        "it ended without a shutdown; had it crashed, its dump would be where this node cannot see "
        "it",
        true},
    Rule{[](const BootSigns& s) { return s.unclean && s.armed == std::optional(true); },
         BootOutcome::kPowerLoss, Confidence::kMedium, "no_trace",
         "it ended without a shutdown and without a dump: power loss, a reset from outside, or a "
         "panic whose capture kernel left nothing",
         true},
    Rule{[](const BootSigns& s) { return s.unclean; }, BootOutcome::kUnknown, Confidence::kLow,
         "no_trace_unwatched", "it ended without a shutdown; whether kdump was armed is not known",
         true},
    Rule{[](const BootSigns&) { return true; }, BootOutcome::kUnknown, Confidence::kLow,
         "not_watched", "nothing tells how it ended", true},
};

bool StillInspected(const BootSigns& signs) {
  return signs.crash != nullptr && !IsInspectionOver(*signs.crash) && signs.crash->gone_at == 0;
}
// A dump of that end may yet be found.
bool StillListed(const Facts& facts) {
  if (!facts.dumps.known()) return false;
  return facts.dumps_partial || std::ranges::any_of(facts.dumps.value(), [](const Dump& dump) {
           return dump.state == DumpState::kWriting;
         });
}

// What proves the cause where no log of the capture does; the stronger proof first.
std::optional<CaptureSign> SignOfFailure(const BootSigns& signs) {
  const std::string_view reason = signs.crash != nullptr  ? std::string_view(signs.crash->reason)
                                  : signs.dump != nullptr ? std::string_view(signs.dump->reason)
                                                          : std::string_view();
  if (reason == "incomplete_flag") return CaptureSign::kHeaderIncomplete;
  if (signs.watchdog) return CaptureSign::kWatchdogReset;
  if (signs.pstore && !signs.capture_ran && signs.armed == std::optional(true)) {
    return CaptureSign::kPanicRecord;
  }
  // The log is saved first; what comes after it may never have reached the disk.
  if (reason == "unfinished_name" || Kept(signs) == DumpState::kLogOnly) {
    return CaptureSign::kUnfinishedName;
  }
  return std::nullopt;
}

void TakeCause(const BootSigns& signs, BootRecord& record) {
  if (record.outcome != BootOutcome::kPartial && record.outcome != BootOutcome::kMissed) return;
  // Nothing could capture it. What did, though nobody thought that it would, tells why it failed.
  const bool captured = signs.capture_ran || Kept(signs).has_value();
  if (record.armed == std::optional(false) && !captured) return;
  if (signs.failure) {
    record.cause = signs.failure->code;
    record.cause_line = signs.failure->line;
  } else if (const auto sign = SignOfFailure(signs)) {
    const CaptureFailureRule& rule = CaptureFailureBy(*sign);
    record.cause = rule.code;
    record.cause_line = rule.words;
  }
}

Confidence Doubted(const BootSigns& signs, const Rule& rule) {
  // One that says so where three could have is one that may be wrong.
  if (rule.outcome == BootOutcome::kClean && (signs.clean < 2 || signs.unclean)) {
    return Confidence::kMedium;
  }
  return rule.confidence;
}

}  // namespace

std::optional<BootRecord> DecideBoot(const EndedBoot& boot, const BootEvidence& evidence) {
  const BootSigns signs = SignsOf(boot, evidence);
  if (StillInspected(signs)) return std::nullopt;
  if (StillListed(evidence.facts) && !evidence.settled) return std::nullopt;
  const auto* rule =
      std::ranges::find_if(kRules, [&](const Rule& candidate) { return candidate.holds(signs); });
  if (rule->waits && !evidence.settled) return std::nullopt;
  BootRecord record;
  record.boot_id = boot.boot_id;
  record.began = boot.began;
  record.ended_by = boot.ended_by;
  record.last_sign = std::max(boot.last_sign, signs.panic_at);
  if (signs.crash != nullptr && signs.crash->dated && IsWithin(signs.crash->crash_time, record)) {
    record.last_sign = std::max(record.last_sign, signs.crash->crash_time);
  }
  record.outcome = rule->outcome;
  record.confidence = Doubted(signs, *rule);
  record.reason = rule->reason;
  record.message = rule->message;
  record.evidence = signs.evidence;
  record.armed = signs.armed;
  if (boot.heartbeat != nullptr) record.kernel_release = boot.heartbeat->kernel_release;
  if (signs.crash != nullptr) record.crash_id = signs.crash->id;
  TakeCause(signs, record);
  if (signs.drill) record.drill = evidence.drill->id;
  // Of what nobody watched only a crash that has left a trace is told.
  const bool mere = evidence.undecided.empty() || rule->reason == kNoTraceElsewhere;
  record.historic = boot.heartbeat == nullptr && mere;
  record.decided_at = evidence.facts.now;
  return record;
}

std::vector<BootReason> BootReasons() {
  std::vector<BootReason> reasons;
  for (const Rule& rule : kRules) {
    const BootReason reason{rule.reason, rule.outcome};
    if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
  }
  reasons.push_back({kCameLate, BootOutcome::kCaptured});
  reasons.push_back({kCameLate, BootOutcome::kPartial});
  return reasons;
}

std::optional<BootRecord> ReviseBoot(const BootRecord& boot, std::span<const CrashRecord> records) {
  const bool open = boot.outcome != BootOutcome::kClean && boot.outcome != BootOutcome::kCaptured &&
                    boot.outcome != BootOutcome::kPartial && !boot.boot_id.empty();
  if (!open) return std::nullopt;
  for (const CrashRecord& record : records) {
    if (record.historic) continue;  // it is asked for late, and did not come late
    const bool within = record.ended_boot.empty() && record.dated && boot.began != 0 &&
                        record.sealed_at >= boot.decided_at && IsWithin(record.crash_time, boot);
    const bool judged = IsInspectionOver(record) && record.state != DumpState::kUnknown;
    if (!record.has_dump() || !judged || !(record.ended_boot == boot.boot_id || within)) continue;
    BootRecord revised = boot;
    const bool whole = record.state == DumpState::kComplete;
    revised.outcome = whole ? BootOutcome::kCaptured : BootOutcome::kPartial;
    revised.confidence = Confidence::kHigh;
    revised.reason = kCameLate;
    revised.message = whole ? "it crashed and its dump, which came late, is whole"
                            : "it crashed and its dump, which came late, is not whole";
    revised.crash_id = record.id;
    // Why nothing had come is not why what came is as it is.
    revised.cause.clear();
    revised.cause_line.clear();
    revised.evidence.push_back(
        {"dumps", Cat(Printable(record.directory), " is ", Name(record.state))});
    return revised;
  }
  return std::nullopt;
}

std::optional<CrashRecord> CrashWithoutDump(const BootRecord& boot,
                                            std::span<const CrashRecord> records,
                                            std::string_view machine_id, const Inspection* log) {
  const bool missed = boot.outcome == BootOutcome::kMissed;
  const bool unverified = boot.outcome == BootOutcome::kUnverified && boot.crash_id.empty();
  if (boot.historic || !boot.drill.empty() || !(missed || unverified)) return std::nullopt;
  const auto known = std::ranges::find(records, boot.boot_id, &CrashRecord::ended_boot);
  if (boot.boot_id.empty() || known != records.end()) return std::nullopt;
  CrashRecord record;
  record.crash_time = boot.last_sign;
  record.id = CrashId(machine_id, boot.boot_id, record.crash_time);
  record.sealed_at = boot.decided_at;
  record.ended_boot = boot.boot_id;
  record.ended_began = boot.began;
  record.ended_by = boot.ended_by;
  record.state = DumpState::kUnknown;
  record.reason = boot.reason;
  record.title = boot.message;
  record.cause = boot.cause;
  record.cause_line = boot.cause_line;
  record.inspection = InspectionState::kDone;  // there is nothing to inspect
  record.kernel_release = boot.kernel_release;
  if (log != nullptr && log->crash) {
    record.category = log->crash->category;
    record.signature = log->crash->signature.hash;
    if (!log->crash->title.empty()) record.title = log->crash->title;
  }
  record.counted = CountedAs{record.category, missed ? Capture::kMissed : Capture::kUnverified};
  // Perhaps it was no crash at all: no crash of any kernel.
  if (boot.reason == kNoTraceElsewhere) {
    record.counted.reset();
    record.kernel_release.clear();
  }
  return record;
}

}  // namespace kdumpd
