// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/core/crash_record.h"
#include "daemon/core/drill.h"

namespace kdumpd {

struct RecordInput {
  std::span<const CrashRecord> records;
  std::span<const Dump> dumps;  // of one look
  bool whole = false;           // that look has seen every dump: what is not there is gone
  std::string_view machine_id;
  std::int64_t now = 0;
  std::string running_boot{};            // BootIdOf
  std::span<const BootRecord> boots{};   // how earlier ones ended
  const DrillIntent* drill = nullptr;    // that is to be judged
  std::span<const std::string> asked{};  // ids of historic dumps that somebody wants to be sent
};

// What the record of that dump is called, or would be: its id before any move.
[[nodiscard]] std::string CrashId(std::string_view machine_id, const Dump& dump);
// Whether it is historic and somebody may want it to be sent all the same: nothing of it is being
// written, and it can be opened.
[[nodiscard]] bool MayBeAskedFor(const Dump& dump);

// Which records are to be written, new ones and changed ones, so that they say what the look says.
// A dump gets its record when it is settled; those of `kdumpctl test` and copies get none, and
// historic ones only when somebody asks for them: those count as no crash. A dump that was moved
// keeps its record; one whose file is another one is to be inspected and acknowledged again; one
// that is gone stays remembered, also when the dump of another crash lies in its place. The late
// dump of a crash that had left none joins its record. Pure; does nothing when nothing has changed.
[[nodiscard]] std::vector<CrashRecord> PlanRecords(const RecordInput& input);

// The record whose dump is to be inspected now, the newest crash first; null when none is. A failed
// attempt is repeated after a moment, the next after a minute.
[[nodiscard]] const CrashRecord* NextInspection(std::span<const CrashRecord> records,
                                                std::int64_t now);
inline constexpr std::int64_t kFirstRetrySeconds = 5;
inline constexpr std::int64_t kRetrySeconds = 60;

// What an inspection found counts for the list of dumps too: a header alone cannot tell.
void TakeJudgements(std::span<const CrashRecord> records, std::vector<Dump>& dumps);

// The records that are acknowledged now because nobody has within `after_seconds` of the first
// sight of the settled dump; with 0 none ever is. One that is still to be inspected waits for that.
// A clock that was set back postpones it.
[[nodiscard]] std::vector<CrashRecord> PlanAcknowledgements(std::span<const CrashRecord> records,
                                                            std::int64_t after_seconds,
                                                            std::int64_t now);
// At once: each waits for the disk, and the next look goes on.
inline constexpr std::size_t kMostAcknowledged = 64;

}  // namespace kdumpd
