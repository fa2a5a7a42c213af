// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_signs.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <ranges>
#include <string>

#include "daemon/core/characters.h"
#include "daemon/core/drill.h"
#include "daemon/core/hash.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kSameBoot = 3600;  // the clock may be set while a boot begins
constexpr std::size_t kShownPaths = 3;

std::string_view NameOf(const PstoreRecord& record) {
  return std::string_view(record.path).substr(record.path.find_last_of('/') + 1);
}

bool WasNoted(const Heartbeat& heartbeat, const PstoreRecord& record) {
  return std::ranges::binary_search(heartbeat.pstore, KeyOf(record));
}

// Of the boot after it, where that one was watched.
const Heartbeat* HeartbeatAfter(const EndedBoot& boot, const BootEvidence& evidence) {
  const auto own = std::ranges::find(evidence.undecided, boot.boot_id, &Heartbeat::boot_id);
  if (own == evidence.undecided.end() || std::next(own) == evidence.undecided.end()) return nullptr;
  return &*std::next(own);
}

// The file's time is the panic's, or of its archive in the boot after it.
bool IsOfEnd(const PstoreRecord& record, const EndedBoot& boot, const BootEvidence& evidence) {
  if (boot.heartbeat != nullptr && WasNoted(*boot.heartbeat, record)) return false;
  const bool fresh = boot.heartbeat != nullptr && boot.newest;
  if (fresh && IsClockDoubtful(boot, record.mtime, evidence.facts.now)) return true;
  // Only a list of what was there tells the end of one boot from the beginning of the next.
  const std::int64_t early = boot.heartbeat != nullptr ? kClockSlack : 0;
  if (boot.began == 0 || record.mtime < boot.began - early) return false;
  if (!record.archived && record.mtime <= boot.ended_by) return true;
  const std::int64_t end = record.archived ? evidence.facts.now : boot.ended_by;
  if (boot.newest) return record.mtime <= end + kClockSlack;
  const Heartbeat* after = HeartbeatAfter(boot, evidence);
  return after != nullptr && WasNoted(*after, record) && record.mtime <= end + kClockSlack;
}

bool IsPanicOf(const PstoreRecord& record, const EndedBoot& boot, const BootEvidence& evidence) {
  // systemd-pstore(8) also puts the pieces together, as dmesg.txt.
  const bool panic = record.kind == "Panic" && NameOf(record).starts_with("dmesg-");
  return panic && IsOfEnd(record, boot, evidence);
}

// Takes one source after the other; each says something, if only that it knows nothing.
class Collector {
 public:
  Collector(const EndedBoot& boot, const BootEvidence& evidence)
      : boot_(boot), evidence_(evidence) {}

  BootSigns Take() {
    FromHeartbeat();
    FromWtmp();
    FromJournal();
    FromPstore();
    FromWatchdogs();
    FromDrill();
    FromDumps();
    FindFailure();
    return std::move(signs_);
  }

 private:
  void Say(std::string_view source, std::string says) {
    signs_.evidence.push_back({std::string(source), std::move(says)});
  }

  void FromHeartbeat() {
    const Heartbeat* heartbeat = boot_.heartbeat;
    if (heartbeat == nullptr) return Say("heartbeat", "this daemon did not watch that boot");
    signs_.armed = heartbeat->armed;
    const std::string armed = !heartbeat->armed   ? "it was not known whether it was armed"
                              : *heartbeat->armed ? "it was armed"
                                                  : "it was not armed";
    std::string end = "nothing announced the end";
    if (heartbeat->stopping) {
      ++signs_.clean;
      end = "the system was going down in order";
    } else if (heartbeat->left) {
      end = "the daemon was ended before the system";
    } else {
      signs_.unclean = true;
    }
    Say("heartbeat", Cat(armed, ' ', Ago(heartbeat->beat_at), " before the next boot; ", end));
  }

