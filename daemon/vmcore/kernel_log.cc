// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kernel_log.h"

#include "daemon/core/text.h"
#include "daemon/vmcore/log_layout.h"

namespace kdumpd {
namespace {

// At least `width` characters, filled up on the left.
void AppendNumber(std::string& out, std::uint64_t value, std::size_t width, char fill) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), fill);
  out += digits;
}

std::string Prefix(const LogRecord& record) {
  std::string out = Cat('<', record.facility * 8 + record.level, ">[");
  AppendNumber(out, record.nanoseconds / 1'000'000'000, 5, ' ');
  out += '.';
  AppendNumber(out, record.nanoseconds % 1'000'000'000 / 1000, 6, '0');
  out += "] ";
  return out;
}

void AppendEscaped(std::string& out, char character) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(character);
  if ((byte >= 0x20 && byte < 0x7f) || byte == '\t') {
    out += character;
  } else {
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

void AppendText(std::string_view text, std::string_view first, std::string_view further,
                std::string& out) {
  out += first;
  for (const char character : text) {
    if (character == '\n') {
      out += '\n';
      out += further;
    } else {
      AppendEscaped(out, character);
    }
  }
  out += '\n';
}

}  // namespace

KernelLog ReadKernelLog(const VirtualMemory& memory, const Vmcoreinfo& notes,
                        const LogLimits& limits) {
  if (notes.Symbol("prb")) return ReadLogRing(memory, notes, limits);
  if (notes.Symbol("log_buf")) return ReadLogRecords(memory, notes, limits);
  return NoLog("", {ErrorCode::kNotFound, "VMCOREINFO names neither prb nor log_buf"});
}

void AppendLines(const LogRecord& record, std::string& out) {
  const std::string prefix = Prefix(record);
  AppendText(record.text, prefix, prefix, out);
}

void AppendRecord(const LogRecord& record, std::string& out) {
  AppendText(record.text, Prefix(record), " ", out);
}

}  // namespace kdumpd
