// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/core/fact.h"

namespace kdumpd {

// Settings of the running kernel that are one number in one file. What each means stands at the
// check that judges it; where it lies, in the table of knobs.cc.
enum class Knob : std::uint8_t {
  kOopsLimit,
  kWarnLimit,
  kOopsCount,
  kWarnCount,
  kSoftlockupPanic,
  kWatchdog,
  kWatchdogThreshold,
  kHardlockupPanic,
  kNmiWatchdog,
  kHungTaskPanic,
  kHungTaskTimeout,
  kPanicOnRcuStall,
  kMaxRcuStallToPanic,
  kUnknownNmiPanic,
  kPanicOnUnrecoveredNmi,
  kPanicOnIoNmi,
  kPanicOnWarn,
  kPanicOnOom,
  kSysrq,
  kPostNotifiers,  // crash_kexec_post_notifiers, Y or N in its file
  kPanicPrint,
  kFtraceDumpOnOops,
  kKptrRestrict,
  kTainted,
  kSoftdogSoftPanic,
};
inline constexpr std::size_t kKnobs = 25;

// The file, as the node names it.
[[nodiscard]] std::string_view PathOf(Knob knob);

// Absent: this kernel was built without it. "Y" and "N" read as 1 and 0.
using Knobs = std::array<Fact<std::int64_t>, kKnobs>;

}  // namespace kdumpd
