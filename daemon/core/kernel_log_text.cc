// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_log_text.h"

#include <algorithm>
#include <optional>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What no text of a kernel holds. The kernel's own log may hold anything else: it goes out escaped,
// and old tools print bytes as they are.
bool IsBinary(char c) { return c == '\0'; }

constexpr std::size_t kMostSecondsDigits = 10;

// "[    5.123456] ", "[12345.678901][  T1] " (CONFIG_PRINTK_CALLER): microseconds.
std::optional<std::uint64_t> TimeOf(std::string_view line) {
  line = WithoutPriority(line);
  if (!line.starts_with('[')) return std::nullopt;
  const auto end = line.find(']');
  if (end == std::string_view::npos || end + 1 >= line.size()) return std::nullopt;
  if (line[end + 1] != ' ' && line[end + 1] != '[') return std::nullopt;
  std::string_view time = line.substr(1, end - 1);
  time.remove_prefix(std::min(time.find_first_not_of(' '), time.size()));
  const auto point = time.find('.');
  if (point == std::string_view::npos || point > kMostSecondsDigits) return std::nullopt;
  const auto seconds = ParseUnsigned(time.substr(0, point));
  const auto fraction = ParseUnsigned(time.substr(point + 1));
  if (!seconds || !fraction || time.size() - point - 1 != 6) return std::nullopt;
  return *seconds * 1'000'000 + *fraction;
}

}  // namespace

std::string_view WithoutPriority(std::string_view line) {
  if (!line.starts_with('<')) return line;
  const auto end = line.find('>');
  const bool priority = end != std::string_view::npos && end > 1 && end <= 5 &&
                        std::ranges::all_of(line.substr(1, end - 1), IsDigit);
  return priority ? line.substr(end + 1) : line;
}

bool LooksLikeKernelLog(std::string_view head) {
  head = head.substr(0, kLogHeadBytes);
  if (std::ranges::any_of(head, IsBinary)) return false;
  std::size_t lines = 0, timed = 0;
  for (const std::string_view line : Lines(head)) {
    if (Trim(line).empty()) continue;
    ++lines;
    if (TimeOf(line)) ++timed;
  }
  return timed > 0 && 2 * timed >= lines;
}

Inspection InspectLogText(std::string_view text, bool clipped) {
  Inspection inspection;
  inspection.format = DumpFormat::kLog;
  inspection.bytes = text.size();
  inspection.wholeness.state = DumpState::kLogOnly;
  inspection.wholeness.reason = "kernel_log";
  LogFacts& log = inspection.log;
  log.kind = "text";
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto time = TimeOf(text.substr(0, end));
    if (time) {
      ++log.records;
      log.uptime_us = time;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (clipped) {
    log.reason = "log_clipped";
    log.detail = Cat("only the newest ", FormatBytes(inspection.bytes), " were read");
  }
  Sanitize(inspection);
  return inspection;
}

std::string AsciiLog(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if ((c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return out;
}

}  // namespace kdumpd
