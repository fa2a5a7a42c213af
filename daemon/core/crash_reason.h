// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "daemon/core/crash_events.h"
#include "daemon/core/kernel_line.h"

// Which of all lines that announce something is why the kernel is no more.
namespace kdumpd {

// What belongs together: "BUG: kernel NULL pointer dereference" and its "Oops: 0002 [#1]".
struct CrashEpisode {
  CrashEvent event;        // of the first line
  std::size_t last = 0;    // its last line that is an event
  bool counted = false;    // with a line that counts the oopses
  bool supported = false;  // a processor and its task follow: a mere quotation has none
};

struct CrashReason {
  CrashEpisode episode;
  CrashCategory category = CrashCategory::kUnknown;
  bool fatal = true;
  std::optional<std::size_t> panic;  // the line that decided, where there is one
  std::size_t end = 0;               // one past the last line that is about it
  std::size_t boot = 0;              // the first line of the boot that crashed
  std::size_t boot_end = 0;          // one past its last
  std::uint32_t oopses = 0;          // the highest [#N] of that boot
};

// Of the lines of a log, oldest first. Nothing when they announce nothing.
[[nodiscard]] std::optional<CrashReason> FindCrashReason(std::span<const KernelLine> lines);
// Of all events the newest this many count.
inline constexpr std::size_t kMaxEvents = 4096;

}  // namespace kdumpd
