// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_episodes.h"

#include <algorithm>

#include "daemon/core/call_trace.h"
#include "daemon/core/crash_details.h"

namespace kdumpd {
namespace {

using KernelLines = std::span<const KernelLine>;

constexpr std::size_t kHeaderLines = 24;  // from what broke to the line of die(): arm64 has 12
constexpr std::size_t kFollowed = 64;     // episodes that a panic may be the consequence of
constexpr std::size_t kCutLines = 4;      // where so few follow, the log ends in the middle
constexpr std::size_t kChainLines = 160;  // of logs without times
constexpr std::uint64_t kChainUs = 10'000'000;

// The newest first, so that no flood of older ones matters.
std::vector<CrashEvent> FindEvents(KernelLines lines) {
  std::vector<CrashEvent> events;
  for (std::size_t i = lines.size(); i-- > 0 && events.size() < kMaxEvents;) {
    if (lines[i].user || lines[i].further) continue;
    auto event = FindEvent(lines[i].text);
    if (!event) continue;
    event->line = i;
    event->caller = lines[i].caller;
    events.push_back(*event);
  }
  std::ranges::reverse(events);
  return events;
}

// What die() calls what was announced as that: a BUG is an illegal instruction, an overrun stack
// shows in many ways.
bool Fits(CrashCategory announced, CrashCategory died) {
  using enum CrashCategory;
  if (died == kUnknown) return true;
  switch (announced) {
    case kNullDereference:
    case kPageFault:
      return died == kPageFault;
    case kKernelBug:
      return died == kKernelBug || died == kInvalidOpcode;
    case kDoubleFault:
    case kStackCorruption:
      return died == kDoubleFault || died == kStackCorruption || died == kPageFault;
    default:
      return died == announced;
  }
}

// Printed by the same task or processor, as far as the log says.
bool AreOfOne(const CrashEvent& one, const CrashEvent& other) {
  return one.caller.empty() || other.caller.empty() || one.caller == other.caller;
}

// The line that counts belongs to what was announced a few lines before. What others report, and
// what only explains, may stand between.
bool Joins(const CrashEvent& event, std::vector<CrashEpisode>& episodes) {
  if (!event.die) return false;
  for (std::size_t i = episodes.size(); i-- > 0;) {
    CrashEpisode& before = episodes[i];
    if (event.line - before.last > kHeaderLines) return false;
    if (before.event.weight < EventWeight::kFault || !AreOfOne(before.event, event)) continue;
    if (before.event.weight == EventWeight::kPanic || before.counted ||
        !Fits(before.event.category, event.category)) {
      return false;
    }
    before.last = event.line;
    before.counted = true;
    before.event.die_counter = event.die_counter;
    return true;
  }
  return false;
}

// A processor and its task; `cut`: or the log ends before they could stand there, behind the line
// that counts.
bool IsSupported(KernelLines lines, const CrashEpisode& episode, std::size_t end) {
  const std::size_t begin = episode.last + 1;
  end = std::min(end, begin + kSupportLines);
  return std::ranges::any_of(lines.subspan(begin, end - begin), [](const KernelLine& line) {
    return !line.user && (ParseCpuLine(line.text) || ParseTaskName(line.text));
  });
}
bool IsCutOff(KernelLines lines, const CrashEpisode& episode) {
  return episode.counted && lines.size() - episode.last - 1 < kCutLines;
}

bool IsConsequence(KernelLines lines, const CrashEpisode& panic,
                   std::span<const CrashEpisode> before) {
  before = before.last(std::min(before.size(), kFollowed));
  return std::ranges::any_of(before, [&](const CrashEpisode& episode) {
    const EventWeight weight = episode.event.weight;
    return weight >= EventWeight::kReport && weight < EventWeight::kPanic &&
           AreNear(lines, episode, panic);
  });
}

// A fault on the way into the capture kernel has the panic in its stack.
bool FaultsItself(KernelLines lines, const CrashEpisode& panic) {
  const std::size_t begin = panic.last + 1;
  const std::size_t end = std::min(lines.size(), begin + 2 * kSupportLines);
  bool fault = false;
  for (std::size_t i = begin; i < end; ++i) {
    if (lines[i].user) continue;
    const auto event = FindEvent(lines[i].text);
    if (event && event->weight == EventWeight::kPanic) return false;
    fault = fault || (event && event->weight == EventWeight::kFault);
    if (fault && lines[i].text.contains("panic+0x")) return true;
  }
  return false;
}

bool IsFatal(const CrashEpisode& episode) { return episode.event.weight >= EventWeight::kFault; }

}  // namespace

std::vector<CrashEpisode> FindEpisodes(KernelLines lines) {
  std::vector<CrashEpisode> all;
  for (const CrashEvent& event : FindEvents(lines)) {
    if (!Joins(event, all)) all.push_back({event, event.line, event.die, false});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].supported =
        IsSupported(lines, all[i], EndOfEpisode(all, i, lines)) || IsCutOff(lines, all[i]);
  }
  const bool any =
      std::ranges::any_of(all, [](const auto& e) { return IsFatal(e) && e.supported; });
  if (!any) return all;
  std::vector<CrashEpisode> kept;
  for (const CrashEpisode& episode : all) {
    const bool panic = episode.event.weight == EventWeight::kPanic;
    if (!IsFatal(episode) || episode.supported ||
        (panic && (IsConsequence(lines, episode, kept) || FaultsItself(lines, episode)))) {
      kept.push_back(episode);
    }
  }
  return kept;
}

std::size_t EndOfEpisode(std::span<const CrashEpisode> episodes, std::size_t index,
                         KernelLines lines) {
  const CrashEpisode& episode = episodes[index];
  bool stack = false;
  std::size_t seen = episode.last + 1;
  for (const CrashEpisode& later : episodes.subspan(index + 1)) {
    // It stands between what was announced and the line that counts.
    if (later.event.line <= episode.last) continue;
    if (later.event.weight == EventWeight::kSign || !AreOfOne(later.event, episode.event)) continue;
    // Others report in between; what faults prints its stack all the same.
    const std::size_t upto = std::min(later.event.line, seen + kSupportLines);
    for (; seen < upto && !stack; ++seen) {
      stack = !lines[seen].user && BeginsTrace(lines[seen].text);
    }
    const bool between = later.event.weight < EventWeight::kFault;
    if (episode.event.weight == EventWeight::kFault && between && !stack &&
        later.event.line - episode.last < kSupportLines) {
      continue;
    }
    return later.event.line;
  }
  return lines.size();
}

bool AreNear(KernelLines lines, const CrashEpisode& one, const CrashEpisode& other) {
  const auto before = lines[one.last].time_us, after = lines[other.event.line].time_us;
  if (before && after) return *after >= *before && *after - *before <= kChainUs;
  return other.event.line - one.last <= kChainLines;
}

}  // namespace kdumpd
