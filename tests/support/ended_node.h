// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/text.h"
#include "tests/support/ready_host.h"

namespace kdumpd {

inline constexpr std::int64_t kBegan = kTestNow - 200'000;  // of the boot that ended
inline constexpr std::int64_t kCrash = kTestNow - 400;      // if it crashed
inline constexpr std::int64_t kBack = kTestNow - 100;       // when this boot began
inline const std::string kOld(32, 'a');
inline const std::string kRunning = "6f3c1a524a1e4c559a6e3f2b8e1d7c90";  // of ReadyHost()

// A node that was armed, panicked, and came back: what is left of it.
struct Left {
  Facts facts = ReadyHost();
  std::vector<CrashRecord> records{};
  std::vector<Heartbeat> undecided{};
  std::vector<BootRecord> decided{};
  Fact<std::vector<WtmpRecord>> wtmp = Fact<std::vector<WtmpRecord>>::Known(
      {{WtmpRecord::Kind::kBoot, kBegan}, {WtmpRecord::Kind::kBoot, kBack}}, "/var/log/wtmp");
  Fact<std::vector<JournalBoot>> journal{};
  std::optional<PendingDrill> drill{};
  std::string capture_log{};
  bool settled = true;

  Left() {
    facts.boot_time = Fact<std::int64_t>::Known(kBack, "/proc/stat");
    facts.dumps = Fact<std::vector<Dump>>::Known({}, "/var/crash");
    Heartbeat beat;
    beat.boot_id = kOld;
    beat.began = kBegan;
    beat.first_at = kBegan + 20;
    beat.beat_at = kCrash - 30;
    beat.armed = true;
    beat.sight = DumpSight::kHere;
    undecided.push_back(beat);
    journal = Fact<std::vector<JournalBoot>>::Known(
        {{.boot_id = kOld, .first = kBegan + 1, .last = kCrash - 1}}, "journal");
  }
  [[nodiscard]] BootEvidence Evidence() const {
    return {.facts = facts,
            .records = records,
            .undecided = undecided,
            .decided = decided,
            .wtmp = wtmp,
            .journal = journal,
            .drill = drill,
            .capture_log = capture_log,
            .settled = settled};
  }
  Heartbeat& beat() { return undecided.back(); }
  JournalBoot& old() { return journal.value().back(); }
  void Orderly() {
    using enum WtmpRecord::Kind;
    wtmp.value() = {{kBoot, kBegan}, {kShutdown, kBack - 60}, {kBoot, kBack}};
    old().shutdown = true;
    beat().stopping = true;
  }
  CrashRecord& Dumped(DumpState state = DumpState::kComplete,
                      std::string reason = "pages_sampled") {
    CrashRecord record;
    record.id = "20261118t110000z-0123456789abcdef";
    record.directory = "127.0.0.1-2026-11-18-11:00:00";
    record.vmcore = "vmcore";
    record.crash_time = kCrash;
    record.dated = true;
    record.seen_boot = kRunning;
    record.state = state;
    record.reason = std::move(reason);
    record.inspection = InspectionState::kDone;
    records.push_back(record);
    return records.back();
  }
  void Historic(std::int64_t crash_time) {
    Dump dump;
    dump.directory = "202611181100";
    dump.vmcore = "dump.202611181100";
    dump.crash_time = crash_time;
    dump.dated = true;
    dump.state = DumpState::kComplete;
    dump.historic = true;
    facts.dumps.value().push_back(dump);
  }
  void Panicked(std::int64_t mtime = kCrash, bool archived = false) {
    facts.pstore.value().push_back(
        {archived ? "/var/lib/systemd/pstore/1/dmesg-ramoops-0" : "/sys/fs/pstore/dmesg-ramoops-0",
         "Panic", mtime, archived});
  }
  void CaptureRan(std::string text = "") {
    auto& boots = journal.value();
    boots.insert(boots.begin(), {.boot_id = std::string(32, 'c'),
                                 .first = kCrash + 5,
                                 .last = kCrash + 60,
                                 .capture_kernel = true,
                                 .text = std::move(text)});
  }
  void Reset() { facts.watchdogs.value()[0].bootstatus = 0x20; }
  void Remote() { beat().sight = DumpSight::kRemote; }
};

// "outcome reason confidence [cause] [+1 missed]"; "waiting" while nothing is decided.
inline std::string Told(const Left& left) {
  const BootEvidence evidence = left.Evidence();
  const auto boots = EndedBoots(evidence);
  if (boots.empty()) return "no boot";
  const auto decided = DecideBoot(boots.back(), evidence);
  if (!decided) return "waiting";
  std::string told =
      Cat(Name(decided->outcome), ' ', decided->reason, ' ', Name(decided->confidence));
  if (!decided->cause.empty()) told += Cat(" [", decided->cause, ']');
  if (const auto crash = CrashWithoutDump(*decided, left.records, "machine")) {
    told += crash->counted ? Cat(" +1 ", Name(crash->counted->capture)) : " listed";
  }
  EXPECT_FALSE(decided->message.empty());
  EXPECT_GE(decided->evidence.size(), 6U);
  return told;
}

}  // namespace kdumpd
