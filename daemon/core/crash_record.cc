// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_record.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "daemon/core/characters.h"
#include "daemon/core/hash.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kInspectionStates> kInspectionNames{"pending", "done",
                                                                           "failed", "gave_up"};
constexpr std::array<std::string_view, kCaptures> kCaptureNames{"captured", "partial", "missed",
                                                                "unverified"};
constexpr std::string_view kIdShape = "ddddddddtddddddz-hhhhhhhhhhhhhhhh";
constexpr std::string_view kInspectorEnds = "inspector_";

std::string Stamp(std::int64_t seconds) {
  using std::chrono::days, std::chrono::floor, std::chrono::sys_seconds;
  // Beyond the years that four digits hold, a clock was wrong: the hash tells them apart.
  const std::int64_t within = std::clamp<std::int64_t>(seconds, 0, 253'402'300'799);
  const sys_seconds time{std::chrono::seconds(within)};
  const std::chrono::year_month_day date(floor<days>(time));
  const std::chrono::hh_mm_ss clock(time - floor<days>(time));
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02ut%02d%02d%02dz",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// Once its category and capture are final.
void Count(CrashRecord& record) {
  if (record.historic || !record.drill.empty()) return;
  if (IsInspectionOver(record) && !record.counted) {
    record.counted = CountedAs{record.category, CaptureOf(record.state)};
  }
}

}  // namespace

std::string_view Name(InspectionState state) {
  return kInspectionNames[std::min<std::size_t>(static_cast<std::size_t>(state),
                                                kInspectionStates - 1)];
}

std::string_view Name(Capture capture) {
  return kCaptureNames[std::min<std::size_t>(static_cast<std::size_t>(capture), kCaptures - 1)];
}

std::string CrashId(std::string_view machine_id, std::string_view directory,
                    std::int64_t crash_time) {
  return Cat(Stamp(crash_time), '-', Hex(Hash(Cat(machine_id, '\0', directory, '\0', crash_time))));
}

bool IsCrashId(std::string_view id) {
  return std::ranges::equal(id, kIdShape, [](char c, char want) {
    if (want == 'd') return IsDigit(c);
    return want == 'h' ? IsHexDigit(c) : c == want;
  });
}

Capture CaptureOf(DumpState state) {
  if (state == DumpState::kUnknown) return Capture::kUnverified;
  return state == DumpState::kComplete ? Capture::kCaptured : Capture::kPartial;
}

Capture CaptureOf(const CrashRecord& record) {
  if (!record.counted) return CaptureOf(record.state);
  const Capture counted = record.counted->capture;
  const bool came = record.has_dump() && IsInspectionOver(record) &&
                    (counted == Capture::kMissed || counted == Capture::kUnverified);
  return came ? CaptureOf(record.state) : counted;
}

bool IsUnacknowledged(const CrashRecord& record) { return record.acknowledged_at == 0; }

bool IsInspectionOver(const CrashRecord& record) {
  return record.inspection == InspectionState::kDone ||
         record.inspection == InspectionState::kGaveUp;
}

std::vector<const CrashRecord*> BySealing(std::span<const CrashRecord> records) {
  std::vector<const CrashRecord*> sorted;
  for (const CrashRecord& record : records) sorted.push_back(&record);
  std::ranges::sort(sorted, {}, [](const CrashRecord* record) {
    return std::pair(record->sealed_at, std::string_view(record->id));
  });
  return sorted;
}

const CrashRecord* LastCrash(std::span<const CrashRecord> records) {
  const CrashRecord* last = nullptr;
  for (const CrashRecord& record : records) {
    if (!record.drill.empty() || record.historic) continue;
    if (last == nullptr || record.crash_time > last->crash_time) last = &record;
  }
  return last;
}

void BeginInspection(CrashRecord& record, std::int64_t now) {
  ++record.attempts;
  record.tried_at = now;
  record.inspection = InspectionState::kPending;
}

void TakeInspection(const Inspection& inspection, CrashRecord& record) {
  const Wholeness& whole = inspection.wholeness;
  if (inspection.crash) {
    record.category = inspection.crash->category;
    record.title = inspection.crash->title;
    record.signature = inspection.crash->signature.hash;
    // Another crash came before the one that was asked for.
    if (!record.drill.empty() && record.category != CrashCategory::kSysrq) {
      record.drill.clear();
      record.acknowledged_at = 0;
      record.acknowledged_by.clear();
    }
  }
  if (!inspection.kernel_release.empty()) record.kernel_release = inspection.kernel_release;
  if (whole.reason.starts_with(kInspectorEnds)) return FailInspection(record, whole.reason);
  record.failure.clear();
  record.inspection = InspectionState::kDone;
  if (!IsWritersWord(record.state, record.reason)) {
    record.state = whole.state;
    record.reason = whole.reason;
  }
  Count(record);
}

void FailInspection(CrashRecord& record, std::string_view why) {
  if (record.attempts >= kMaxAttempts) return GiveUpInspection(record, why);
  record.failure = why;
  record.inspection = InspectionState::kFailed;
}

void GiveUpInspection(CrashRecord& record, std::string_view why) {
  record.failure = why;
  record.inspection = InspectionState::kGaveUp;
  if (record.state == DumpState::kComplete) {
    record.state = DumpState::kUnknown;
    record.reason = why;
  }
  Count(record);
}

void AfterRestart(CrashRecord& record) {
  if (record.inspection == InspectionState::kPending && record.attempts > 0) {
    FailInspection(record, "interrupted");
  }
}

}  // namespace kdumpd
