// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "daemon/core/dump.h"
#include "daemon/core/upload.h"
#include "daemon/core/upload_job.h"
#include "daemon/core/upload_journal.h"

// What is remembered of one crash and one destination.
namespace kdumpd {

// The helper, or this daemon with it, died so often without any progress: no attempt follows.
inline constexpr std::uint32_t kMostUploadDeaths = 3;

struct UploadRecord {
  UploadState state = UploadState::kQueued;
  DumpMark mark;                                 // of the dump that is, or was, sent
  UploadProblem problem = UploadProblem::kNone;  // of the last attempt
  std::string message;                           // of it, a sentence
  std::uint32_t attempts = 0;                    // begun since anything was achieved
  std::uint32_t deaths = 0;                      // that ended without a word
  std::int64_t queued_at = 0, tried_at = 0;
  std::int64_t next_at = 0;        // no attempt before
  std::int64_t failing_since = 0;  // since when nothing was achieved; 0: it was
  std::int64_t verified_at = 0;
  std::string boot;          // in which the last attempt began
  bool report_sent = false;  // what is small is there
  bool asked = false;        // by hand: duplicates and the past are sent too
  // Of the dump's object: what the store had of it when it was last asked.
  std::uint64_t sent = 0, bytes = 0;
  std::string duplicate_of;  // the crash whose dump stands for this one's; "" its own is sent
  std::string place;         // "s3://bucket/prefix/cluster/node/id"
  std::map<std::string, StoredObject, std::less<>> objects;  // proven, by name

  friend bool operator==(const UploadRecord&, const UploadRecord&) = default;
};

// An attempt begins: to be on disk before it does. False: it has been in vain too often, and is
// given up instead. `boot`: BootIdOf the running one.
bool BeginUpload(UploadRecord& record, const UploadJournal& journal, std::string_view boot,
                 std::int64_t now);

// What its journal shows by now: what moves does not fail, however often it failed before.
void ProceedUpload(UploadRecord& record, const UploadJournal& journal);

struct UploadOutcome {
  UploadTask task = UploadTask::kWhole;
  UploadEnd end{};
  const UploadJournal* journal = nullptr;  // as it is now
  std::int64_t now = 0;
  double chance = 0;               // in [0, 1): full jitter
  std::int64_t give_up_after = 0;  // seconds without any progress; 0: never
};
void EndUpload(UploadRecord& record, const UploadOutcome& outcome);
// An attempt that nobody has ended: its daemon was stopped (`clean`), or died.
void LoseUpload(UploadRecord& record, bool clean, std::string_view running_boot, std::int64_t now);
// Somebody asks for it by hand: at once, and from anew where all of it had been proven.
void AskForUpload(UploadRecord& record, std::int64_t now);

// Seconds until the next attempt: up to 10, 20, 40 ... 3600, all of that left to chance so that
// thousands of nodes do not come back together; never less than what the store asked for.
[[nodiscard]] std::int64_t RetryDelay(std::uint32_t attempts, double chance,
                                      std::int64_t asked_for_seconds);
inline constexpr std::int64_t kMostRetrySeconds = 3600;

// What the store has of the large objects, as the journal says.
[[nodiscard]] std::uint64_t SentBytes(const UploadJournal& journal);

// Whether it is the same dump: the number of a device may be another one after each boot.
[[nodiscard]] bool IsSameDump(const DumpMark& a, const DumpMark& b);

}  // namespace kdumpd
