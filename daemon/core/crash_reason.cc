// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_reason.h"

#include <algorithm>
#include <vector>

#include "daemon/core/crash_details.h"

namespace kdumpd {
namespace {

using KernelLines = std::span<const KernelLine>;

constexpr std::size_t kSysrqLines = 8;
// What has lost a task may go on for a while, until somebody waits for what that task held.
constexpr std::uint64_t kLaterUs = 600'000'000;
constexpr std::uint64_t kSoonUs = 300'000'000;
constexpr std::uint64_t kBannerUs = 1'000'000;

// The banner of a boot: of what a serial console has recorded there may be several.
bool IsBanner(const KernelLine& line) {
  return line.text.starts_with(kBanner) && line.time_us.value_or(0) < kBannerUs;
}

class ReasonFinder {
 public:
  explicit ReasonFinder(KernelLines lines) : lines_(lines), episodes_(FindEpisodes(lines)) {}

  std::optional<CrashReason> Find() {
    auto deciding = Deciding();
    if (!deciding) return Survived();
    deciding = Cut(*deciding);
    if (IsSysrq(*deciding)) return Sysrq(*deciding);
    if (episodes_[*deciding].event.weight == EventWeight::kPanic) return OfPanic(*deciding);
    return Reason(First(*deciding));
  }

 private:
  using Index = std::size_t;

  [[nodiscard]] std::size_t EndOf(Index index) const {
    return EndOfEpisode(episodes_, index, lines_);
  }
  [[nodiscard]] bool Near(const CrashEpisode& one, const CrashEpisode& other) const {
    return AreNear(lines_, one, other);
  }

  [[nodiscard]] std::optional<Index> Last(EventWeight weight) const {
    for (Index i = episodes_.size(); i-- > 0;) {
      if (episodes_[i].event.weight == weight) return i;
    }
    return std::nullopt;
  }

  // The last panic, or the last fault when it is later than what a panic could have led to.
  [[nodiscard]] std::optional<Index> Deciding() const {
    const auto panic = Last(EventWeight::kPanic), fault = Last(EventWeight::kFault);
    if (!panic || !fault) return panic ? panic : fault;
    if (*fault < *panic || Near(episodes_[*panic], episodes_[*fault])) return panic;
    return fault;
  }

  // Leaves the boot that crashed, and nothing after its end. Gives the index anew.
  Index Cut(Index deciding) {
    const std::size_t line = episodes_[deciding].event.line;
    for (boot_ = line; boot_ > 0 && !IsBanner(lines_[boot_]);) --boot_;
    for (end_ = line + 1; end_ < lines_.size() && !IsBanner(lines_[end_]);) ++end_;
    const auto outside = [&](const CrashEpisode& episode) {
      return episode.event.line < boot_ || episode.event.line >= end_;
    };
    const auto before = std::ranges::count_if(
        episodes_, [&](const CrashEpisode& e) { return e.event.line < boot_; });
    std::erase_if(episodes_, outside);
    return deciding - static_cast<Index>(before);
  }

  [[nodiscard]] std::optional<Index> SysrqBefore(Index index) const {
    for (Index i = index; i-- > 0;) {
      if (episodes_[index].event.line - episodes_[i].event.line > kSysrqLines) break;
      if (episodes_[i].event.category == CrashCategory::kSysrq) return i;
    }
    return std::nullopt;
  }
  // Whoever pressed the keys wanted it: kernels before 4.20 dereference NULL on purpose, there.
  [[nodiscard]] bool IsSysrq(Index index) const {
    if (episodes_[index].event.weight != EventWeight::kFault || !SysrqBefore(index)) return false;
    const std::size_t begin = episodes_[index].event.line;
    return std::ranges::any_of(
        lines_.subspan(begin, EndOf(index) - begin),
        [](const KernelLine& line) { return line.text.contains("sysrq_handle_crash"); });
  }

  // A panic is the end of what was reported, not of what was survived: within five minutes, which a
  // serial console takes for the stacks of many processors.
  [[nodiscard]] bool IsSoon(const CrashEpisode& one, const CrashEpisode& other) const {
    const auto before = lines_[one.last].time_us, after = lines_[other.event.line].time_us;
    return !before || !after || (*after >= *before && *after - *before <= kSoonUs);
  }