  // What comes before the record of the running boot; with a clock that jumps order is all there
  // is.
  void FromWtmp() {
    if (!evidence_.wtmp.known()) return Say("wtmp", Why(evidence_.wtmp));
    const std::vector<WtmpRecord>& records = evidence_.wtmp.value();
    const auto end = EndInWtmp(records);
    const bool shutdown = end && end->kind == WtmpRecord::Kind::kShutdown;
    // Of the boot before that one, which ended before its own record was written.
    if (!end || (shutdown && end->time < boot_.began)) return Say("wtmp", "no record of that end");
    if (shutdown) {
      ++signs_.clean;
      return Say("wtmp", "a shutdown was recorded");
    }
    signs_.unclean = true;
    Say("wtmp", "a boot follows a boot, with no shutdown between them");
  }

  // The record before that of the boot after it.
  [[nodiscard]] std::optional<WtmpRecord> EndInWtmp(const std::vector<WtmpRecord>& records) const {
    if (records.empty()) return std::nullopt;
    if (boot_.newest) {
      const WtmpRecord& last = records.back();
      if (last.kind == WtmpRecord::Kind::kShutdown) {
        return last.time >= boot_.last_sign - kBeatSeconds ? std::optional(last) : std::nullopt;
      }
      // An old one: nobody writes it any more, and it says nothing of this boot.
      if (records.size() < 2 || std::abs(last.time - boot_.ended_by) > kSameBoot) {
        return std::nullopt;
      }
      return records[records.size() - 2];
    }
    const auto next = std::ranges::find_if(records, [&](const WtmpRecord& record) {
      return record.kind == WtmpRecord::Kind::kBoot && record.time >= boot_.ended_by - kClockSlack;
    });
    if (next == records.end() || next == records.begin()) return std::nullopt;
    return *std::prev(next);
  }

  void FromJournal() {
    if (!evidence_.journal.known()) return Say("journal", Why(evidence_.journal));
    if (boot_.capture != nullptr) {
      signs_.capture_ran = true;
      Say("journal", "the capture kernel has run");
    }
    const JournalBoot* journal = boot_.journal;
    if (journal == nullptr) return Say("journal", "nothing of that boot");
    if (!journal->panic.empty()) {
      signs_.panic = true;
      Say("journal", Printable(journal->panic));
    }
    if (journal->shutdown) {
      ++signs_.clean;
      return Say("journal", "it says that the system went down");
    }
    signs_.unclean = true;
    Say("journal", Cat("it breaks off ", Ago(journal->last), " before the next boot"));
  }

  void FromPstore() {
    const auto& pstore = evidence_.facts.pstore;
    if (!pstore.known()) return Say("pstore", Why(pstore));
    std::string paths;
    std::size_t found = 0;
    for (const PstoreRecord& record : pstore.value()) {
      if (!IsPanicOf(record, boot_, evidence_)) continue;
      if (found++ < kShownPaths) paths += Cat(paths.empty() ? "" : ", ", Printable(record.path));
      // The time of an archive may be that of the archiving.
      if (record.mtime <= boot_.ended_by) signs_.panic_at = std::max(signs_.panic_at, record.mtime);
    }
    if (found == 0) return Say("pstore", "no panic record of that end");
    signs_.panic = true;
    // Written before the hop too, with crash_kexec_post_notifiers (kernel/panic.c).
    signs_.pstore = boot_.heartbeat != nullptr && !boot_.heartbeat->post_notifiers;
    Say("pstore", Cat("a panic left ", paths));
  }

  void FromWatchdogs() {
    if (!boot_.newest) return;
    const auto& watchdogs = evidence_.facts.watchdogs;
    if (!watchdogs.known()) return Say("watchdog", Why(watchdogs));
    for (const Watchdog& watchdog : watchdogs.value()) {
      if (!HasReset(watchdog)) continue;
      if (boot_.heartbeat != nullptr && boot_.heartbeat->watchdog) {
        signs_.watchdog_again = true;
        return Say("watchdog", Cat(Printable(watchdog.identity, 64),
                                   " has reset the machine, and said so before that end"));
      }
      signs_.watchdog = true;
      return Say("watchdog", Cat(Printable(watchdog.identity, 64), " has reset the machine"));
    }
    Say("watchdog", "none says that it has reset the machine");
  }

