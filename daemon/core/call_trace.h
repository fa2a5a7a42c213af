// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/core/crash_report.h"
#include "daemon/core/kernel_line.h"

// Stacks in a kernel log, of every architecture: registers that name a function, and the lines
// after "Call Trace:".
namespace kdumpd {

// Which part of a report printed a stack. A stall prints several.
enum class TraceOrigin {
  kReport,       // the report's own
  kOtherCpu,     // "NMI backtrace for cpu 3", "Task dump for CPU 3"
  kGracePeriod,  // "RCU grace-period kthread stack dump": the victim of a stall
  kLastRan,      // "Stack dump where RCU GP kthread last ran"
};

struct CallTrace {
  TraceOrigin origin = TraceOrigin::kReport;
  std::optional<std::uint32_t> cpu;  // whose it is, where that is said
  std::string_view cpu_line;         // "CPU: 3 PID: 1 Comm: ..." before it; "" none
  std::string_view task_line;        // "spin  R  running task  0 1234 ..." before it; "" none
  std::optional<StackFrame> instruction_pointer;  // of the registers before it, in the kernel
  std::vector<StackFrame> frames;                 // the innermost first, at most kMaxFrames
};

// All stacks of these lines, in their order; without empty ones.
[[nodiscard]] std::vector<CallTrace> ReadTraces(std::span<const KernelLine> lines);

// "Call Trace:" of any architecture.
[[nodiscard]] bool BeginsTrace(std::string_view message);

// "f+0x5/0x18 [mod]" anywhere in a line: what a report says of itself.
[[nodiscard]] std::optional<StackFrame> FunctionIn(std::string_view message);

// "f.isra.0+0x5/0x18 [mod 1234abcd]", "f+0x5/0x18 [mod] (unreliable)", "? f+0x5/0x18", with the
// addresses of old kernels before it; "(f) from (g+0x1/0x2)" of 32-bit arm.
[[nodiscard]] std::optional<StackFrame> ParseFrame(std::string_view text);

}  // namespace kdumpd
