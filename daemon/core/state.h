// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/core/crash_record.h"
#include "daemon/core/readiness.h"
#include "daemon/core/upload_activity.h"

namespace kdumpd {

struct Drills;

// Where facts come from, and whether the last look there worked. Label values of kdumpd_source_up.
struct SourceHealth {
  std::string name;  // procfs, sysfs, dbus, crash_directory, state
  bool up = false;
  std::string why;  // "" when up
};

// Upper bounds of kdumpd_observe_duration_seconds, seconds.
inline constexpr std::array<double, 5> kObserveBuckets{0.005, 0.02, 0.1, 0.5, 2};

struct ObserveHistogram {
  std::array<std::uint64_t, kObserveBuckets.size() + 1> counts{};  // not cumulative; the last: +Inf
  double sum_seconds = 0;
};

// Everything that is published, built once per Reconcile and never changed afterwards.
struct State {
  std::int64_t now = 0;         // seconds since the epoch
  std::int64_t started_at = 0;  // of this process
  std::string node;             // node name; "" when not known
  std::string machine_id;       // ids are made of it, and it is never shown; "" when not known
  std::string version;
  Facts facts;
  Readiness readiness;
  std::vector<SourceHealth> sources;
  double unarmed_seconds_total = 0;  // since this process started, while known not to be armed
  std::uint64_t vmcore_bytes = 0;    // sum over the dumps on this node
  // The crashes since the first start and historic ones that were asked for, the newest first; null
  // when no records can be kept.
  std::shared_ptr<const std::vector<CrashRecord>> crashes;
  std::uint64_t unacknowledged_crashes = 0;
  std::int64_t last_crash_time = 0;  // of the newest dump that is not historic; 0: none
  // The boots before this one, the newest first; null when none can be remembered.
  std::shared_ptr<const std::vector<BootRecord>> boots;
  bool boots_decided = false;            // the newest of them is the one before this boot
  std::shared_ptr<const Drills> drills;  // null when none can be remembered
  bool drill_enabled = false;
  // One for each destination that is configured; null when nothing can be sent.
  std::shared_ptr<const std::vector<UploadActivity>> uploads;
  ObserveHistogram observe;
  bool config_reload_ok = true;
  std::int64_t monotonic_ms = 0;  // CLOCK_MONOTONIC of the look, for /healthz
};

}  // namespace kdumpd
