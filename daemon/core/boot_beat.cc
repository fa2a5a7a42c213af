// SPDX-License-Identifier: Apache-2.0
// What a boot leaves to the one after it.
#include <algorithm>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/text.h"

namespace kdumpd {

DumpSight SightOf(const Facts& facts) {
  if (!facts.target.known()) return DumpSight::kUnknown;
  const Target& target = facts.target.value();
  if (target.kind == TargetKind::kRaw) return DumpSight::kRaw;
  if (IsRemote(target.kind)) return DumpSight::kRemote;
  if (target.live_path.empty()) return DumpSight::kUnmounted;
  if (target.mount && MayHang(target.mount->fstype)) return DumpSight::kRemote;
  return DumpSight::kHere;
}

Heartbeat BeatOf(const Facts& facts, std::optional<bool> armed,
                 const std::optional<Heartbeat>& before) {
  Heartbeat beat;
  beat.boot_id = BootIdOf(facts.boot_id.ValueOr(""));
  const bool same = before && before->boot_id == beat.boot_id;
  beat.first_at = same ? before->first_at : facts.now;
  // By the clock of now, which may have been set back since: the earliest lets no crash slip.
  beat.began = facts.boot_time.ValueOr(0);
  if (same && before->began != 0 && (beat.began == 0 || before->began < beat.began)) {
    beat.began = before->began;
  }
  beat.beat_at = facts.now;
  beat.armed = armed;
  beat.sight = SightOf(facts);
  if (facts.target.known()) {
    beat.target = Printable(Cat(Name(facts.target->kind), ' ', facts.target->spec), 128);
  }
  const auto& notifiers = facts.At(Knob::kPostNotifiers);
  beat.post_notifiers = notifiers.unreadable() || notifiers.ValueOr(0) != 0;
  const auto watchdogs = facts.watchdogs.ValueOr({});
  beat.watchdog = std::ranges::any_of(watchdogs, HasReset);
  beat.kernel_release = Printable(facts.kernel_release.ValueOr(""), 64);
  for (const PstoreRecord& record : facts.pstore.ValueOr({})) beat.pstore.push_back(KeyOf(record));
  std::ranges::sort(beat.pstore);
  return beat;
}

bool IsBeatDue(const std::optional<Heartbeat>& written, const Heartbeat& now) {
  if (!written || written->boot_id != now.boot_id) return true;
  Heartbeat same = now;
  same.beat_at = written->beat_at;
  // A clock that was set back is news too.
  const std::int64_t age = now.beat_at - written->beat_at;
  if (age >= kBeatSeconds || age < 0) return true;
  if (same == *written) return false;
  const bool disarmed = written->armed == std::optional(true) && now.armed != std::optional(true);
  const bool urgent = written->stopping != now.stopping || written->left != now.left || disarmed;
  return urgent || age >= kBeatPauseSeconds;
}

}  // namespace kdumpd
