// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/call_trace.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/crash_details.h"
#include "daemon/core/crash_events.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostTraces = 64;

// Registers that say where a processor was. User space is told by its code segment.
constexpr std::array<std::string_view, 10> kPointers{
    "RIP: ",     "EIP: ", "EIP is at ", "IP: ",   "pc : ",
    "PC is at ", "NIP [", "Krnl PSW :", "epc : ", "RIP  ["};
constexpr std::array<std::string_view, 4> kUserCode{"0033:", "002b:", "0023:", "e033:"};

constexpr std::array<std::string_view, 3> kTraceStarts{"Call Trace:", "Call trace:", "Backtrace:"};

// After these what looks like a frame is none of the stack.
constexpr std::array<std::string_view, 3> kTraceEnds{"Last Breaking-Event-Address",
                                                     "Modules linked in:", "Instruction dump:"};

struct Origin {
  std::string_view start;
  TraceOrigin origin;
};
constexpr std::array kOrigins{
    Origin{"NMI backtrace for cpu", TraceOrigin::kOtherCpu},
    Origin{"Task dump for CPU", TraceOrigin::kOtherCpu},
    Origin{"Stack dump where RCU GP kthread last ran", TraceOrigin::kLastRan},
    Origin{"RCU grace-period kthread stack dump", TraceOrigin::kGracePeriod},
};

template <class Marks>
bool StartsWithAny(std::string_view text, const Marks& marks) {
  return std::ranges::any_of(marks, [&](std::string_view mark) { return text.starts_with(mark); });
}

// Takes marks as "<IRQ>", "</IRQ>", "<#DF>", "<<EOE>>" away from the start of a line.
FrameContext TakeContext(std::string_view& text, FrameContext context) {
  while (text.starts_with('<')) {
    const auto end = text.find('>');
    if (end == std::string_view::npos || end > 12) break;
    const std::string_view mark = text.substr(1, end - 1);
    if (mark.starts_with('/') || mark.ends_with("EOI") || mark.ends_with("EOE") || mark == "TASK") {
      context = FrameContext::kTask;
    } else if (mark.ends_with("IRQ")) {
      context = FrameContext::kIrq;
    } else if (mark.ends_with("NMI")) {
      context = FrameContext::kNmi;
    } else {
      context = FrameContext::kException;
    }
    text.remove_prefix(end + 1);
    while (text.starts_with('>') || text.starts_with(' ')) text.remove_prefix(1);
  }
  return context;
}

class TraceReader {
 public:
  void Take(std::string_view text) {
    const std::string_view plain = Trim(WithoutReporter(text));
    for (const Origin& origin : kOrigins) {
      if (!plain.starts_with(origin.start)) continue;
      Begin(origin.origin);
      trace_.cpu = LeadingCpu(Trim(plain.substr(origin.start.size())));
      return;
    }
    if (const auto cpu = ParseCpuLine(text)) {
      if (!trace_.frames.empty()) Begin(TraceOrigin::kReport);
      if (trace_.cpu_line.empty()) {
        trace_.cpu_line = text;
        if (cpu->cpu) trace_.cpu = cpu->cpu;
      }
      return;
    }
    if (trace_.origin == TraceOrigin::kOtherCpu && trace_.task_line.empty() &&
        ParseTaskName(text)) {
      trace_.task_line = text;
    }
    if (StartsWithAny(text, kTraceStarts)) return TakeStart(text);
    if (StartsWithAny(text, kPointers)) return TakePointer(text);
    if (StartsWithAny(text, kTraceEnds)) {
      in_trace_ = false;
      return;
    }
    if (in_trace_) TakeFrame(text);
  }

  std::vector<CallTrace> Traces() && {
    Begin(TraceOrigin::kReport);
    return std::move(traces_);
  }

 private:
  void Begin(TraceOrigin origin) {
    const bool empty = trace_.frames.empty() && !trace_.instruction_pointer;
    if (!empty && traces_.size() < kMostTraces) traces_.push_back(std::move(trace_));
    trace_ = CallTrace{};
    trace_.origin = origin;
    in_trace_ = false;
    nowhere_ = false;
    context_ = FrameContext::kTask;
  }

  void TakeStart(std::string_view text) {
    if (in_trace_ && !trace_.frames.empty()) Begin(TraceOrigin::kReport);
    in_trace_ = true;
    context_ = FrameContext::kTask;
    // Old kernels print the first frame behind it.
    TakeFrame(text.substr(text.find(':') + 1));
  }

  void TakeFrame(std::string_view text) {
    text = Trim(text);
    context_ = TakeContext(text, context_);
    auto frame = ParseFrame(text);
    if (!frame || trace_.frames.size() >= kMaxFrames) return;
    frame->context = context_;
    trace_.frames.push_back(*std::move(frame));
  }

  // Registers within a trace are those of what was interrupted.
  void TakePointer(std::string_view text) {
    const std::string_view value = Trim(text.substr(text.find_first_of(":[") + 1));
    if (StartsWithAny(value, kUserCode) || text.starts_with("RIP  [")) return;
    auto frame = FunctionIn(text);
    if (frame) frame->instruction_pointer = true;
    if (in_trace_ && !trace_.frames.empty()) {
      context_ = FrameContext::kTask;
      if (frame && trace_.frames.size() < kMaxFrames) trace_.frames.push_back(*std::move(frame));
    } else if (!trace_.instruction_pointer && !nowhere_) {
      nowhere_ = !frame;  // it jumped to where no function is
      trace_.instruction_pointer = std::move(frame);
    }
  }

  std::vector<CallTrace> traces_;
  CallTrace trace_;
  bool in_trace_ = false;
  bool nowhere_ = false;
  FrameContext context_ = FrameContext::kTask;
};

}  // namespace

bool BeginsTrace(std::string_view message) { return StartsWithAny(message, kTraceStarts); }

std::vector<CallTrace> ReadTraces(std::span<const KernelLine> lines) {
  TraceReader reader;
  for (const KernelLine& line : lines) {
    if (!line.user) reader.Take(line.text);
  }
  return std::move(reader).Traces();
}

}  // namespace kdumpd
