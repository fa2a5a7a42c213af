// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "daemon/core/state.h"

namespace kdumpd {

// The contract with Prometheus: every metric this daemon can show. Names and labels are only added
// to.
enum class MetricKind { kGauge, kCounter, kHistogram };

// What the number of series of one metric is multiplied with.
enum class PerNode { kOnce, kUnit, kDestination };

struct Metric {
  std::string_view name;
  MetricKind kind;
  std::array<std::string_view, 4> labels;  // "" after the last
  std::size_t series;                      // at most, times `per`
  PerNode per;
  std::string_view help;
};

// ActiveState values of systemd 252, org.freedesktop.systemd1(5). Any other is none of them: all 0.
inline constexpr std::array<std::string_view, 6> kActiveStates{
    "active", "reloading", "inactive", "failed", "activating", "deactivating"};
// procfs, sysfs, dbus, crash_directory, state, kubernetes.
inline constexpr std::size_t kMostSources = 6;
// kdump_crashes_total: the kinds that occurred first have series of their own, all others share
// those of the category "other", one for each capture.
inline constexpr std::size_t kOwnCrashSeries = 8;
inline constexpr std::size_t kCrashSeries = kOwnCrashSeries + kCaptures;
// kdump_check_problem: the most severe ones; kdump_checks counts them all.
inline constexpr std::size_t kMostCheckProblems = 30;
// The limit that the whole exposition keeps to, process_* included.
inline constexpr std::size_t kMostSeries = 150;

inline constexpr auto kGauge = MetricKind::kGauge;
inline constexpr auto kCounter = MetricKind::kCounter;
inline constexpr auto kOnce = PerNode::kOnce;

// In the order of the exposition. Help texts are one line without backslash: the serializer of
// prometheus-cpp 1.0.1 does not escape them.
inline constexpr std::array kCatalogue{
    Metric{"kdump_verdict",
           kGauge,
           {"verdict"},
           kVerdicts,
           kOnce,
           "Verdict on the node: 1 for the one that holds."},
    Metric{"kdump_armed",
           kGauge,
           {},
           1,
           kOnce,
           "Whether a panic now would be captured; absent when not known."},
    Metric{"kdump_configured",
           kGauge,
           {},
           1,
           kOnce,
           "Whether the next start of the service would arm the node; absent when not known."},
    Metric{"kdump_check_problem",
           kGauge,
           {"check", "status"},
           kMostCheckProblems,
           kOnce,
           "1 for each check that is warn, fail or unknown and not ignored, the most severe 30; no "
           "series for the others."},
    Metric{"kdump_checks",
           kGauge,
           {"status"},
           kStatuses,
           kOnce,
           "Checks by status, ignored ones left out."},
    Metric{"kdump_crash_kernel_loaded",
           kGauge,
           {},
           1,
           kOnce,
           "Whether a capture kernel is loaded, or firmware-assisted dump is registered."},
    Metric{"kdump_crash_kernel_reserved_bytes",
           kGauge,
           {},
           1,
           kOnce,
           "Memory reserved for the capture kernel."},
    Metric{"kdump_crash_kernel_requested_bytes",
           kGauge,
           {},
           1,
           kOnce,
           "What the kernel command line asks for on a machine with this much memory."},
    Metric{"kdump_crash_kernel_recommended_bytes",
           kGauge,
           {},
           1,
           kOnce,
           "What the distribution recommends for a machine with this much memory."},
    Metric{"kdump_service_state",
           kGauge,
           {"unit", "state"},
           kActiveStates.size(),
           PerNode::kUnit,
           "ActiveState of the kdump units on this node: 1 for the one that holds."},
    Metric{"kdump_target_free_bytes",
           kGauge,
           {},
           1,
           kOnce,
           "Free space on the file system that takes the dump."},
    Metric{"kdump_dump_size_estimate_bytes",
           kGauge,
           {"estimate"},
           2,
           kOnce,
           "Expected size of a dump taken now."},
    Metric{"kdump_dump_duration_estimate_seconds",
           kGauge,
           {"estimate"},
           2,
           kOnce,
           "Expected time from a crash now until the dump is written; the boot after it is not in "
           "it."},
    Metric{"kdump_node_info",
           kGauge,
           {"distribution", "kernel", "architecture", "target_type"},
           1,
           kOnce,
           "What the node is, always 1; a label is empty when not known."},
    Metric{"kdump_armed_since_timestamp_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "When the capture kernel was first seen loaded; absent while the node is not armed."},
    Metric{"kdump_unarmed_seconds_total",
           kCounter,
           {},
           1,
           kOnce,
           "Time during which the node was known not to be armed, since the daemon started."},
    Metric{"kdump_vmcores",
           kGauge,
           {"state"},
           kDumpStates,
           kOnce,
           "Dumps on this node now, by state."},
    Metric{"kdump_vmcore_bytes", kGauge, {}, 1, kOnce, "Size of all dumps on this node now."},
    Metric{
        "kdump_crashes_total",
        kCounter,
        {"category", "capture"},
        kCrashSeries,
        kOnce,
        "Crashes since the daemon first started on this node, by what crashed and what was kept."},
    Metric{"kdump_last_crash_info",
           kGauge,
           {"signature", "category", "capture", "kernel"},
           1,
           kOnce,
           "The newest crash, always 1; a label is empty when not known."},
    Metric{"kdump_unacknowledged_crashes",
           kGauge,
           {},
           1,
           kOnce,
           "Crashes that nobody has acknowledged."},
    Metric{"kdump_last_crash_timestamp_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "When the kernel last crashed; absent when no crash is known."},
    Metric{"kdump_last_boot_outcome",
           kGauge,
           {"outcome"},
           kBootOutcomes,
           kOnce,
           "How the boot before this one ended: 1 for the outcome that holds; absent until it is "
           "decided."},
    Metric{"kdump_last_boot_end_timestamp_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "The last sign of life of the boot before this one; absent until its end is decided."},
    Metric{"kdump_last_drill_timestamp_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "When a drill last crashed this node; absent when none has."},
    Metric{"kdump_last_drill_success",
           kGauge,
           {},
           1,
           kOnce,
           "Whether the last drill was captured; absent when this node cannot see it."},
    Metric{"kdump_last_drill_duration_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "From the crash of the last drill until the node was armed again."},
    Metric{"kdump_drill_due",
           kGauge,
           {},
           1,
           kOnce,
           "Whether no drill has passed, or what it proved has changed since; absent where drills "
           "are not enabled or that cannot be told."},
    Metric{"kdumpd_upload_attempts_total",
           kCounter,
           {"destination", "outcome"},
           2,
           PerNode::kDestination,
           "Attempts to send something to a destination that ended, since the daemon started."},
    Metric{"kdumpd_upload_bytes_total",
           kCounter,
           {"destination"},
           1,
           PerNode::kDestination,
           "Bytes that a destination has taken, since the daemon started."},
    Metric{"kdumpd_upload_pending",
           kGauge,
           {"destination"},
           1,
           PerNode::kDestination,
           "Crashes that are not verified at a destination yet."},
    Metric{"kdumpd_upload_failing",
           kGauge,
           {"destination"},
           1,
           PerNode::kDestination,
           "Of the pending ones, those that were given up or whose attempts achieve nothing."},
    Metric{
        "kdumpd_upload_oldest_pending_timestamp_seconds",
        kGauge,
        {},
        1,
        kOnce,
        "Since when the crash that waits longest for a destination does; absent when none waits."},
    Metric{"kdumpd_upload_progress_ratio",
           kGauge,
           {},
           1,
           kOnce,
           "Which part of the object that is being sent has gone; of several uploads the one that "
           "has come least far; absent when none is under way."},
    Metric{"kdumpd_source_up",
           kGauge,
           {"source"},
           kMostSources,
           kOnce,
           "Whether the last look at this source of facts worked."},
    Metric{"kdumpd_observe_duration_seconds",
           MetricKind::kHistogram,
           {},
           kObserveBuckets.size() + 3,
           kOnce,
           "How long one look at the node took."},
    Metric{"kdumpd_last_observe_timestamp_seconds",
           kGauge,
           {},
           1,
           kOnce,
           "When the last look at the node began."},
    Metric{"kdumpd_config_last_reload_successful",
           kGauge,
           {},
           1,
           kOnce,
           "Whether the last reading of the daemon's configuration worked."},
    Metric{"kdumpd_build_info", kGauge, {"version"}, 1, kOnce, "Version of the daemon, always 1."},
    Metric{"process_cpu_seconds_total",
           kCounter,
           {},
           1,
           kOnce,
           "User and system CPU time of the daemon."},
    Metric{"process_resident_memory_bytes", kGauge, {}, 1, kOnce, "Resident memory of the daemon."},
    Metric{"process_virtual_memory_bytes", kGauge, {}, 1, kOnce, "Virtual memory of the daemon."},
    Metric{"process_open_fds", kGauge, {}, 1, kOnce, "Open file descriptors of the daemon."},
    Metric{"process_max_fds", kGauge, {}, 1, kOnce, "How many the daemon may have open."},
    Metric{"process_start_time_seconds", kGauge, {}, 1, kOnce, "When the daemon started."},
};

// The row of a metric. A name that is not in the catalogue does not compile.
[[nodiscard]] consteval std::size_t Row(std::string_view name) {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    if (kCatalogue[i].name == name) return i;
  }
  throw "not in the catalogue";
}

// The most series one node can show: as many problems as there is room for, the distribution with
// the most units.
[[nodiscard]] std::size_t WorstCaseSeries();

}  // namespace kdumpd
