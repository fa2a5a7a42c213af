// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/analyse_crash.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "daemon/core/call_trace.h"
#include "daemon/core/crash_category.h"
#include "daemon/core/crash_details.h"
#include "daemon/core/crash_reason.h"
#include "daemon/core/crash_signature.h"
#include "daemon/core/frame_rules.h"
#include "daemon/core/kernel_line.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum CrashCategory;
using KernelLines = std::span<const KernelLine>;

constexpr std::size_t kMostDetailLines = 4096;

struct Log {
  std::vector<std::string_view> raw;
  std::vector<KernelLine> lines;
};

Log ReadNewest(std::string_view text) {
  Log log;
  while (!text.empty() && log.raw.size() < kMaxCrashLines) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const auto at = text.rfind('\n');
    const auto begin = at == std::string_view::npos ? 0 : at + 1;
    log.raw.push_back(text.substr(begin));
    text = text.substr(0, begin);
  }
  std::ranges::reverse(log.raw);
  log.lines.reserve(log.raw.size());
  std::size_t stamped = 0;
  for (const std::string_view line : log.raw) {
    log.lines.push_back(ParseKernelLine(line));
    if (log.lines.back().stamped) ++stamped;
  }
  // Where lines are stamped, one that is not goes on with the record before it.
  if (2 * stamped <= log.lines.size()) return log;
  for (std::size_t i = 1; i < log.lines.size(); ++i) log.lines[i].further = !log.lines[i].stamped;
  return log;
}

bool IsStall(CrashCategory category) { return category == kRcuStall || category == kHardLockup; }

bool HasCpuLine(KernelLines lines) {
  return std::ranges::any_of(lines.first(std::min(lines.size(), kMostDetailLines)),
                             [](auto& line) { return !line.user && ParseCpuLine(line.text); });
}

// The lines that are about the crash: of its boot, up to where it ends, printed by the same context
// where that is known. Stalls are told by several.
std::vector<KernelLine> DetailLines(KernelLines lines, const CrashReason& why) {
  const KernelLine& reason = lines[why.episode.event.line];
  const bool several = IsStall(why.category) || why.episode.event.weight == EventWeight::kSign;
  std::vector<KernelLine> details;
  std::size_t end = why.end;
  // Told to panic, a kernel before 5.17 leaves the stack of a warning to the panic.
  const auto about = lines.subspan(why.episode.event.line, end - why.episode.event.line);
  if (why.panic && why.episode.event.weight == EventWeight::kReport && !HasCpuLine(about)) {
    end = why.boot_end;
  }
  end = std::min(end, why.episode.event.line + kMostDetailLines);
  for (std::size_t i = why.episode.event.line; i < end; ++i) {
    const KernelLine& line = lines[i];
    if (line.user) continue;
    const bool same = reason.caller.empty() || line.caller.empty() || line.caller == reason.caller;
    if (!same && !several) continue;
    details.push_back(line);
    if (!several && line.text.starts_with("---[ end ")) break;
  }
  return details;
}

void TakeCpuLine(const CpuLine& line, CrashReport& report) {
  report.cpu = line.cpu;
  report.pid = line.pid;
  report.task = line.task;
}

void TakeTaint(const CpuLine& line, CrashReport& report) {
  for (const char c : line.taint) {
    if (c != ' ' && c != 'G') report.taint += c;  // G: no proprietary module, and so no taint
  }
  report.kernel_release = line.release;
}

