// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "daemon/core/inspection.h"

namespace kdumpd {

// A dump that is whole, with every field known.
inline Inspection WholeInspection() {
  Inspection inspection;
  inspection.format = DumpFormat::kKdump;
  inspection.container = "flattened";
  inspection.bytes = 1'765'720;
  inspection.compression = "zlib";
  inspection.header_version = 6;
  inspection.dump_level = 31;
  inspection.page_size = 4096;
  inspection.split = SplitRange{0, 73'693, 2};
  Wholeness& whole = inspection.wholeness;
  whole.state = DumpState::kComplete;
  whole.reason = "data_end_matches";
  whole.detail = "the data end where the file ends";
  whole.level = CheckLevel::kSampled;
  whole.needs_bytes = 1'765'720;
  whole.pages = 2'646;
  whole.pages_checked = 64;
  inspection.architecture = "x86_64";
  inspection.kernel_release = "6.1.0-56-cloud-amd64";
  inspection.kernel_version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";
  inspection.node = "kdump-fast";
  inspection.build_id = "9134668f05823501af165f3b4d630500a2a2267d";
  inspection.crash_time = 1'795'334'808;  // 2026-11-22T08:06:48Z
  inspection.cpus = 2;
  inspection.log.kind = "ring";
  inspection.log.records = 412;
  inspection.log.first_sequence = 0;
  inspection.log.uptime_us = 23'456'789;
  return inspection;
}

// What ended in the middle.
inline Inspection TruncatedInspection() {
  Inspection inspection = WholeInspection();
  inspection.container.clear();
  inspection.split.reset();
  inspection.bytes = 8'703'180;
  Wholeness& whole = inspection.wholeness;
  whole.state = DumpState::kTruncated;
  whole.reason = "data_cut";
  whole.detail = "the data end at 14475844 and the file at 8703180";
  whole.needs_bytes = 14'475'844;
  inspection.log = {};
  inspection.log.reason = "log_unreadable";
  inspection.log.detail = "the page of prb is not in the dump";
  return inspection;
}

// Every text hostile, every number as large as it can be.
inline Inspection HostileInspection() {
  const std::string hostile = "<b>\x1b[2J\n\xff\\\xc2\x9b\"" + std::string(400, 'x');
  Inspection inspection = WholeInspection();
  for (std::string* text :
       {&inspection.container, &inspection.compression, &inspection.architecture,
        &inspection.kernel_release, &inspection.kernel_version, &inspection.node,
        &inspection.build_id, &inspection.translation, &inspection.wholeness.reason,
        &inspection.wholeness.detail, &inspection.log.kind, &inspection.log.reason,
        &inspection.log.detail}) {
    *text = hostile;
  }
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  inspection.bytes = inspection.log.records = inspection.log.lost = kMost;
  inspection.log.dropped_older = inspection.wholeness.pages_checked = kMost;
  inspection.wholeness.pages_bad = kMost;
  inspection.wholeness.needs_bytes = inspection.wholeness.pages = kMost;
  inspection.log.first_sequence = inspection.log.uptime_us = inspection.page_size = kMost;
  inspection.split = SplitRange{0, kMost, 64};
  inspection.header_version = inspection.dump_level = std::numeric_limits<int>::min();
  inspection.cpus = std::numeric_limits<std::uint32_t>::max();
  inspection.crash_time = std::numeric_limits<std::int64_t>::min();
  return inspection;
}

// One of each kind of answer.
inline std::vector<Inspection> InspectionSamples() {
  std::vector<Inspection> samples{WholeInspection(), TruncatedInspection(), HostileInspection(),
                                  Inspection{}, Uninspected(42, "permission", "Permission denied")};
  for (int state = 0; state < kDumpStates; ++state) {
    samples.push_back(WholeInspection());
    samples.back().wholeness.state = static_cast<DumpState>(state);
  }
  for (int format = 0; format < kDumpFormats; ++format) {
    samples.push_back(WholeInspection());
    samples.back().format = static_cast<DumpFormat>(format);
  }
  for (int level = 0; level < kCheckLevels; ++level) {
    samples.push_back(WholeInspection());
    samples.back().wholeness.level = static_cast<CheckLevel>(level);
  }
  for (const std::uint64_t us :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999'999},
        std::uint64_t{1'795'331'703'123'457}, std::uint64_t{2'147'483'647'999'999},
        std::uint64_t{2'147'483'648'000'000}}) {
    samples.push_back(WholeInspection());
    samples.back().log.uptime_us = us;
  }
  for (const std::int64_t time : {std::int64_t{1}, std::int64_t{951'782'400},  // 29 February 2000
                                  std::int64_t{253'402'300'799}}) {
    samples.push_back(WholeInspection());
    samples.back().crash_time = time;
  }
  return samples;
}

}  // namespace kdumpd
