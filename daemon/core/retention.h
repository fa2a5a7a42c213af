// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/dump.h"
#include "daemon/core/upload_target.h"

// Which dumps may be removed, and why. Pure; who removes them compares again.
namespace kdumpd {

// Nothing: no such limit. By default nothing is ever removed.
struct RetentionPolicy {
  std::optional<std::uint64_t> keep_newest{};
  std::optional<std::uint64_t> max_bytes{};
  std::optional<std::int64_t> max_age_seconds{};
  std::optional<std::uint64_t> min_free_bytes{};

  [[nodiscard]] bool Limits() const {
    return keep_newest || max_bytes || max_age_seconds || min_free_bytes;
  }
  friend bool operator==(const RetentionPolicy&, const RetentionPolicy&) = default;
};

// What lies in the directory of a dump; of a dump that lies in none, the file.
struct DumpContents {
  std::uint64_t bytes = 0;  // on disk, that its removal frees
  // Why it is not ours to remove, a sentence: it holds a name that no dump writer writes, ...; ""
  // it is
  std::string obstacle;
  std::string changed{};        // of its files the one that changed last
  std::int64_t changed_at = 0;  // when: st_ctim, seconds
};

struct RetentionInput {
  std::span<const Dump> dumps;
  std::span<const DumpContents> contents;  // of each of them
  bool whole = false;                      // these are all the dumps that there are
  std::span<const CrashRecord> records;
  std::optional<std::uint64_t> free_bytes;  // of the file system; nothing: not known
  std::int64_t now = 0;
  const UploadPolicy* uploads = nullptr;  // where a dump must be before it may go; null: nowhere
};

// Stable codes of the JSON: never renumbered.
enum class RetentionReason {
  // removed, because there are
  kKeepNewest = 0,  // newer ones enough
  kMaxAge = 1,
  kMaxBytes = 2,
  kMinFree = 3,
  // kept, because
  kWithinLimits = 4,
  kListIncomplete = 5,  // there are dumps that are not known
  kWriting = 6,
  kHistoric = 7,
  kNoRecord = 8,
  kNotAcknowledged = 9,
  kNotInspected = 10,
  kChanged = 11,    // it is not what the record tells of
  kObstacle = 12,   // DumpContents::obstacle
  kNotStored = 13,  // it is not proven to be where it must be (retention.stored)
};
inline constexpr int kRetentionReasons = 14;
[[nodiscard]] std::string_view Name(RetentionReason reason);

// Borrows from the input.
struct RetentionDecision {
  const Dump* dump = nullptr;
  const CrashRecord* record = nullptr;  // null without one
  std::uint64_t bytes = 0;
  bool remove = false;
  RetentionReason reason = RetentionReason::kWithinLimits;
  std::string why;    // a sentence
  std::string limit;  // of one that is kept all the same: the limit that it is beyond; "" none
  // Filled in by whoever removes.
  bool removed = false;
  std::string problem;  // why it, or something beside it, is still there
};

struct RetentionPlan {
  std::vector<RetentionDecision> decisions;  // the newest crash first
  std::uint64_t bytes = 0;                   // of all dumps
  std::uint64_t removed_bytes = 0;
  // Limits that do not hold after this either, because the rest may not be removed: a sentence
  // each.
  std::vector<std::string> unmet;
};

// The oldest go first. Never one whose record is not acknowledged, one without a record, being
// written, historic (also when it was asked for), not inspected yet, changed since it was inspected
// or acknowledged, with an obstacle, or not proven to be stored where it must be; they count
// towards the limits all the same. Age counts from the crash, or from when the dump was first seen
// settled where that is later: a header may hold any time. What lies in the future has no age.
[[nodiscard]] RetentionPlan PlanRetention(const RetentionPolicy& policy,
                                          const RetentionInput& input);

}  // namespace kdumpd
