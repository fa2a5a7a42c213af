// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_log_text.h"

#include <algorithm>

#include "daemon/core/call_trace.h"
#include "daemon/core/crash_details.h"
#include "daemon/core/crash_events.h"
#include "daemon/core/kernel_line.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kBannerLines = 20;  // a boot; /proc/version is one line

// What no text of a kernel holds. The kernel's own log may hold anything else: it goes out escaped,
// and old tools print bytes as they are.
bool IsBinary(char c) { return c == '\0'; }

}  // namespace

bool LooksLikeKernelLog(std::string_view head) {
  head = head.substr(0, kLogHeadBytes);
  if (std::ranges::any_of(head, IsBinary)) return false;
  std::size_t lines = 0, stamped = 0;
  bool crashed = false, processor = false, banner = false;
  for (const std::string_view text : Lines(head)) {
    if (Trim(text).empty()) continue;
    ++lines;
    const KernelLine line = ParseKernelLine(text);
    // What other programs wrote to syslog is not of the kernel.
    if (line.stamped && (line.time_us || !line.user)) ++stamped;
    const auto event = FindEvent(line.text);
    crashed = crashed || (event && event->weight > EventWeight::kSign);
    processor = processor || ParseCpuLine(line.text) || BeginsTrace(line.text);
    banner = banner || line.text.starts_with(kBanner);
  }
  return (stamped > 0 && 2 * stamped >= lines) || (crashed && processor) ||
         (banner && lines >= kBannerLines);
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
    const KernelLine line = ParseKernelLine(text.substr(0, end));
    if (line.stamped) ++log.records;
    if (line.time_us) log.uptime_us = line.time_us;
    const std::string_view release = ReleaseInBanner(line.text);
    if (!release.empty()) inspection.kernel_release = release;
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
