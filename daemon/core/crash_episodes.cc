// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_episodes.h"

#include <algorithm>

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
    if (lines[i].user) continue;
    auto event = FindEvent(lines[i].text);
    if (!event) continue;
    event->line = i;
    events.push_back(*event);
  }
  std::ranges::reverse(events);
  return events;
}

// What die() calls what was announced as that: a BUG is an illegal instruction, an overrun stack
// shows in many ways.
bool Fits(CrashCategory announced, CrashCategory died) {
  using enum CrashCategory;
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

// The line that counts belongs to what was said a few lines before. Signs may stand between.
bool Joins(const CrashEvent& event, std::vector<CrashEpisode>& episodes) {
  if (!event.die) return false;
  const auto before = std::ranges::find_if(
      episodes.rbegin(), episodes.rend(),
      [](const CrashEpisode& episode) { return episode.event.weight != EventWeight::kSign; });
  if (before == episodes.rend() || before->event.weight != EventWeight::kFault || before->counted ||
      event.line - before->last > kHeaderLines || !Fits(before->event.category, event.category)) {
    return false;
  }
  before->last = event.line;
  before->counted = true;
  before->event.die_counter = event.die_counter;
  return true;
}

bool IsSupported(KernelLines lines, std::size_t begin, std::size_t end) {
  if (lines.size() - begin < kCutLines) return true;
  end = std::min(end, begin + kSupportLines);
  return std::ranges::any_of(lines.subspan(begin, end - begin), [](const KernelLine& line) {
    return !line.user && (ParseCpuLine(line.text) || ParseTaskName(line.text));
  });
}

bool Follows(KernelLines lines, const CrashEpisode& panic, std::span<const CrashEpisode> before) {
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
    all[i].supported = IsSupported(lines, all[i].last + 1, EndOfEpisode(all, i, lines.size()));
  }
  const bool any =
      std::ranges::any_of(all, [](const auto& e) { return IsFatal(e) && e.supported; });
  if (!any) return all;
  std::vector<CrashEpisode> kept;
  for (const CrashEpisode& episode : all) {
    const bool panic = episode.event.weight == EventWeight::kPanic;
    if (!IsFatal(episode) || episode.supported ||
        (panic && (Follows(lines, episode, kept) || FaultsItself(lines, episode)))) {
      kept.push_back(episode);
    }
  }
  return kept;
}

std::size_t EndOfEpisode(std::span<const CrashEpisode> episodes, std::size_t index,
                         std::size_t lines) {
  const auto later = episodes.subspan(index + 1);
  const auto next = std::ranges::find_if(
      later, [](const CrashEpisode& e) { return e.event.weight != EventWeight::kSign; });
  return next == later.end() ? lines : next->event.line;
}

bool AreNear(KernelLines lines, const CrashEpisode& one, const CrashEpisode& other) {
  const auto before = lines[one.last].time_us, after = lines[other.event.line].time_us;
  if (before && after) return *after >= *before && *after - *before <= kChainUs;
  return other.event.line - one.last <= kChainLines;
}

}  // namespace kdumpd
