// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/log_layout.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {

Result<std::uint64_t> StructureSize(const Vmcoreinfo& notes, std::string_view structure) {
  const auto size = notes.Size(structure);
  if (!size) return Fail(ErrorCode::kNotFound, Cat("VMCOREINFO has no SIZE(", structure, ")"));
  if (*size == 0 || *size > kMaxLogStructure) {
    return Fail(ErrorCode::kInvalid, Cat("SIZE(", structure, ") is ", *size));
  }
  return *size;
}

Result<void> FindFields(const Vmcoreinfo& notes, std::span<const LogField> fields) {
  for (const LogField& field : fields) {
    const auto size = StructureSize(notes, field.structure);
    if (!size) return std::unexpected(size.error());
    const std::string name = Cat(field.structure, ".", field.member);
    const auto offset = notes.Offset(name);
    if (!offset) return Fail(ErrorCode::kNotFound, Cat("VMCOREINFO has no OFFSET(", name, ")"));
    if (field.bytes > *size || *offset > *size - field.bytes) {
      return Fail(ErrorCode::kInvalid,
                  Cat("OFFSET(", name, ") is ", *offset, " of a structure of ", *size, " bytes"));
    }
    *field.offset = *offset;
  }
  return {};
}

KernelLog NoLog(std::string_view kind, const Error& error) {
  KernelLog log;
  log.facts.kind = kind;
  log.facts.reason = error.code == ErrorCode::kNotFound  ? "log_symbols_missing"
                     : error.code == ErrorCode::kInvalid ? "log_invalid"
                                                         : "log_unreadable";
  log.facts.detail = error.message;
  return log;
}

void JudgeLog(KernelLog& log, bool unread, bool invalid) {
  LogFacts& facts = log.facts;
  facts.records = log.records.size();
  const auto kernels =
      std::ranges::find(log.records.rbegin(), log.records.rend(), 0, &LogRecord::facility);
  if (kernels != log.records.rend()) facts.uptime_us = kernels->nanoseconds / 1000;
  if (unread) {
    facts.reason = "log_unreadable";
    facts.detail = "some pages of the log are not in the dump";
  } else if (invalid) {
    facts.reason = "log_invalid";
    facts.detail = "some records of the log contradict themselves";
  } else if (log.records.empty() && facts.dropped_older == 0) {
    facts.reason = "log_empty";
    facts.detail = "there is no record in the log";
  }
}

LogLimits Clamped(const LogLimits& limits) {
  return {std::min(limits.records, kMaxLog.records),
          std::min(limits.text_bytes, kMaxLog.text_bytes)};
}

void PutPriority(LogRecord& record, std::uint8_t facility, std::uint8_t flags_and_level,
                 Endian endian) {
  record.facility = facility;
  record.level = endian == Endian::kBig ? flags_and_level & 7 : flags_and_level >> 5;
}

}  // namespace kdumpd
