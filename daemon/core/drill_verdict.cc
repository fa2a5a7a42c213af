// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <utility>

#include "daemon/core/drill.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// By the header of the dump: a clock that was set in between, and the time that a panic takes.
constexpr std::int64_t kEarlySeconds = 5;
constexpr std::int64_t kLateSeconds = 300;
constexpr std::int64_t kZonesSeconds = 15LL * 3600;
// A longer time between two of our own marks comes from a clock that was wrong.
constexpr std::int64_t kLongestSeconds = 86'400;

std::int64_t SecondsBetween(std::int64_t from, std::int64_t to) {
  if (from <= 0 || to < from || to - from > kLongestSeconds) return 0;
  return to - from;
}

std::string After(std::int64_t seconds, std::string_view what) {
  if (seconds <= 0) return "";
  return Cat(", ", what, ' ', FormatSeconds(static_cast<std::uint64_t>(seconds)),
             " after the crash");
}

class Judge {
 public:
  Judge(const DrillIntent& intent, const DrillView& view) : intent_(intent), view_(view) {
    record_.intent = intent;
    record_.crash_time = intent.crash_at;
    record_.judged_at = view.now;
  }

  std::optional<DrillRecord> Verdict() {
    if (intent_.crash_at == 0) return NeverAsked();
    if (view_.boot_id.empty()) return std::nullopt;
    if (view_.boot_id == intent_.boot_id) return StillTheSameBoot();
    if (view_.boot == nullptr && view_.all_decided) {
      return Unverified("boot_unknown", "nothing is on record of the boot that it was to crash");
    }
    if (view_.boot == nullptr) return std::nullopt;
    if (view_.boot->drill.empty()) {
      return Failed("did_not_crash", "the node did not crash when it was asked to");
    }
    // What was kept of it counts for more than what the boot was judged by.
    if (view_.crash != nullptr && view_.boot->outcome != BootOutcome::kClean) {
      return Kept(*view_.crash);
    }
    switch (view_.boot->outcome) {
      case BootOutcome::kClean:
        return Failed("did_not_crash", "the node went down in order instead of crashing");
      case BootOutcome::kCaptured:
        if (!Waited()) return std::nullopt;
        return Unverified("no_record", "a dump was kept, and there is no record of it to compare");
      case BootOutcome::kPartial:
        return Partial();
      case BootOutcome::kUnverified:
        return Unverified("target_not_visible",
                          "this node cannot see whether the dump has arrived");
      case BootOutcome::kMissed:
        return Failed("not_captured", Cat("the node crashed, and no dump was kept", Cause()));
      case BootOutcome::kPowerLoss:
      case BootOutcome::kUnknown:
        break;
    }
    return Failed("not_captured", Cat("the node went down, and no dump was kept", Cause()));
  }

 private:
  DrillRecord Ended(DrillResult result, std::string reason, std::string message) {
    record_.result = result;
    record_.reason = std::move(reason);
    record_.message = std::move(message);
    return record_;
  }
  DrillRecord Failed(std::string reason, std::string message) {
    return Ended(DrillResult::kFailed, std::move(reason), std::move(message));
  }
  DrillRecord Unverified(std::string reason, std::string message) {
    return Ended(DrillResult::kUnverified, std::move(reason), std::move(message));
  }

  // Whoever asked for it was ended before the crash; if the node went down, it was not by this.
  std::optional<DrillRecord> NeverAsked() {
    const bool over = !view_.boot_id.empty() && view_.boot_id != intent_.boot_id;
    if (!over && view_.now < intent_.requested_at + kNoCrashSeconds) return std::nullopt;
    return Ended(DrillResult::kCancelled, "abandoned",
                 "it was given up before the crash was asked for");
  }

  std::optional<DrillRecord> StillTheSameBoot() {
    if (view_.now < intent_.crash_at + kNoCrashSeconds) return std::nullopt;
    const auto since = static_cast<std::uint64_t>(view_.now - intent_.crash_at);
    return Failed("did_not_crash", Cat("the node still runs ", FormatSeconds(since),
                                       " after the crash was asked for"));
  }

  [[nodiscard]] bool Waited() const { return view_.now >= view_.boot->decided_at + kRearmSeconds; }
  [[nodiscard]] std::string Cause() const {
    return view_.boot->cause.empty() ? "" : Cat(": ", Printable(view_.boot->cause));
  }

  std::optional<DrillRecord> Kept(const CrashRecord& crash) {
    if (!IsInspectionOver(crash)) return std::nullopt;
    record_.crash_id = crash.id;
    if (!IsCrashOf(intent_, crash)) {
      return Failed("another_crash", Cat("the dump is of another crash: ",
                                         Printable(crash.title.empty() ? crash.id : crash.title)));
    }
    if (crash.dated) record_.crash_time = crash.crash_time;
    record_.dump_seconds = SecondsBetween(record_.crash_time, view_.dump_written_at);
    switch (CaptureOf(crash)) {
      case Capture::kCaptured:
        return Captured();
      case Capture::kUnverified:
        return Unverified("dump_unknown",
                          Cat("it cannot be told whether the dump is whole", Detail(crash)));
      case Capture::kPartial:
      case Capture::kMissed:
        break;
    }
    return Partial();
  }

  [[nodiscard]] static std::string Detail(const CrashRecord& crash) {
    return crash.reason.empty() ? "" : Cat(": ", Printable(crash.reason));
  }

  DrillRecord Partial() {
    record_.dump_seconds = 0;  // what was written then is no dump
    std::string why = Cause();
    if (why.empty() && view_.crash != nullptr) {
      why = Cat(": it is ", Name(view_.crash->state), Detail(*view_.crash));
    }
    return Failed("partial", Cat("the node crashed, and the dump is not whole", why));
  }

  std::optional<DrillRecord> Captured() {
    const std::string written = After(record_.dump_seconds, "written");
    if (view_.armed_since == 0) {
      if (!Waited()) return std::nullopt;
      return Failed("not_armed_again",
                    Cat("the dump is whole", written, ", and the node was not armed again within ",
                        FormatSeconds(kRearmSeconds)));
    }
    record_.back_seconds = SecondsBetween(record_.crash_time, view_.armed_since);
    return Ended(DrillResult::kPassed, "captured",
                 Cat("the dump is whole", written, After(record_.back_seconds, "armed again")));
  }

  const DrillIntent& intent_;
  const DrillView& view_;
  DrillRecord record_;
};

}  // namespace

bool IsCrashOf(const DrillIntent& intent, const CrashRecord& crash) {
  if (intent.crash_at == 0) return false;
  if (crash.dated) {
    if (crash.crash_time < intent.crash_at - kEarlySeconds) return false;
    if (crash.crash_time > intent.crash_at + kLateSeconds) return false;
  } else if (crash.mark.mtime < intent.crash_at ||
             std::abs(crash.crash_time - intent.crash_at) > kZonesSeconds) {
    // The stamp of a directory has minutes only, and any time zone.
    return false;
  }
  if (!IsInspectionOver(crash) || crash.category == CrashCategory::kSysrq) return true;
  // Without a log nothing was said of the cause.
  return crash.category == CrashCategory::kUnknown && crash.title.empty();
}

std::optional<DrillRecord> JudgeDrill(const DrillIntent& intent, const DrillView& view) {
  return Judge(intent, view).Verdict();
}

}  // namespace kdumpd