  // Of what happens in a kernel that has lost a task to a fault before: "Tainted: G      D".
  [[nodiscard]] bool Follows(Index later, Index fault) const {
    const CrashEpisode &one = episodes_[fault], &other = episodes_[later];
    if (Near(one, other)) return true;
    const auto before = lines_[one.last].time_us, after = lines_[other.event.line].time_us;
    const bool soon = !before || !after || (*after >= *before && *after - *before <= kLaterUs);
    return soon && (other.event.die_counter > 1 || HasDied(later));
  }
  [[nodiscard]] bool HasDied(Index index) const {
    const std::size_t begin = episodes_[index].last + 1;
    const std::size_t end = std::min(EndOf(index), begin + kSupportLines);
    for (std::size_t line = begin; line < end; ++line) {
      CpuLine cpu;
      if (!lines_[line].user && ParseTaint(lines_[line].text, cpu)) return cpu.taint.contains('D');
    }
    return false;
  }
  [[nodiscard]] std::optional<Index> FaultBefore(Index index) const {
    for (Index i = index; i-- > 0;) {
      if (episodes_[i].event.weight == EventWeight::kFault) return i;
    }
    return std::nullopt;
  }

  // Where a chain of faults began: one leads to the next within moments.
  [[nodiscard]] Index First(Index index) const {
    Index first = index;
    if (episodes_[index].event.weight != EventWeight::kFault && !HasDied(index)) return index;
    for (auto fault = FaultBefore(first); fault && Follows(first, *fault);) {
      first = *fault;
      fault = FaultBefore(first);
    }
    return first;
  }

  std::optional<CrashReason> OfPanic(Index panic) {
    const std::string_view text = lines_[episodes_[panic].event.line].text;
    const PanicRule& rule = RuleOfPanic(text.substr(kPanicStart.size()));
    auto reason = Reason(panic);
    reason.panic = episodes_[panic].event.line;
    reason.category = rule.category;
    for (Index i = panic; i-- > 0;) {
      const CrashEpisode& before = episodes_[i];
      // An init that is killed by an oops: the oops is why.
      const bool oops = rule.category == CrashCategory::kInitKilled &&
                        before.event.weight == EventWeight::kFault &&
                        Near(before, episodes_[panic]);
      if (!oops && (!rule.consequence || !Explains(before.event, rule))) continue;
      if (!IsSoon(before, episodes_[panic])) break;
      const EventWeight weight = before.event.weight;
      const Index first = weight == EventWeight::kSign ? FirstSign(i) : First(i);
      if (IsSysrq(first)) return Sysrq(first, reason.panic);
      auto why = Reason(first);
      why.panic = reason.panic;
      return why;
    }
    if (reason.category == CrashCategory::kUnknown) reason.category = CrashCategory::kPanicOther;
    return reason;
  }

  // Hardware errors come in many lines.
  [[nodiscard]] Index FirstSign(Index index) const {
    Index first = index;
    for (Index i = index; i-- > 0;) {
      if (episodes_[i].event.category != episodes_[index].event.category) continue;
      if (!Near(episodes_[i], episodes_[first])) break;
      first = i;
    }
    return first;
  }

  CrashReason Sysrq(Index deciding, std::optional<std::size_t> panic = std::nullopt) {
    auto reason = Reason(*SysrqBefore(deciding));
    reason.panic = panic;
    reason.category = CrashCategory::kSysrq;
    return reason;
  }

  // Nothing fatal: what the kernel has reported last, what hangs before what only warns.
  std::optional<CrashReason> Survived() {
    auto found = Last(EventWeight::kHang);
    if (!found) found = Last(EventWeight::kReport);
    for (Index i = episodes_.size(); i-- > 0 && !found;) {
      if (episodes_[i].event.category == CrashCategory::kMachineCheck) found = FirstSign(i);
    }
    if (!found) return std::nullopt;
    auto reason = Reason(Cut(*found));
    reason.fatal = false;
    return reason;
  }

  CrashReason Reason(Index index) {
    CrashReason reason;
    reason.episode = episodes_[index];
    reason.category = episodes_[index].event.category;
    reason.boot = boot_;
    reason.boot_end = end_;
    const EventWeight weight = reason.episode.event.weight;
    // What a sign explains is told by the lines of what comes after it.
    const bool to_the_end = weight == EventWeight::kSign || weight == EventWeight::kPanic;
    reason.end = to_the_end ? end_ : std::min(EndOf(index), end_);
    for (const CrashEpisode& episode : episodes_) {
      reason.oopses = std::max(reason.oopses, episode.event.die_counter);
    }
    return reason;
  }

  KernelLines lines_;
  std::vector<CrashEpisode> episodes_;
  std::size_t boot_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

std::optional<CrashReason> FindCrashReason(KernelLines lines) { return ReasonFinder(lines).Find(); }

}  // namespace kdumpd
