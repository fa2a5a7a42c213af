// SPDX-License-Identifier: Apache-2.0
#include "metrics/render.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "daemon/core/drill.h"
#include "daemon/core/upload_plan.h"
#include "metrics/exposition.h"
#include "metrics/process_metrics.h"

namespace kdumpd {
namespace {

template <class T>
std::optional<double> Number(const std::optional<T>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}
// A time of 0 is none.
std::optional<double> Time(std::int64_t seconds) {
  return seconds == 0 ? std::nullopt : std::optional(static_cast<double>(seconds));
}
std::string_view Text(const Fact<std::string>& fact) {
  return fact.known() ? std::string_view(fact.value()) : std::string_view();
}

// Fail before unknown before warn, what gates before what does not.
auto Severity(const Finding& finding) {
  const int status = finding.status == Status::kFail      ? 0
                     : finding.status == Status::kUnknown ? 1
                                                          : 2;
  return std::pair(finding.weight == Weight::kRequire ? 0 : 1, status);
}

void AddChecks(const Readiness& readiness, Exposition& out) {
  std::array<int, kStatuses> counts{};
  std::vector<const Finding*> problems;
  for (const Finding& finding : readiness.findings) {
    if (finding.weight == Weight::kIgnore) continue;
    ++counts[static_cast<std::size_t>(finding.status)];
    const bool problem = finding.status == Status::kWarn || finding.status == Status::kFail ||
                         finding.status == Status::kUnknown;
    if (problem) problems.push_back(&finding);
  }
  if (problems.size() > kMostCheckProblems) {
    // Of the same severity in the order of the catalogue, which is that of their list.
    std::ranges::sort(problems, {}, [](const Finding* finding) {
      return std::pair(Severity(*finding), finding);
    });
    problems.resize(kMostCheckProblems);
  }
  for (const Finding* finding : problems) {
    out.Add(Row("kdump_check_problem"), {finding->id, Name(finding->status)}, 1);
  }
  for (int i = 0; i < kStatuses; ++i) {
    out.Add(Row("kdump_checks"), {Name(static_cast<Status>(i))}, counts[i]);
  }
}

void AddVerdict(const Readiness& readiness, Exposition& out) {
  for (int i = 0; i < kVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    out.Add(Row("kdump_verdict"), {Name(verdict)}, readiness.verdict == verdict ? 1 : 0);
  }
  out.Add(Row("kdump_armed"), Number(readiness.armed));
  out.Add(Row("kdump_configured"), Number(readiness.configured));
}

// With firmware-assisted dump no image is loaded; the firmware is told instead.
std::optional<double> Loaded(const Facts& facts) {
  if (facts.fadump.known() && facts.fadump->enabled) return facts.fadump->registered ? 1 : 0;
  if (!facts.crash_loaded.known()) return std::nullopt;
  return facts.crash_loaded.value() ? 1 : 0;
}

void AddCrashKernel(const State& state, Exposition& out) {
  const Numbers& numbers = state.readiness.numbers;
  out.Add(Row("kdump_crash_kernel_loaded"), Loaded(state.facts));
  out.Add(Row("kdump_crash_kernel_reserved_bytes"), Number(numbers.reserved_bytes));
  out.Add(Row("kdump_crash_kernel_requested_bytes"), Number(numbers.requested_bytes));
  out.Add(Row("kdump_crash_kernel_recommended_bytes"), Number(numbers.recommended_bytes));
}

// Units of this node's profile only, each once, whatever the facts hold.
void AddUnits(const Facts& facts, Exposition& out) {
  if (!facts.units.known()) return;
  const std::vector<UnitState>& units = facts.units.value();
  for (const std::string_view name : ProfileOf(facts.distribution).units) {
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [name](const UnitState& each) { return each.name == name; });
    if (unit == units.end() || unit->load_state == "not-found") continue;
    for (const std::string_view state : kActiveStates) {
      out.Add(Row("kdump_service_state"), {name, state}, unit->active_state == state ? 1 : 0);
    }
  }
}

void AddTarget(const State& state, Exposition& out) {
  const Facts& facts = state.facts;
  if (facts.target_space.known()) {
    out.Add(Row("kdump_target_free_bytes"), static_cast<double>(facts.target_space->free_bytes));
  }
  const Numbers& numbers = state.readiness.numbers;
  constexpr std::size_t kSize = Row("kdump_dump_size_estimate_bytes");
  out.Add(kSize, {"p50"}, Number(numbers.dump_p50_bytes));
  out.Add(kSize, {"p95"}, Number(numbers.dump_p95_bytes));
  constexpr std::size_t kDuration = Row("kdump_dump_duration_estimate_seconds");
  out.Add(kDuration, {"p50"}, Number(numbers.dump_p50_seconds));
  out.Add(kDuration, {"p95"}, Number(numbers.dump_p95_seconds));
}

void AddNode(const State& state, Exposition& out) {
  const Facts& facts = state.facts;
  const std::string_view distribution =
      facts.os.unreadable() ? std::string_view() : ProfileOf(facts.distribution).name;
  const std::string_view target =
      facts.target.known() ? Name(facts.target->kind) : std::string_view();
  out.Add(Row("kdump_node_info"),
          {distribution, Text(facts.kernel_release), Text(facts.architecture), target}, 1);
  const bool armed = state.readiness.armed.value_or(false);
  out.Add(Row("kdump_armed_since_timestamp_seconds"), Time(armed ? facts.history.armed_since : 0));
  out.Add(Row("kdump_unarmed_seconds_total"), state.unarmed_seconds_total);
}

// In the order in which the kinds occurred, so that a series never changes what it counts.
void AddCrashes(const State& state, Exposition& out) {
  if (!state.crashes) return;
  std::vector<std::pair<CountedAs, std::uint64_t>> own;
  std::array<std::uint64_t, kCaptures> others{};
  for (const CrashRecord* record : BySealing(*state.crashes)) {
    if (!record->counted) continue;
    const auto found = std::ranges::find(own, *record->counted, &decltype(own)::value_type::first);
    if (found != own.end()) {
      ++found->second;
    } else if (own.size() < kOwnCrashSeries) {
      own.emplace_back(*record->counted, 1);
    } else {
      ++others[static_cast<std::size_t>(record->counted->capture)];
    }
  }
  constexpr std::size_t kTotal = Row("kdump_crashes_total");
  for (const auto& [kind, count] : own) {
    out.Add(kTotal, {Name(kind.category), Name(kind.capture)}, static_cast<double>(count));
  }
  for (int i = 0; i < kCaptures; ++i) {
    const auto count = static_cast<double>(others[static_cast<std::size_t>(i)]);
    if (count > 0) out.Add(kTotal, {"other", Name(static_cast<Capture>(i))}, count);
  }
  const CrashRecord* last = LastCrash(*state.crashes);
  if (last == nullptr || !(last->counted || !last->has_dump())) return;
  out.Add(Row("kdump_last_crash_info"),
          {last->signature, Name(last->category), Name(CaptureOf(*last)), last->kernel_release}, 1);
}

// Half a count would look like a whole one. What is on record does not hang on the directory.
void AddDumps(const State& state, Exposition& out) {
  AddCrashes(state, out);
  if (state.facts.dumps_partial) return;
  const bool listed = state.facts.dumps.known();
  if (listed || state.crashes) {
    out.Add(Row("kdump_last_crash_timestamp_seconds"), Time(state.last_crash_time));
    out.Add(Row("kdump_unacknowledged_crashes"), static_cast<double>(state.unacknowledged_crashes));
  }
  if (!listed) return;
  std::array<int, kDumpStates> counts{};
  for (const Dump& dump : state.facts.dumps.value()) {
    ++counts[static_cast<std::size_t>(dump.state)];
  }
  for (int i = 0; i < kDumpStates; ++i) {
    out.Add(Row("kdump_vmcores"), {Name(static_cast<DumpState>(i))}, counts[i]);
  }
  out.Add(Row("kdump_vmcore_bytes"), static_cast<double>(state.vmcore_bytes));
}

void AddBoots(const State& state, Exposition& out) {
  if (!state.boots || !state.boots_decided || state.boots->empty()) return;
  const BootRecord& last = state.boots->front();
  for (int i = 0; i < kBootOutcomes; ++i) {
    const auto outcome = static_cast<BootOutcome>(i);
    out.Add(Row("kdump_last_boot_outcome"), {Name(outcome)}, last.outcome == outcome ? 1 : 0);
  }
  out.Add(Row("kdump_last_boot_end_timestamp_seconds"), Time(last.last_sign));
}

void AddDrills(const State& state, Exposition& out) {
  if (!state.drills) return;
  const Drills& drills = *state.drills;
  if (drills.last) {
    const DrillRecord& last = *drills.last;
    out.Add(Row("kdump_last_drill_timestamp_seconds"), Time(last.crash_time));
    const bool judged = last.result == DrillResult::kPassed || last.result == DrillResult::kFailed;
    if (judged)
      out.Add(Row("kdump_last_drill_success"), last.result == DrillResult::kPassed ? 1 : 0);
    out.Add(Row("kdump_last_drill_duration_seconds"), Time(last.back_seconds));
  }
  if (state.drill_enabled) {
    const std::string_view due = DrillDue(drills, state.facts);
    if (due != kDueUnknown) out.Add(Row("kdump_drill_due"), due.empty() ? 0 : 1);
  }
}

void AddUploads(const State& state, Exposition& out) {
  if (!state.uploads) return;
  std::int64_t oldest = 0;
  std::optional<double> progress;
  for (const UploadActivity& activity : *state.uploads) {
    const std::string_view name = activity.destination;
    constexpr std::size_t kAttempts = Row("kdumpd_upload_attempts_total");
    out.Add(kAttempts, {name, "success"}, static_cast<double>(activity.succeeded));
    out.Add(kAttempts, {name, "failure"}, static_cast<double>(activity.failed));
    out.Add(Row("kdumpd_upload_bytes_total"), {name}, static_cast<double>(activity.bytes));
    if (state.crashes) {
      const UploadBacklog backlog = BacklogOf(*state.crashes, name);
      out.Add(Row("kdumpd_upload_pending"), {name}, static_cast<double>(backlog.pending));
      out.Add(Row("kdumpd_upload_failing"), {name}, static_cast<double>(backlog.failing));
      if (oldest == 0 || (backlog.oldest != 0 && backlog.oldest < oldest)) oldest = backlog.oldest;
    }
    if (activity.crash_id.empty() || activity.progress.bytes == 0) continue;
    const double ratio =
        static_cast<double>(activity.progress.sent) / static_cast<double>(activity.progress.bytes);
    progress = std::min(progress.value_or(1), ratio);
  }
  out.Add(Row("kdumpd_upload_oldest_pending_timestamp_seconds"), Time(oldest));
  out.Add(Row("kdumpd_upload_progress_ratio"), progress);
}

void AddDaemon(const State& state, Exposition& out) {
  for (const SourceHealth& source : state.sources) {
    out.Add(Row("kdumpd_source_up"), {source.name}, source.up ? 1 : 0);
  }
  out.AddHistogram(Row("kdumpd_observe_duration_seconds"), state.observe);
  out.Add(Row("kdumpd_last_observe_timestamp_seconds"), Time(state.facts.now));
  out.Add(Row("kdumpd_config_last_reload_successful"), state.config_reload_ok ? 1 : 0);
}

void AddState(const State& state, Exposition& out) {
  AddVerdict(state.readiness, out);
  AddChecks(state.readiness, out);
  AddCrashKernel(state, out);
  AddUnits(state.facts, out);
  AddTarget(state, out);
  AddNode(state, out);
  AddDumps(state, out);
  AddBoots(state, out);
  AddDrills(state, out);
  AddUploads(state, out);
  AddDaemon(state, out);
}

void AddProcess(Exposition& out) {
  const ProcessFigures process = ReadProcess();
  out.Add(Row("process_cpu_seconds_total"), process.cpu_seconds);
  out.Add(Row("process_resident_memory_bytes"), process.resident_bytes);
  out.Add(Row("process_virtual_memory_bytes"), process.virtual_bytes);
  out.Add(Row("process_open_fds"), process.open_fds);
  out.Add(Row("process_max_fds"), process.max_fds);
  out.Add(Row("process_start_time_seconds"), process.start_time);
}

}  // namespace

std::string RenderMetrics(const State* state, const std::string& version) {
  Exposition out;
  if (state != nullptr) AddState(*state, out);
  out.Add(Row("kdumpd_build_info"), {version}, 1);
  AddProcess(out);
  return out.Text();
}

std::string RenderStateMetrics(const State& state) {
  Exposition out;
  AddState(state, out);
  return out.Text();
}

}  // namespace kdumpd