// The processor in "rcu: \t4-...!: (0 ticks this GP)" (kernel/rcu/tree_stall.h), "{ 4}" (3.x), "on
// cpu 4", "CPU 4 self-detected": whose stack it is that counts.
std::optional<std::uint32_t> StuckCpu(const CrashReport& report, KernelLines details) {
  const std::string_view reason = report.reason;
  for (const std::string_view mark :
       {" on cpu ", "other CPUs ", "other CPUS:", "self-detected stall on CPU { "}) {
    const auto at = reason.find(mark);
    if (at != std::string_view::npos) return LeadingCpu(reason.substr(at + mark.size()));
  }
  const auto self = reason.find("CPU ");
  if (report.category == kHardLockup && self != std::string_view::npos) {
    return LeadingCpu(reason.substr(self + 4));
  }
  for (const KernelLine& line : details) {
    const std::string_view text = Trim(WithoutReporter(line.text));
    const auto dash = text.substr(0, 6).find('-');
    if (dash == std::string_view::npos || !text.contains(": (")) continue;
    if (const auto cpu = LeadingCpu(text)) return cpu;
  }
  const auto brace = reason.find("{ ");
  return brace == std::string_view::npos ? std::nullopt : LeadingCpu(reason.substr(brace + 2));
}

// Of a stall: whoever's stack it is, not who noticed.
void TakeStuckTask(KernelLines details, const CallTrace& trace, CrashReport& report) {
  const auto line = ParseCpuLine(trace.cpu_line);
  const auto task = ParseTaskName(trace.task_line);
  report.task.clear();
  report.pid.reset();
  if (line) TakeCpuLine(*line, report);
  if (!line && task) {
    report.task = task->task;
    report.pid = task->pid;
  }
  report.cpu = StuckCpu(report, details);
  if (!report.cpu) report.cpu = trace.cpu;
}

// Who: the report's own words before the processor that happened to print it.
void TakeTask(KernelLines details, const CallTrace& trace, CrashReport& report) {
  for (const KernelLine& line : details) {
    const auto cpu = ParseCpuLine(line.text);
    if (!cpu) continue;
    TakeCpuLine(*cpu, report);
    break;
  }
  if (IsStall(report.category)) return TakeStuckTask(details, trace, report);
  for (const KernelLine& line : details) {
    const auto name = ParseTaskName(line.text);
    if (!name || (name->task.empty() && report.pid)) continue;
    const bool hung = report.category == kHungTask;
    if (!report.task.empty() && !hung && report.category != kSoftLockup) break;
    report.task = name->task;
    report.pid = name->pid;
    if (name->cpu || hung) report.cpu = name->cpu;
    break;
  }
}

void TakeTaintOf(KernelLines details, CrashReport& report) {
  for (const KernelLine& line : details) {
    CpuLine taint;
    if (!ParseTaint(line.text, taint)) continue;
    TakeTaint(taint, report);
    break;
  }
}

void TakeModules(KernelLines lines, CrashReport& report) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!IsModuleLine(lines[i].text)) continue;
    if (!AddModules(lines[i].text, report.modules)) return;
    // A list too long for one record goes on in the next.
    constexpr std::size_t kLong = 700;
    for (; i + 1 < lines.size() && lines[i].text.size() > kLong; ++i) {
      if (!AddModules(lines[i + 1].text, report.modules)) return;
    }
    return;
  }
}

// The hardware is named with every stack, and once at boot: "DMI: QEMU Standard PC, BIOS 1.16".
void TakeMachine(KernelLines boot, std::size_t reason, CrashReport& report) {
  constexpr std::string_view kHardware = "Hardware name: ", kDmi = "DMI: ";
  for (std::size_t i = reason; i < boot.size() && report.hardware.empty(); ++i) {
    const std::string_view text = boot[i].text;
    if (!boot[i].user && text.starts_with(kHardware))
      report.hardware = text.substr(kHardware.size());
  }
  for (const KernelLine& line : boot.first(reason)) {
    if (line.user) continue;
    if (line.text.starts_with(kDmi) && report.hardware.empty()) {
      report.hardware = line.text.substr(kDmi.size());
    }
    if (report.kernel_release.empty()) report.kernel_release = ReleaseInBanner(line.text);
  }
}

bool InKernel(const CallTrace& trace) {
  return trace.instruction_pointer &&
         !IsA(FrameRole::kReporting, NormalFunction(trace.instruction_pointer->function));
}

