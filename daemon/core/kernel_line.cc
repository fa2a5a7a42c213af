// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kernel_line.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostSecondsDigits = 10;
constexpr std::size_t kShortestPrefix = 3;  // "<6>"

// Takes the text up to `end` away and gives it; nothing when `end` is not within `most` bytes.
std::optional<std::string_view> TakeUntil(std::string_view& text, char end, std::size_t most) {
  const auto at = text.substr(0, most + 1).find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

// The number before the facility's three low bits, as syslog packs it; 0 is the kernel's.
bool OfUser(std::string_view priority) { return ParseUnsigned(priority).value_or(0) >> 3U != 0; }

// "<6>"
bool TakePriority(std::string_view& text, KernelLine& line) {
  const std::string_view rest = WithoutPriority(text);
  if (rest.size() == text.size()) return false;
  line.user = OfUser(text.substr(1, text.size() - rest.size() - 2));
  text = rest;
  return true;
}

// "6,1234,5678901,-;" of /dev/kmsg: priority, sequence, microseconds, flags, perhaps more.
bool TakeKmsg(std::string_view& text, KernelLine& line) {
  std::string_view rest = text;
  auto head = TakeUntil(rest, ';', 80);
  if (!head) return false;
  const auto priority = TakeUntil(*head, ',', 5), sequence = TakeUntil(*head, ',', 20),
             time = TakeUntil(*head, ',', 20);
  if (!priority || !sequence || !time || !AreDigits(*priority) || !AreDigits(*sequence) ||
      !AreDigits(*time)) {
    return false;
  }
  line.user = OfUser(*priority);
  line.time_us = ParseUnsigned(*time);
  line.stamped = true;
  text = rest;
  return true;
}

// "kern  :alert : " of dmesg --decode.
bool TakeDecoded(std::string_view& text, KernelLine& line) {
  std::string_view rest = text;
  const auto facility = TakeUntil(rest, ':', 8);
  const auto level = facility ? TakeUntil(rest, ':', 8) : std::nullopt;
  if (!level || !rest.starts_with(' ')) return false;
  for (const std::string_view word : {Trim(*facility), Trim(*level)}) {
    if (word.size() < 3 || !std::ranges::all_of(word, IsLower)) return false;
  }
  line.user = Trim(*facility) != "kern";
  text = rest.substr(1);
  return true;
}

// "5.123456": microseconds.
std::optional<std::uint64_t> SinceBoot(std::string_view time) {
  SkipBlanks(time);
  const auto point = time.find('.');
  if (point == std::string_view::npos || point > kMostSecondsDigits) return std::nullopt;
  const auto seconds = ParseUnsigned(time.substr(0, point));
  const auto fraction = ParseUnsigned(time.substr(point + 1));
  if (!seconds || !fraction || time.size() - point - 1 != 6) return std::nullopt;
  return *seconds * 1'000'000 + *fraction;
}

// "Mon Nov 30 10:40:49 2026" of dmesg --ctime.
bool IsCalendar(std::string_view time) {
  constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  return time.size() == 24 && time[13] == ':' && time[16] == ':' && IsDigit(time[23]) &&
         std::ranges::find(kDays, time.substr(0, 3)) != kDays.end();
}

// "[    5.123456] ", then perhaps "[  T123] ". The frames of old kernels begin with "[<ffff...".
bool TakeTime(std::string_view& text, KernelLine& line) {
  std::string_view rest = text;
  if (!rest.starts_with('[')) return false;
  rest.remove_prefix(1);
  const auto time = TakeUntil(rest, ']', 32);
  if (!time) return false;
  const auto since_boot = SinceBoot(*time);
  if (!since_boot && !IsCalendar(*time)) return false;
  if (!rest.empty() && !rest.starts_with(' ') && !rest.starts_with('[')) return false;
  line.time_us = since_boot;
  line.stamped = true;
  std::string_view behind = rest;
  SkipBlanks(behind);
  if (behind.starts_with('[')) {
    behind.remove_prefix(1);
    auto caller = TakeUntil(behind, ']', 16);
    if (caller) SkipBlanks(*caller);
    const bool is_caller = caller && caller->size() > 1 &&
                           ((*caller)[0] == 'T' || (*caller)[0] == 'C') &&
                           AreDigits(caller->substr(1));
    if (is_caller) {
      line.caller = *caller;
      rest = behind;
    }
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  text = rest;
  return true;
}

bool HasClock(std::string_view word) {
  // "10:40:49" somewhere: "2026-11-22T08:06:51+00:00" too.
  for (std::size_t at = 0; at + 8 <= word.size(); ++at) {
    const std::string_view clock = word.substr(at, 8);
    if (clock[2] == ':' && clock[5] == ':' && AreDigits(clock.substr(0, 2)) &&
        AreDigits(clock.substr(3, 2)) && AreDigits(clock.substr(6, 2))) {
      return true;
    }
  }
  return false;
}
// "1795334808.123456"
bool IsUnixTime(std::string_view word) {
  const auto point = word.find('.');
  return point != std::string_view::npos && point >= 9 && AreDigits(word.substr(0, point)) &&
         AreDigits(word.substr(point + 1));
}

constexpr std::string_view kKernelTag = "kernel: ";
bool IsKernelTag(std::string_view tag) {
  return tag == "kernel:" || (tag.starts_with("kernel[") && tag.ends_with("]:"));
}

// "node kernel: " and, of another program, "node sshd[12]: ".
bool TakeHostAndTag(std::string_view& text, KernelLine& line) {
  std::string_view rest = text;
  SkipBlanks(rest);
  const auto host = TakeUntil(rest, ' ', 256);
  SkipBlanks(rest);
  const auto tag = host ? TakeUntil(rest, ' ', 64) : std::nullopt;
  if (!tag || !tag->ends_with(':')) return false;
  line.user = !IsKernelTag(*tag);
  line.stamped = true;
  text = rest;
  return true;
}

// syslog and journalctl -k in their forms: "Nov 22 08:06:51 node kernel: ", the same with an ISO
// time, "Sun 2026-11-22 08:06:51 UTC node kernel: ", "1795334808.123456 node kernel: ", "kernel: ".
bool TakeSyslog(std::string_view& text, KernelLine& line) {
  std::string_view rest = text;
  if (text.starts_with(kKernelTag)) {
    line.stamped = true;
    text.remove_prefix(kKernelTag.size());
    return true;
  }
  for (int word = 0; word < 4; ++word) {
    SkipBlanks(rest);
    const auto taken = TakeUntil(rest, ' ', 40);
    if (!taken) return false;
    if (!HasClock(*taken) && !(word == 0 && IsUnixTime(*taken))) continue;
    std::string_view behind = rest;
    const auto zone = TakeUntil(behind, ' ', 5);
    if (zone && zone->size() >= 3 && std::ranges::all_of(*zone, IsUpper)) rest = behind;
    if (!TakeHostAndTag(rest, line)) return false;
    text = rest;
    return true;
  }
  return false;
}

// journalctl -k --output=short-monotonic: "[    5.123456] node kernel: "
void TakeHostBehindTime(std::string_view& text, KernelLine& line) {
  const auto tag = text.substr(0, 300).find(" kernel: ");
  if (tag == std::string_view::npos || text.substr(0, tag).contains(' ')) return;
  TakeHostAndTag(text, line);
}

}  // namespace

std::string_view WithoutPriority(std::string_view line) {
  if (!line.starts_with('<')) return line;
  const auto end = line.substr(0, 6).find('>');
  const bool priority = end != std::string_view::npos && AreDigits(line.substr(1, end - 1));
  return priority ? line.substr(end + 1) : line;
}

std::string_view ReleaseInBanner(std::string_view message) {
  if (!message.starts_with(kBanner)) return {};
  message.remove_prefix(kBanner.size());
  return message.substr(0, message.find(' '));
}

KernelLine ParseKernelLine(std::string_view raw) {
  KernelLine line;
  std::string_view text = raw.substr(0, kMaxKernelLine);
  // A further line of a record is indented by whoever prints it: whatever it looks like, it is
  // none.
  if (text.size() < kShortestPrefix || text[0] == ' ' || text[0] == '\t') {
    line.text = Trim(text);
    return line;
  }
  // Few lines begin with a letter or a digit that is not the message's own.
  const char first = text.empty() ? '\0' : text.front();
  const bool priority = first == '<' && TakePriority(text, line);
  if (!priority && IsDigit(first) && TakeKmsg(text, line)) {
    line.text = Trim(text);
    return line;
  }
  if (!priority && IsLower(first)) TakeDecoded(text, line);
  const bool user = line.user;
  if (TakeTime(text, line)) {
    if (!priority) TakeHostBehindTime(text, line);
  } else if (!priority && TakeSyslog(text, line)) {
    const bool tagged = line.user;
    TakeTime(text, line);
    line.user = tagged;
  }
  line.user = line.user || user;
  line.text = Trim(text);
  return line;
}

}  // namespace kdumpd