  void FromDrill() {
    const auto& drill = evidence_.drill;
    if (!drill || drill->boot_id != boot_.boot_id || drill->crash_at == 0) return;
    if (boot_.boot_id.empty()) return;
    // A crash that was asked for and did not come: what ended that boot later was none of its.
    if (boot_.last_sign > drill->crash_at + kNoCrashSeconds) {
      return Say("drill", Cat("drill ", drill->id, " asked for a crash that did not come"));
    }
    signs_.drill = true;
    // Nor did it come where somebody has shut it down since.
    if (signs_.clean == 0) signs_.panic = true;
    Say("drill", Cat("drill ", drill->id, " asked for a crash"));
  }

  void FromDumps() {
    signs_.crash = CrashOfBoot(boot_, evidence_);
    signs_.dump = signs_.crash == nullptr ? DumpOfBoot(boot_, evidence_) : nullptr;
    signs_.sight = Sight();
    const Facts& facts = evidence_.facts;
    if (signs_.crash != nullptr) {
      return Say("dumps",
                 Cat(Printable(signs_.crash->directory), " is ", Name(signs_.crash->state)));
    }
    if (signs_.dump != nullptr) {
      return Say("dumps", Cat(Printable(signs_.dump->directory), " is ", Name(signs_.dump->state)));
    }
    if (signs_.sight != DumpSight::kHere) {
      const std::string target = boot_.heartbeat != nullptr ? boot_.heartbeat->target : "";
      return Say("dumps", Cat("a dump would not be seen here: ", Name(signs_.sight),
                              target.empty() ? "" : " ", Printable(target)));
    }
    Say("dumps", Cat("none of that time in ", Printable(facts.dumps.source())));
  }

  // As it was when the boot ended, and whether one can look there now.
  [[nodiscard]] DumpSight Sight() const {
    const Facts& facts = evidence_.facts;
    const DumpSight now = SightOf(facts);
    const DumpSight then = boot_.heartbeat != nullptr ? boot_.heartbeat->sight : now;
    if (then != DumpSight::kHere && then != DumpSight::kUnknown) return then;
    if (facts.dumps.unreadable()) return now == DumpSight::kHere ? DumpSight::kUnknown : now;
    const bool partly = facts.dumps_partial || facts.dumps_clipped;
    return partly && now == DumpSight::kHere ? DumpSight::kUnknown : now;
  }

  void FindFailure() {
    signs_.failure = FindCaptureFailure(evidence_.capture_log);
    if (!signs_.failure && boot_.capture != nullptr) {
      signs_.failure = FindCaptureFailure(boot_.capture->text);
    }
  }

  // From then until the boot after it.
  [[nodiscard]] std::string Ago(std::int64_t time) const {
    if (time == 0 || boot_.ended_by < time) return "some time";
    return FormatSeconds(static_cast<std::uint64_t>(boot_.ended_by - time));
  }
  template <class T>
  static std::string Why(const Fact<T>& fact) {
    return fact.absent() ? "there is none" : Cat("not known: ", Printable(fact.why()));
  }

  const EndedBoot& boot_;
  const BootEvidence& evidence_;
  BootSigns signs_;
};

}  // namespace

BootSigns SignsOf(const EndedBoot& boot, const BootEvidence& evidence) {
  return Collector(boot, evidence).Take();
}

bool HasReset(const Watchdog& watchdog) {
  constexpr std::int64_t kCardReset = 0x20;
  return (watchdog.bootstatus & kCardReset) != 0;
}

std::vector<std::string> PanicFilesOf(const EndedBoot& boot, const BootEvidence& evidence) {
  std::vector<std::string> paths;
  for (const PstoreRecord& record : evidence.facts.pstore.ValueOr({})) {
    if (IsPanicOf(record, boot, evidence)) paths.push_back(record.path);
  }
  return paths;
}

// "dmesg-efi_pstore-169555353200001" is one record for ever, and keeps its name in the archive;
// "dmesg-ramoops-0" is another one after each panic.
std::uint64_t KeyOf(const PstoreRecord& record) {
  constexpr std::ptrdiff_t kUnique = 10;
  const std::string_view name = NameOf(record);
  if (std::ranges::count_if(name, IsDigit) >= kUnique) return Hash(name);
  return Hash(Cat(record.path, '\0', record.mtime));
}

}  // namespace kdumpd
