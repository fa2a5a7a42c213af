// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspection.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "daemon/core/clean_text.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kCheckLevels> kLevelNames = {"headers", "cheap", "sampled",
                                                                    "descriptors", "pages"};

constexpr std::size_t kUtsBytes = 64;  // struct new_utsname: 65 with the zero
constexpr std::size_t kArchitectureBytes = 32;
constexpr std::size_t kSentenceBytes = 256;
constexpr std::size_t kCodeBytes = 40;
constexpr std::size_t kBuildIdBytes = 40;              // SHA-1 in hexadecimal
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::uint32_t kMostCpus = 65'536;
constexpr std::uint64_t kMostParts = 1024;
// 68 years: below that a double counts seconds to the microsecond, as JSON is read by many.
constexpr std::uint64_t kLongestUptimeUs = (std::uint64_t{1} << 31) * 1'000'000;

bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= kCodeBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsHex(std::string_view text) {
  return text.size() <= kBuildIdBytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

template <class T>
void Within(std::optional<T>& value, std::type_identity_t<T> least, std::type_identity_t<T> most) {
  if (value && (*value < least || *value > most)) value.reset();
}

void CleanTexts(Inspection& inspection) {
  LogFacts& log = inspection.log;
  const std::pair<std::string*, std::size_t> texts[] = {
      {&inspection.architecture, kArchitectureBytes},
      {&inspection.kernel_release, kUtsBytes},
      {&inspection.kernel_version, kUtsBytes},
      {&inspection.node, kUtsBytes},
      {&inspection.translation, kSentenceBytes},
      {&inspection.wholeness.detail, kSentenceBytes},
      {&log.detail, kSentenceBytes},
  };
  for (const auto& [text, most] : texts) *text = CleanText(*text, most);
  std::string* names[] = {&inspection.container, &inspection.compression, &log.kind};
  for (std::string* name : names) {
    if (!IsCode(*name)) name->clear();
  }
  if (!IsHex(inspection.build_id)) inspection.build_id.clear();
  if (!IsCode(inspection.wholeness.reason)) inspection.wholeness.reason = kInvalidReason;
  if (!log.reason.empty() && !IsCode(log.reason)) log.reason = kInvalidReason;
}

constexpr std::string_view kNoDumpReasons[] = {"not_a_dump", "no_dump_files"};

}  // namespace

std::string_view Name(CheckLevel level) {
  const auto index = static_cast<std::size_t>(level);
  return index < kLevelNames.size() ? kLevelNames[index] : kLevelNames[0];
}

void Sanitize(Inspection& inspection) {
  CleanTexts(inspection);
  Within(inspection.header_version, 1, 6);
  Within(inspection.dump_level, 0, 31);
  Within(inspection.page_size, 4 << 10, 256 << 10);
  Within(inspection.crash_time, 1, kLastSecond);  // a clock that was never set counts from 0
  Within(inspection.cpus, 0, kMostCpus);
  Within(inspection.log.uptime_us, 0, kLongestUptimeUs);
  if (inspection.page_size && !std::has_single_bit(*inspection.page_size)) {
    inspection.page_size.reset();
  }
  const auto& split = inspection.split;
  if (split &&
      (split->start_pfn > split->end_pfn || split->parts < 1 || split->parts > kMostParts)) {
    inspection.split.reset();
  }
  if (inspection.crash) Sanitize(*inspection.crash);
  Wholeness& whole = inspection.wholeness;
  whole.pages_bad = std::min(whole.pages_bad, whole.pages_checked);
}

Inspection Uninspected(std::uint64_t bytes, std::string_view reason, std::string_view detail) {
  Inspection inspection;
  inspection.bytes = bytes;
  inspection.wholeness.state = DumpState::kUnknown;
  inspection.wholeness.reason = reason;
  inspection.wholeness.detail = detail;
  Sanitize(inspection);
  return inspection;
}

bool CostTooMuch(std::string_view reason) {
  return reason == "inspector_cpu" || reason == "inspector_memory";
}

void TakeLogBeside(const Inspection& beside, std::string_view path, Inspection& inspection) {
  if (beside.format != DumpFormat::kLog) return;
  inspection.log = beside.log;
  inspection.crash = beside.crash;
  if (inspection.kernel_release.empty()) inspection.kernel_release = beside.kernel_release;
  if (inspection.log.reason.empty()) {
    inspection.log.reason = "log_beside";
    inspection.log.detail = Cat("from ", path);
  }
  Sanitize(inspection);
}

void DoubtWhileWritten(Inspection& inspection, bool changed, bool recent) {
  Wholeness& whole = inspection.wholeness;
  const bool broken = whole.state == DumpState::kIncomplete ||
                      whole.state == DumpState::kTruncated || whole.state == DumpState::kDamaged;
  if (broken ? !changed && !recent : whole.state != DumpState::kComplete || !changed) return;
  const std::string_view when = changed ? "it changed while it was read" : "it changed just now";
  whole.detail = Cat(when, "; so far: ", Name(whole.state), " (", whole.reason, ')');
  whole.state = DumpState::kWriting;
  whole.reason = "recent_change";
  Sanitize(inspection);
}

int ExitStatus(const Inspection& inspection) {
  switch (inspection.wholeness.state) {
    case DumpState::kComplete:
    case DumpState::kLogOnly:
      return 0;
    case DumpState::kIncomplete:
    case DumpState::kTruncated:
    case DumpState::kDamaged:
      return 1;
    case DumpState::kWriting:
    case DumpState::kGone:
    case DumpState::kUnknown:
      break;
  }
  const bool no_dump =
      inspection.wholeness.state == DumpState::kUnknown &&
      std::ranges::find(kNoDumpReasons, inspection.wholeness.reason) != std::end(kNoDumpReasons);
  return no_dump ? 2 : 3;
}

int Worse(int one, int other) {
  // By how much somebody has to do about it; what is no judgement is worse than any.
  constexpr std::array kRanks{0, 3, 1, 2};
  const auto rank = [&](int status) {
    const bool judgement = status >= 0 && status < static_cast<int>(kRanks.size());
    return judgement ? kRanks[static_cast<std::size_t>(status)] : 4;
  };
  return rank(other) > rank(one) ? other : one;
}

}  // namespace kdumpd
