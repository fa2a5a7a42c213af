// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/inspection.h"
#include "daemon/vmcore/virtual_memory.h"
#include "daemon/vmcore/vmcoreinfo.h"

namespace kdumpd {

struct LogRecord {
  std::uint64_t sequence = 0;
  std::uint64_t nanoseconds = 0;  // since boot, of the kernel's own clock
  std::uint8_t facility = 0;      // 0: the kernel's; else somebody wrote to /dev/kmsg
  std::uint8_t level = 0;         // 0 to 7
  std::string text;               // raw bytes, hostile
};

struct LogLimits {
  std::uint64_t records = 16'384;
  std::uint64_t text_bytes = 1 << 20;
};
// The most that LogLimits may ask for.
inline constexpr LogLimits kMaxLog{1 << 20, 16 << 20};

struct KernelLog {
  std::vector<LogRecord> records;  // oldest first; the newest within the limits
  LogFacts facts;
};

// The kernel log of a dump: printk_ringbuffer (5.10 and later, kernel/printk/printk_ringbuffer.c)
// or printk_log records (3.5 to 5.9, kernel/printk/printk.c), whichever VMCOREINFO names. A page
// that is not in the dump loses its records and no others. Never fails: without a log, facts.reason
// says why (log_symbols_missing, log_unreadable, log_invalid, log_empty).
[[nodiscard]] KernelLog ReadKernelLog(const VirtualMemory& memory, const Vmcoreinfo& notes,
                                      const LogLimits& limits);
[[nodiscard]] KernelLog ReadLogRing(const VirtualMemory& memory, const Vmcoreinfo& notes,
                                    const LogLimits& limits);
[[nodiscard]] KernelLog ReadLogRecords(const VirtualMemory& memory, const Vmcoreinfo& notes,
                                       const LogLimits& limits);

// As `dmesg --raw` prints it: "<priority>[ secs.usecs] text\n", the prefix repeated for every line
// of the text; bytes below 0x20 save tab, and from 0x7f on, as \xNN (makedumpfile --dump-dmesg).
void AppendLines(const LogRecord& record, std::string& out);
// The same with the prefix before the first line only: the others say nothing of their own.
void AppendRecord(const LogRecord& record, std::string& out);

}  // namespace kdumpd
