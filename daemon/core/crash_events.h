// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/core/crash_report.h"

// Which lines of a kernel log announce that something broke: two tables, in crash_events.cc and
// panic_rules.cc.
namespace kdumpd {

enum class EventWeight {
  kSign,    // explains what follows and is no crash of its own
  kReport,  // the kernel goes on unless told to panic
  kHang,    // the same of something that does not go on
  kFault,   // the task or the kernel dies of it
  kPanic,
};

struct CrashEvent {
  std::size_t line = 0;  // its index; the finder leaves it and the caller alone
  CrashCategory category = CrashCategory::kUnknown;
  EventWeight weight = EventWeight::kSign;
  // The line that counts the oopses: "Oops: 0002 [#1]". Most follow a line that says more.
  bool die = false;
  std::uint32_t die_counter = 0;
  std::string_view caller;  // who printed it, where the log says; ""
};

// What a message announces, by how it begins; nothing for all others.
[[nodiscard]] std::optional<CrashEvent> FindEvent(std::string_view message);

// How many rows the tables have, so that none is added without a test.
struct RuleCounts {
  std::size_t events, dies, panics;
};
[[nodiscard]] RuleCounts CountRules();

// "watchdog: BUG: soft lockup" without the part that names who prints it.
[[nodiscard]] std::string_view WithoutReporter(std::string_view message);

inline constexpr std::string_view kPanicStart = "Kernel panic - not syncing: ";

// What the text after kPanicStart says.
struct PanicRule {
  std::string_view start;     // it begins so
  std::string_view contains;  // and has this in it; "" is always
  CrashCategory category = CrashCategory::kPanicOther;
  // It only says that the kernel gave up over something that it has reported before.
  bool consequence = false;
};
[[nodiscard]] std::size_t CountPanicRules();
[[nodiscard]] const PanicRule& RuleOfPanic(std::string_view message);
// Whether a panic by that rule may be the consequence of that event.
[[nodiscard]] bool Explains(const CrashEvent& event, const PanicRule& rule);

}  // namespace kdumpd
