// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/core/crash_events.h"
#include "daemon/core/kernel_line.h"

// The lines of a log that announce something, those of one event together.
namespace kdumpd {

// What belongs together: "BUG: kernel NULL pointer dereference" and its "Oops: 0002 [#1]".
struct CrashEpisode {
  CrashEvent event;        // of the first line
  std::size_t last = 0;    // its last line that is an event
  bool counted = false;    // with a line that counts the oopses
  bool supported = false;  // a processor and its task follow: a mere quotation has none
};

// Of the lines of a log, oldest first, the newest kMaxEvents, without what only quotes: logs do not
// always say who wrote a line, so that what claims to be fatal and is not supported is passed over
// when there is something that is. (A panic after an oops prints no processor.)
[[nodiscard]] std::vector<CrashEpisode> FindEpisodes(std::span<const KernelLine> lines);
inline constexpr std::size_t kMaxEvents = 4096;

// One past the last line that can be about an episode.
[[nodiscard]] std::size_t EndOfEpisode(std::span<const CrashEpisode> episodes, std::size_t index,
                                       std::span<const KernelLine> lines);
// Whether one episode may have led to the other: ten seconds, or some lines where there is no time.
[[nodiscard]] bool AreNear(std::span<const KernelLine> lines, const CrashEpisode& one,
                           const CrashEpisode& other);
// Lines to look at after an episode for its processor: arm64 prints the modules first.
inline constexpr std::size_t kSupportLines = 80;

}  // namespace kdumpd
