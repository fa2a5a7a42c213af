// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/boot_record.h"
#include "daemon/core/crash_record.h"
#include "daemon/core/facts.h"
#include "daemon/core/inspection.h"

// How the boots before this one ended, from everything that was left of them. Pure.
namespace kdumpd {

// The drill that was about to crash a boot, as far as the ledger needs it.
struct PendingDrill {
  std::string id;
  std::string boot_id;
  std::int64_t crash_at = 0;  // 0: it has not come so far
};

// Everything there is at one look. Borrowed.
struct BootEvidence {
  const Facts& facts;  // boot_id and boot_time of the running boot, pstore, watchdogs, dumps
  std::span<const CrashRecord> records;
  std::span<const Heartbeat> undecided;  // of boots that are over, the oldest first
  std::span<const BootRecord> decided;
  Fact<std::vector<WtmpRecord>> wtmp;      // the oldest first
  Fact<std::vector<JournalBoot>> journal;  // the newest first
  std::optional<PendingDrill> drill{};
  std::string_view capture_log{};  // kexec-dmesg.log beside the newest dump, "" none
  // What may still come has had its time: a late mount, a dump that is copied, an archived record.
  bool settled = false;
};

// A boot that is over.
struct EndedBoot {
  std::string boot_id;     // "" not known
  std::int64_t began = 0;  // 0: not known
  std::int64_t last_sign = 0;
  std::int64_t ended_by = 0;  // when the boot after it began
  const Heartbeat* heartbeat = nullptr;
  const JournalBoot* journal = nullptr;
  const JournalBoot* capture =
      nullptr;          // the boot of its capture kernel, where the journal has one
  bool newest = false;  // nothing but capture kernels ran between it and this boot
};

// The boots to decide on, the oldest first: those of the heartbeats and, since the oldest of these,
// those in the journal. Without a heartbeat only the newest. Capture kernels are no boots of their
// own.
[[nodiscard]] std::vector<EndedBoot> EndedBoots(const BootEvidence& evidence);

// How it ended. Nothing while that may still become clearer: an inspection is under way, or what
// is missing may still come.
[[nodiscard]] std::optional<BootRecord> DecideBoot(const EndedBoot& boot,
                                                   const BootEvidence& evidence);

// Each reason of a decision with an outcome that it may have, in the order in which they are tried;
// last what a dump that comes late makes of it.
struct BootReason {
  std::string_view code;
  BootOutcome outcome = BootOutcome::kUnknown;

  friend bool operator==(const BootReason&, const BootReason&) = default;
};
[[nodiscard]] std::vector<BootReason> BootReasons();

// No time can be trusted across this end: a clock was never set, or it went back. `time`: what
// something that is left of it says.
[[nodiscard]] bool IsClockDoubtful(const EndedBoot& boot, std::int64_t time, std::int64_t now);

// The dump of the crash that ended `boot`; nullptr when none is on record.
[[nodiscard]] const CrashRecord* CrashOfBoot(const EndedBoot& boot, const BootEvidence& evidence);

// The same of a boot that the daemon did not watch, among the dumps from before its first start.
[[nodiscard]] const Dump* DumpOfBoot(const EndedBoot& boot, const BootEvidence& evidence);

// The files in pstore with what the kernel said at its panic, at that end.
[[nodiscard]] std::vector<std::string> PanicFilesOf(const EndedBoot& boot,
                                                    const BootEvidence& evidence);

// The record of a crash that left no dump; nothing when there was none, or it is on record. One
// that may have been no crash is listed and not counted.
// `log`: what was found in the kernel's last words, null: there are none.
[[nodiscard]] std::optional<CrashRecord> CrashWithoutDump(const BootRecord& boot,
                                                          std::span<const CrashRecord> records,
                                                          std::string_view machine_id,
                                                          const Inspection* log = nullptr);

// The same boot with the dump that came after it was decided: copied from a raw device, mounted
// late. Nothing when none did.
[[nodiscard]] std::optional<BootRecord> ReviseBoot(const BootRecord& boot,
                                                   std::span<const CrashRecord> records);

// Whether the running node sees the dumps that a crash now would write.
[[nodiscard]] DumpSight SightOf(const Facts& facts);
// What this boot leaves to the one after it, should it end now without a word. `before`: the last
// one, perhaps of this boot.
[[nodiscard]] Heartbeat BeatOf(const Facts& facts, std::optional<bool> armed,
                               const std::optional<Heartbeat>& before);
// Whether it is to be written: something has changed, or the last is old.
[[nodiscard]] bool IsBeatDue(const std::optional<Heartbeat>& written, const Heartbeat& now);

// Whether a watchdog says that it has reset the machine (linux/watchdog.h WDIOF_CARDRESET); some
// never forget it.
[[nodiscard]] bool HasReset(const Watchdog& watchdog);

// The same record of pstore at another look.
[[nodiscard]] std::uint64_t KeyOf(const PstoreRecord& record);

}  // namespace kdumpd
