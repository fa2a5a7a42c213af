// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "daemon/core/crash_episodes.h"
#include "daemon/core/kernel_line.h"

// Which of all lines that announce something is why the kernel is no more.
namespace kdumpd {

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

}  // namespace kdumpd
