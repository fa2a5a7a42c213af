// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "daemon/core/error.h"
#include "daemon/core/inspection.h"
#include "daemon/vmcore/kernel_log.h"
#include "daemon/vmcore/vmcoreinfo.h"

// What both forms of the kernel log have in common.
namespace kdumpd {

// One field of a structure of the kernel: VMCOREINFO says where it lies, we how much we read of it.
struct LogField {
  std::string_view structure, member;
  std::uint64_t bytes;
  std::uint64_t* offset;  // out
};
inline constexpr std::uint64_t kMaxLogStructure = 4096;

// SIZE(structure): kNotFound, or kInvalid when it is 0 or more than kMaxLogStructure.
[[nodiscard]] Result<std::uint64_t> StructureSize(const Vmcoreinfo& notes,
                                                  std::string_view structure);
// Fills every offset. kNotFound names the key that is missing; kInvalid a field that lies outside
// its structure.
[[nodiscard]] Result<void> FindFields(const Vmcoreinfo& notes, std::span<const LogField> fields);

// A log that cannot be had: log_symbols_missing for kNotFound, log_invalid for kInvalid, else
// log_unreadable.
[[nodiscard]] KernelLog NoLog(std::string_view kind, const Error& error);
// How the reading of a log went, where some of it was not in the dump, or contradicted itself.
void JudgeLog(KernelLog& log, bool unread, bool invalid);
[[nodiscard]] LogLimits Clamped(const LogLimits& limits);

// facility and level: two bytes, the latter a bit field flags:5, level:3, which fills from the end
// that the byte order names.
void PutPriority(LogRecord& record, std::uint8_t facility, std::uint8_t flags_and_level,
                 Endian endian);

}  // namespace kdumpd
