// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_report.h"
#include "daemon/core/dump.h"
#include "daemon/core/inspection.h"
#include "daemon/core/upload_record.h"

// What is remembered of a crash, beyond restarts and beyond its dump. Its fields are independent:
// each is moved by facts of its own. Times in seconds since the epoch, 0: not yet.
namespace kdumpd {

enum class InspectionState {
  kPending,  // not begun, or an attempt has not ended
  kDone,
  kFailed,  // the last attempt has failed, another will follow
  kGaveUp,  // kMaxAttempts have
};
inline constexpr int kInspectionStates = 4;
[[nodiscard]] std::string_view Name(InspectionState state);
inline constexpr std::uint32_t kMaxAttempts = 3;

// Public contract (metric label): what was left of a crash.
enum class Capture { kCaptured, kPartial, kMissed, kUnverified };
inline constexpr int kCaptures = 4;
[[nodiscard]] std::string_view Name(Capture capture);

// What a crash is counted as. Once counted it stays so, or a counter would fall.
struct CountedAs {
  CrashCategory category = CrashCategory::kUnknown;
  Capture capture = Capture::kPartial;

  friend auto operator<=>(const CountedAs&, const CountedAs&) = default;
};

struct CrashRecord {
  std::string id;         // CrashId(), fixed when the record is made
  std::string directory;  // below the crash directory; "" for a file that lies in it
  std::string vmcore;     // "" for a log alone
  std::string log;
  std::int64_t crash_time = 0;
  bool dated = false;          // by the dump's header: no other time is the same crash
  std::int64_t sealed_at = 0;  // when it was first seen settled
  DumpMark mark;               // of what was, or is to be, inspected
  DumpState state = DumpState::kUnknown;
  std::string reason;  // of that state

  InspectionState inspection = InspectionState::kPending;
  std::uint32_t attempts = 0;  // begun, of this mark
  std::string failure;         // stable code of the last failed attempt; "" none
  std::int64_t tried_at = 0;   // when the last attempt began
  CrashCategory category = CrashCategory::kUnknown;
  std::string title, signature, kernel_release;

  std::optional<CountedAs> counted;
  std::int64_t acknowledged_at = 0;
  std::string acknowledged_by;  // "hand", "age", "drill", "historic"
  std::int64_t gone_at = 0;     // the dump is not where it was
  std::int64_t pruned_at = 0;   // because retention has removed it

  // Of the boots, BootIdOf; "" not known.
  std::string seen_boot;         // in which it was sealed
  std::string ended_boot;        // that this crash ended: what is known of one that left no dump
  std::int64_t ended_began = 0;  // of one that left no dump: when that boot began
  std::int64_t ended_by = 0;     // and the next one
  std::string drill;             // the drill that asked for it, "" none: it counts as no crash
  // From before the first start on this node, and somebody has asked for it: it counts as no crash.
  bool historic = false;
  std::string cause;       // why its capture failed, CaptureFailureOf; "" not known
  std::string cause_line;  // that proves it
  std::map<std::string, UploadRecord, std::less<>> uploads;  // by destination

  // The file that is looked at; "" of a crash that left none.
  [[nodiscard]] const std::string& main() const { return vmcore.empty() ? log : vmcore; }
  [[nodiscard]] bool has_dump() const { return !main().empty(); }

  friend bool operator==(const CrashRecord&, const CrashRecord&) = default;
};

// "20261122t071503z-0123456789abcdef": the crash time, then a hash of the node's machine id, the
// directory and the crash time. Fit for a Kubernetes name and a file name; the same after the state
// is lost.
[[nodiscard]] std::string CrashId(std::string_view machine_id, std::string_view directory,
                                  std::int64_t crash_time);
// The whole shape, with no other character: safe as the name of a file.
[[nodiscard]] bool IsCrashId(std::string_view id);

// Unverified: it cannot be told whether the dump is whole.
[[nodiscard]] Capture CaptureOf(DumpState state);
// What it is counted as, whatever became of its dump since; of a dump that came late what it is.
[[nodiscard]] Capture CaptureOf(const CrashRecord& record);
[[nodiscard]] bool IsUnacknowledged(const CrashRecord& record);
// What can be known of it is: no attempt follows.
[[nodiscard]] bool IsInspectionOver(const CrashRecord& record);

// The earliest sealed first.
[[nodiscard]] std::vector<const CrashRecord*> BySealing(std::span<const CrashRecord> records);
// The latest crash that nobody has asked for and that is not historic; null when there is none.
[[nodiscard]] const CrashRecord* LastCrash(std::span<const CrashRecord> records);

// An attempt begins: to be on disk before it does.
void BeginInspection(CrashRecord& record, std::int64_t now);
// The answer of an attempt, or that there was none (`inspection.wholeness.reason` is then one of
// kdumpd-inspect's own ends: "inspector_signal" ...). What the text beside the dump says of the
// crash counts in both cases.
void TakeInspection(const Inspection& inspection, CrashRecord& record);
// An attempt that came to no answer; after kMaxAttempts no other follows. `why`: stable code.
void FailInspection(CrashRecord& record, std::string_view why);
// No other attempt will follow. Headers alone do not make a dump whole.
void GiveUpInspection(CrashRecord& record, std::string_view why);
// Of a record that was just read: an attempt that has begun and not ended took its daemon with it.
void AfterRestart(CrashRecord& record);
inline constexpr std::string_view kFailureGone = "gone";  // the dump was removed before

}  // namespace kdumpd
