// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_evidence.h"

namespace kdumpd {

// How a boot ended. Public contract (metric label, API): never renumbered, only added to.
enum class BootOutcome {
  kClean,       // it went down in order
  kCaptured,    // the kernel crashed and its dump is whole
  kPartial,     // it crashed, and something of it was kept
  kMissed,      // it crashed, and nothing was kept
  kUnverified,  // this node cannot see whether a dump was kept, or whether it crashed at all
  kPowerLoss,   // it ended without any trace that a crash would have left
  kUnknown,     // cannot be told
};
inline constexpr int kBootOutcomes = 7;
[[nodiscard]] std::string_view Name(BootOutcome outcome);

enum class Confidence { kLow, kMedium, kHigh };
inline constexpr int kConfidences = 3;
[[nodiscard]] std::string_view Name(Confidence confidence);

// One thing that was looked at, and what it says.
struct BootSign {
  std::string source;  // "heartbeat", "wtmp", "journal", "pstore", "watchdog", "dumps", "drill"
  std::string says;    // one sentence; printable

  friend bool operator==(const BootSign&, const BootSign&) = default;
};

// A boot that is over, and how it ended. Times in seconds since the epoch, 0: not known.
struct BootRecord {
  std::string boot_id{};       // BootIdOf; "" not known
  std::int64_t began = 0;      // the boot
  std::int64_t last_sign = 0;  // the last that anybody noted of it
  std::int64_t ended_by = 0;   // when the boot after it began
  BootOutcome outcome = BootOutcome::kUnknown;
  Confidence confidence = Confidence::kLow;
  std::string reason{};   // stable code
  std::string message{};  // one sentence
  std::vector<BootSign> evidence{};
  std::optional<bool> armed{};   // at the last heartbeat
  std::string kernel_release{};  // by the same; "" not known
  std::string cause{};           // of a capture that failed: CaptureFailureOf; "" not known
  std::string cause_line{};      // that proves it
  std::string crash_id{};        // the crash record, "" none
  std::string drill{};           // the drill that ended it, "" none
  bool historic = false;         // from before the daemon's first look: no crash is counted
  std::int64_t decided_at = 0;

  friend bool operator==(const BootRecord&, const BootRecord&) = default;
};

// Within the life of the boot and its capture kernel, exactly: a node may crash again in the first
// seconds of the next one, and that is another crash.
[[nodiscard]] bool IsWithin(std::int64_t time, const BootRecord& boot);
// What clocks may be off, where nothing else contradicts.
inline constexpr std::int64_t kClockStep = 5;    // a clock that is set while the boot begins
inline constexpr std::int64_t kClockSlack = 60;  // and while the next one does

}  // namespace kdumpd