// A stall prints the stack of whoever noticed, of the victim and of the culprit; perhaps of all.
// That of the processor that the report names counts, else the best guess.
CallTrace ChooseTrace(std::vector<CallTrace> traces, const CrashReport& report,
                      KernelLines details) {
  if (traces.empty()) return {};
  if (!IsStall(report.category)) return std::move(traces.front());
  if (const auto stuck = StuckCpu(report, details)) {
    const auto its = std::ranges::find(traces, stuck, &CallTrace::cpu);
    if (its != traces.end()) return std::move(*its);
  }
  const auto score = [](const CallTrace& trace) {
    const int origin = trace.origin == TraceOrigin::kGracePeriod ? 0
                       : trace.origin == TraceOrigin::kOtherCpu  ? 2
                                                                 : 1;
    const bool interrupted = std::ranges::any_of(trace.frames, &StackFrame::instruction_pointer);
    return origin == 0 ? 0 : origin + (InKernel(trace) ? 4 : interrupted ? 2 : 0);
  };
  return std::move(*std::ranges::max_element(traces, {}, score));
}

void TakeFrames(const CallTrace& trace, CrashReport& report) {
  if (trace.instruction_pointer) report.frames.push_back(*trace.instruction_pointer);
  for (const StackFrame& frame : trace.frames) {
    if (report.frames.size() < kMaxFrames) report.frames.push_back(frame);
  }
}

// Some reports name the function in their first line, and have no registers or others'.
void TakeNamedFunction(const CrashReport& report, CallTrace& trace) {
  const bool names = report.category == kKasan || report.category == kStackCorruption ||
                     report.category == kHardLockup || report.category == kWarning;
  if (!names || InKernel(trace)) return;
  auto named = FunctionIn(report.reason);
  if (!named) return;
  named->instruction_pointer = true;
  // What has led to the report stands above it in the stack.
  const auto same = std::ranges::find_if(trace.frames, [&](const StackFrame& frame) {
    return frame.reliable && NormalFunction(frame.function) == NormalFunction(named->function);
  });
  if (same != trace.frames.end()) trace.frames.erase(trace.frames.begin(), same);
  trace.instruction_pointer = std::move(named);
}

void TakeLastLines(const Log& log, const CrashReason& why, CrashReport& report) {
  const std::size_t end = why.episode.last + 1;
  const std::size_t begin = end > kMaxLastLines ? end - kMaxLastLines : 0;
  for (std::size_t i = std::max(begin, why.boot); i < end; ++i) {
    const std::string_view line = WithoutPriority(log.raw[i].substr(0, kMaxKernelLine));
    report.last_lines.emplace_back(line.substr(0, line.find_last_not_of(" \t\r") + 1));
  }
}

}  // namespace

std::optional<CrashReport> AnalyseCrash(std::string_view text) {
  const Log log = ReadNewest(text);
  const KernelLines lines(log.lines);
  const auto why = FindCrashReason(lines);
  if (!why) return std::nullopt;
  const std::size_t at = why->episode.event.line;
  CrashReport report;
  report.category = RefinedCategory(lines, *why);
  report.fatal = why->fatal;
  report.reason = lines[at].text;
  report.at_us = lines[at].time_us;
  report.oopses = why->oopses;
  if (why->panic) report.panic_message = lines[*why->panic].text.substr(kPanicStart.size());
  const auto details = DetailLines(lines, *why);
  CallTrace trace = ChooseTrace(ReadTraces(details), report, details);
  TakeTask(details, trace, report);
  TakeTaintOf(details, report);
  TakeFrames(trace, report);
  TakeNamedFunction(report, trace);
  TakeModules(details, report);
  if (report.modules.empty()) TakeModules(lines.subspan(at), report);
  TakeMachine(lines.subspan(why->boot), at - why->boot, report);
  NameCrash(report, trace);
  TakeLastLines(log, *why, report);
  Sanitize(report);
  return report;
}

}  // namespace kdumpd
