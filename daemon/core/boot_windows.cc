// SPDX-License-Identifier: Apache-2.0
// Which boots there were, and which crash belongs to which.
#include <algorithm>
#include <ranges>

#include "daemon/core/boot_ledger.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kZones = 14LL * 3600;       // a stamp in the capture kernel's time zone
constexpr std::int64_t kClockSet = 1'000'000'000;  // 2001: before it no clock was set
constexpr std::int64_t kClockJump = 300;

std::int64_t BeganOf(const BootEvidence& evidence) {
  return evidence.facts.boot_time.ValueOr(evidence.facts.now);
}

bool IsDecided(const BootEvidence& evidence, std::string_view boot_id) {
  return std::ranges::find(evidence.decided, boot_id, &BootRecord::boot_id) !=
         evidence.decided.end();
}

// A lost heartbeat makes no other boot of the one before this one.
bool IsEndDecided(const BootEvidence& evidence, std::int64_t ended_by) {
  return std::ranges::any_of(evidence.decided, [&](const BootRecord& boot) {
    return boot.ended_by >= ended_by - kClockSlack && boot.ended_by <= ended_by + kClockSlack;
  });
}

const Heartbeat* HeartbeatOf(const BootEvidence& evidence, std::string_view boot_id) {
  const auto found = std::ranges::find(evidence.undecided, boot_id, &Heartbeat::boot_id);
  return found == evidence.undecided.end() ? nullptr : &*found;
}

// The oldest first, each capture kernel with the boot it came from.
std::vector<EndedBoot> JournalBoots(const BootEvidence& evidence) {
  std::vector<EndedBoot> boots;
  if (!evidence.journal.known()) return boots;
  for (const JournalBoot& journal : evidence.journal.value() | std::views::reverse) {
    if (journal.capture_kernel) {
      if (!boots.empty()) boots.back().capture = &journal;
      continue;
    }
    EndedBoot boot;
    boot.boot_id = journal.boot_id;
    boot.journal = &journal;
    boots.push_back(std::move(boot));
  }
  return boots;
}

// Of the boot before this one, where nobody else knows: by the last record before that of this one.
std::int64_t BeganByWtmp(const BootEvidence& evidence) {
  const auto records = evidence.wtmp.ValueOr({});
  std::int64_t began = 0;
  for (const WtmpRecord& record : records) {
    const bool before = record.time < BeganOf(evidence) - kClockSlack;
    if (record.kind == WtmpRecord::Kind::kBoot && before) began = record.time;
  }
  return began;
}

void Fill(EndedBoot& boot) {
  const Heartbeat* heartbeat = boot.heartbeat;
  const JournalBoot* journal = boot.journal;
  if (journal != nullptr) {
    boot.began = journal->first;
    boot.last_sign = journal->last;
  }
  if (heartbeat == nullptr) return;
  boot.began = heartbeat->began != 0 ? heartbeat->began : heartbeat->first_at;
  boot.last_sign = std::max(boot.last_sign, heartbeat->beat_at);
}

// Within the life of the boot and its capture kernel.
bool IsWithin(std::int64_t time, const EndedBoot& boot, std::int64_t zones = 0) {
  return time >= boot.began - kClockStep - zones && time <= boot.ended_by + kClockSlack + zones;
}

// While it ran, by a clock that nobody has set meanwhile.
bool IsDuring(std::int64_t time, const EndedBoot& boot) {
  return time >= boot.began && time <= boot.ended_by;
}

// Whether the dump was there while that boot still ran: then it did not come from its end.
bool WasThere(const CrashRecord& record, const EndedBoot& boot, const BootEvidence& evidence) {
  if (record.seen_boot == boot.boot_id || IsDecided(evidence, record.seen_boot)) return true;
  for (const Heartbeat& heartbeat : evidence.undecided) {
    if (heartbeat.boot_id == boot.boot_id) return false;
    if (heartbeat.boot_id == record.seen_boot) return true;
  }
  return false;
}

enum class Fit { kNone, kPerhaps, kByItsTime };

Fit FitOf(const CrashRecord& record, const EndedBoot& boot, const BootEvidence& evidence) {
  if (!record.has_dump() || boot.began == 0) return Fit::kNone;
  if (!record.ended_boot.empty()) {
    return record.ended_boot == boot.boot_id ? Fit::kByItsTime : Fit::kNone;
  }
  const bool fresh = !record.seen_boot.empty();
  if (fresh && WasThere(record, boot, evidence)) return Fit::kNone;
  if (IsDuring(record.crash_time, boot)) return Fit::kByItsTime;
  if (!record.dated && IsDuring(record.mark.mtime, boot)) return Fit::kByItsTime;
  const bool about =
      IsWithin(record.crash_time, boot) || (!record.dated && IsWithin(record.mark.mtime, boot));
  const bool zoned = !record.dated && IsWithin(record.crash_time, boot, kZones);
  const bool doubtful = boot.newest && IsClockDoubtful(boot, record.crash_time, evidence.facts.now);
  return about || (fresh && (zoned || doubtful)) ? Fit::kPerhaps : Fit::kNone;
}

