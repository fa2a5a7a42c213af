// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/redact_log.h"

#include <algorithm>

#include "daemon/core/characters.h"
#include "daemon/core/redact_addresses.h"
#include "daemon/core/redact_values.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// Where the kernel's command line begins in this line; its end where there is none.
std::size_t ParametersIn(std::string_view line) {
  const auto words = line.find("ommand line");
  if (words != std::string_view::npos) return words;
  // "    TERM=linux": what it hands to init, one a line ("with environment:").
  const auto stamp = line.find("] ");
  const std::string_view text = line.substr(stamp == std::string_view::npos ? 0 : stamp + 2);
  const bool alone = text.starts_with("   ") && !Trim(text).contains(' ') && text.contains('=');
  return alone ? 0 : line.size();
}

// "[<ffffffff81000000>] function+0x1/0x2" and "[c000000003d4bb60] [c000000000f7c4a0] function+0x1":
// readers of call traces, also ours, want digits there.
bool InCallTrace(std::string_view line, std::size_t at, std::size_t end) {
  const std::string_view before = line.substr(0, at), after = line.substr(end);
  if (before.ends_with("[<") && after.starts_with(">]")) return true;
  if (!before.ends_with('[') || !after.starts_with("] ")) return false;
  const auto symbol = after.find_first_of(" +", 2);
  return after.starts_with("] [") ||
         (symbol != std::string_view::npos && after.substr(symbol).starts_with("+0x"));
}

Redaction FormAt(std::string_view line, std::size_t at, bool memory_map) {
  if (const std::size_t size = EmailAt(line, at)) return {0, size, "[email]"};
  if (const std::size_t size = UuidAt(line, at)) return {0, size, "[uuid]"};
  if (const std::size_t size = MacAt(line, at)) return {0, size, "[mac]"};
  if (const std::size_t size = Ipv6At(line, at)) return {0, size, "[ipv6]"};
  if (const std::size_t size = Ipv4At(line, at)) return {0, size, "[ipv4]"};
  if (const std::size_t size = PointerAt(line, at, memory_map)) {
    return {0, size, InCallTrace(line, at, at + size) ? "0000000000000000" : "[pointer]"};
  }
  return {};
}

Redaction RedactionAt(std::string_view line, std::size_t at, bool parameters, bool memory_map) {
  if (const Redaction url = UrlUserAt(line, at)) return url;
  if (const Redaction keyed = KeyedValueAt(line, at, parameters)) return keyed;
  if (const Redaction named = NamedValueAt(line, at)) return named;
  return FormAt(line, at, memory_map);
}

void RedactLine(std::string_view line, std::string& out) {
  const std::size_t parameters = ParametersIn(line);
  const bool memory_map = line.contains("[mem 0x") || line.contains("range=[0x");
  for (std::size_t at = 0; at < line.size();) {
    // Nothing begins within a word.
    if (at > 0 && IsWordByte(line[at]) && IsWordByte(line[at - 1])) {
      out += line[at++];
      continue;
    }
    const Redaction found = RedactionAt(line, at, at >= parameters, memory_map);
    if (!found) {
      out += line[at++];
      continue;
    }
    out += line.substr(at, found.keep);
    out += found.word;
    at += found.keep + found.drop;
  }
}

}  // namespace

std::string RedactLog(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    const bool whole = end != std::string_view::npos;
    RedactLine(text.substr(0, end), out);
    if (whole) out += '\n';
    text.remove_prefix(whole ? end + 1 : text.size());
  }
  return out;
}

}  // namespace kdumpd
