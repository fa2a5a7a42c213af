// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_report.h"

// Lines of a crash that say who, where and on what: one function for each form.
namespace kdumpd {

// "CPU: 1 UID: 0 PID: 7 Comm: init Kdump: loaded Tainted: G  OE  6.12.107 #1 Debian ...", and the
// forms of before 3.11 ("Pid: 7, comm: init Not tainted 2.6.32"). kernel/printk:
// dump_stack_print_info.
struct CpuLine {
  std::optional<std::uint32_t> cpu;
  std::optional<std::int64_t> pid;
  std::string_view task;
  std::string_view taint;    // letters, a blank for each that is not set; "" not tainted
  std::string_view release;  // "" when it is cut off
};
[[nodiscard]] std::optional<CpuLine> ParseCpuLine(std::string_view message);

// The processor whose number a text begins with.
[[nodiscard]] std::optional<std::uint32_t> LeadingCpu(std::string_view text);

// "Tainted: G           OE      6.1.0-56" or "Not tainted 6.1.0-56", wherever it stands: letters
// and release into `line`. False: neither is there.
bool ParseTaint(std::string_view message, CpuLine& line);

// Who hung or ran: "[init:1]" of a soft lockup, "task init:1 blocked" of a hung one, "by task
// init/1" of KASAN, "CPU: 0 PID: 1 at " of a warning, "Process init (pid: 1, ".
struct TaskName {
  std::string_view task;
  std::optional<std::int64_t> pid;
  std::optional<std::uint32_t> cpu;
};
[[nodiscard]] std::optional<TaskName> ParseTaskName(std::string_view message);

// "lib/list_debug.c" of "kernel BUG at lib/list_debug.c:53!" and "WARNING: CPU: 0 PID: 1 at ...".
[[nodiscard]] std::string_view SourceFile(std::string_view message);

// The address that could not be reached: "address: 0000000000000018", "at virtual address 0000".
[[nodiscard]] std::optional<std::uint64_t> FaultAddress(std::string_view message);

// Of "Modules linked in: a(OE) b [last unloaded: c]" the modules. A long list goes on in the next
// record; `AddModules` is false for a line that is no such list.
[[nodiscard]] bool IsModuleLine(std::string_view message);
bool AddModules(std::string_view list, std::vector<std::string>& modules);

}  // namespace kdumpd