// Of several boots at once: one that the dump fits by its time leaves it to none that it may fit.
bool BelongsTo(const CrashRecord& record, const EndedBoot& boot, const BootEvidence& evidence) {
  const Fit fit = FitOf(record, boot, evidence);
  if (fit != Fit::kPerhaps) return fit == Fit::kByItsTime;
  return std::ranges::none_of(EndedBoots(evidence), [&](const EndedBoot& other) {
    return FitOf(record, other, evidence) == Fit::kByItsTime;
  });
}

// Of what was there before the daemon, the newest: no record tells of it.
bool BelongsTo(const Dump& dump, const EndedBoot& boot) {
  if (boot.began == 0 || dump.state == DumpState::kGone || IsSelfTest(dump.directory)) return false;
  return IsWithin(dump.dated ? dump.crash_time : dump.mark.mtime, boot);
}

}  // namespace

bool IsClockDoubtful(const EndedBoot& boot, std::int64_t time, std::int64_t now) {
  return boot.ended_by < kClockSet || boot.began < kClockSet || time < kClockSet ||
         boot.last_sign > boot.ended_by + kClockJump || time > now + kClockJump;
}

std::vector<EndedBoot> EndedBoots(const BootEvidence& evidence) {
  const std::string running = BootIdOf(evidence.facts.boot_id.ValueOr(""));
  std::vector<EndedBoot> boots = JournalBoots(evidence);
  // Nobody kept watch over what came before the oldest heartbeat; without one, over anything.
  const auto watched = std::ranges::find_if(
      boots, [&](const EndedBoot& boot) { return HeartbeatOf(evidence, boot.boot_id) != nullptr; });
  if (watched != boots.end()) {
    boots.erase(boots.begin(), watched);
  } else if (!evidence.undecided.empty()) {
    const std::int64_t since = evidence.undecided.back().beat_at;
    std::erase_if(boots, [&](const EndedBoot& boot) { return boot.journal->first <= since; });
  } else if (boots.size() > 1) {
    boots.erase(boots.begin(), boots.end() - 1);
  }
  std::size_t at = 0;  // behind the boot of the heartbeat before
  for (const Heartbeat& heartbeat : evidence.undecided) {
    const auto known = std::ranges::find(boots, heartbeat.boot_id, &EndedBoot::boot_id);
    if (known != boots.end()) {
      known->heartbeat = &heartbeat;
      at = static_cast<std::size_t>(known - boots.begin()) + 1;
      continue;
    }
    // A short boot is often lost to the journal: its end comes before it is written.
    while (at < boots.size() && HeartbeatOf(evidence, boots[at].boot_id) == nullptr &&
           boots[at].journal->first < heartbeat.first_at) {
      ++at;
    }
    EndedBoot boot;
    boot.boot_id = heartbeat.boot_id;
    boot.heartbeat = &heartbeat;
    boots.insert(boots.begin() + static_cast<std::ptrdiff_t>(at++), std::move(boot));
  }
  if (boots.empty()) boots.emplace_back();  // there was one, and nobody knows more
  boots.back().newest = true;
  std::int64_t next = BeganOf(evidence);
  for (EndedBoot& boot : boots | std::views::reverse) {
    Fill(boot);
    if (boot.began == 0 && boot.newest) boot.began = BeganByWtmp(evidence);
    boot.ended_by = next;
    if (boot.began != 0) next = boot.began;
  }
  std::erase_if(boots, [&](const EndedBoot& boot) {
    if (boot.boot_id.empty()) return IsEndDecided(evidence, boot.ended_by);
    return boot.boot_id == running || IsDecided(evidence, boot.boot_id);
  });
  return boots;
}

const CrashRecord* CrashOfBoot(const EndedBoot& boot, const BootEvidence& evidence) {
  const CrashRecord* best = nullptr;
  for (const CrashRecord& record : evidence.records) {
    // As if nobody had asked for it: among the dumps it is one still.
    if (record.historic || !BelongsTo(record, boot, evidence)) continue;
    if (best == nullptr || record.crash_time > best->crash_time) best = &record;
  }
  return best;
}

const Dump* DumpOfBoot(const EndedBoot& boot, const BootEvidence& evidence) {
  const Dump* best = nullptr;
  if (boot.heartbeat != nullptr || !evidence.facts.dumps.known()) return best;
  for (const Dump& dump : evidence.facts.dumps.value()) {
    if (!dump.historic || !BelongsTo(dump, boot)) continue;
    if (best == nullptr || dump.crash_time > best->crash_time) best = &dump;
  }
  return best;
}

}  // namespace kdumpd
