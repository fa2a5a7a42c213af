// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/redact_addresses.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "daemon/core/characters.h"

namespace kdumpd {
namespace {

char ByteAt(std::string_view line, std::size_t at) { return at < line.size() ? line[at] : '\0'; }
char ByteBefore(std::string_view line, std::size_t at) { return at > 0 ? line[at - 1] : '\0'; }

std::size_t HexRun(std::string_view line, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && IsAnyHexDigit(ByteAt(line, at + count))) ++count;
  return count;
}

// One part of a dotted quad: its digits; 0 when it is above 255, or has a leading zero that %pI4
// never prints (%pi4 prints all three digits).
std::size_t Octet(std::string_view line, std::size_t at) {
  std::size_t count = 0;
  unsigned value = 0;
  while (count < 4 && IsDigit(ByteAt(line, at + count))) {
    value = value * 10 + static_cast<unsigned>(line[at + count] - '0');
    ++count;
  }
  const bool padded = count == 2 && line[at] == '0';
  return count > 3 || value > 255 || padded ? 0 : count;
}

std::size_t Quad(std::string_view line, std::size_t at) {
  std::size_t end = at;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && ByteAt(line, end++) != '.') return 0;
    const std::size_t digits = Octet(line, end);
    if (digits == 0) return 0;
    end += digits;
  }
  return end - at;
}

// What may follow a quad: not more of a version ("1.2.3.4-5", "1.2.3.4.5").
bool QuadEnds(std::string_view line, std::size_t end) {
  const char c = ByteAt(line, end);
  if (IsWordByte(c)) return false;
  const char next = ByteAt(line, end + 1);
  if (c == '.') return !IsWordByte(next);
  return c != '-' || !IsWordByte(next) || Quad(line, end + 1) > 0;
}

bool IsVersionWord(std::string_view line, std::size_t at) {
  std::string_view before = line.substr(0, at);
  while (before.ends_with(' ') || before.ends_with(':')) before.remove_suffix(1);
  constexpr std::array<std::string_view, 6> kWords = {"version",  "Version",  "VERSION",
                                                      "firmware", "Firmware", "BIOS"};
  return before.size() != at && std::ranges::any_of(kWords, [&](std::string_view word) {
           return before.ends_with(word) &&
                  !IsWordByte(ByteBefore(before, before.size() - word.size()));
         });
}

struct Groups {
  std::size_t end = 0;
  int count = 0;  // of 16 bits
  bool gap = false;
};

// Whether "::" is next and not the second; or ':' with a group behind it.
bool NextGroup(std::string_view line, Groups& groups, bool& colon) {
  if (ByteAt(line, groups.end) != ':') return false;
  if (ByteAt(line, groups.end + 1) == ':') {
    if (groups.gap) return false;
    groups.gap = true;
    groups.end += 2;
    colon = false;
    return true;
  }
  if (!colon || !IsAnyHexDigit(ByteAt(line, groups.end + 1))) return false;
  groups.end += 1;
  colon = false;
  return true;
}

Groups ReadGroups(std::string_view line, std::size_t at) {
  Groups groups{at};
  bool colon = false;  // a group was read, so one colon separates
  while (groups.count <= 8) {
    const std::size_t digits = HexRun(line, groups.end, 5);
    if (digits == 5) return {at, 0, false};
    if (digits > 0) {
      if (const std::size_t quad = Quad(line, groups.end);
          quad > 0 && groups.count + (groups.gap ? 1 : 0) >= 1) {
        groups.end += quad;
        groups.count += 2;
        return groups;
      }
      groups.end += digits;
      groups.count += 1;
      colon = true;
    }
    if (!NextGroup(line, groups, colon)) return groups;
  }
  return groups;
}

// 16 digits that are no address.
bool IsPlainNumber(std::uint64_t value) {
  constexpr std::uint64_t kErrors = 4096;  // MAX_ERRNO + 1
  const std::uint64_t bytes = value & 0xffU;
  return value >> 32U == 0 || value > ~std::uint64_t{0} - kErrors ||
         value == bytes * 0x0101010101010101U || value >> 48U == 0xdeadU;
}

bool IsLocalByte(char c) { return IsAlphanumeric(c) || std::string_view("._%+-").contains(c); }

bool IsDomainByte(char c) { return IsAlphanumeric(c) || c == '.' || c == '-'; }

// "example.org"; not "tty1.service", "0.0" or "fe215040".
bool IsMailDomain(std::string_view domain) {
  const auto dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view top = domain.substr(dot + 1);
  constexpr std::array<std::string_view, 10> kUnits = {"service", "socket",   "mount",  "target",
                                                       "slice",   "timer",    "device", "scope",
                                                       "path",    "automount"};
  return top.size() >= 2 &&
         std::ranges::all_of(top, [](char c) { return IsLower(c) || IsUpper(c); }) &&
         std::ranges::find(kUnits, top) == kUnits.end() && top != "swap";
}

}  // namespace

bool IsWordByte(char c) { return IsAlphanumeric(c) || c == '_'; }
bool IsAnyHexDigit(char c) { return IsHexDigit(c) || (c >= 'A' && c <= 'F'); }

std::size_t Ipv4At(std::string_view line, std::size_t at) {
  if (!IsDigit(ByteAt(line, at))) return 0;
  const char before = ByteBefore(line, at);
  if (IsWordByte(before) || before == '.' || before == '-') return 0;
  const std::size_t size = Quad(line, at);
  if (size == 0 || !QuadEnds(line, at + size) || IsVersionWord(line, at)) return 0;
  // The other end of a range goes with it.
  if (ByteAt(line, at + size) == '-') {
    const std::size_t other = Quad(line, at + size + 1);
    if (other > 0) return size + 1 + other;
  }
  return size;
}

std::size_t Ipv6At(std::string_view line, std::size_t at) {
  const char first = ByteAt(line, at), before = ByteBefore(line, at);
  if (!IsAnyHexDigit(first) && first != ':') return 0;
  if (IsWordByte(before)) return 0;
  // Behind one colon begins a value ("addr:fe80::1"); behind two a name of Rust or C++ goes on.
  if (before == ':' && (first == ':' || ByteBefore(line, at - 1) == ':')) return 0;
  if (first == ':' && ByteAt(line, at + 1) != ':') return 0;
  const Groups groups = ReadGroups(line, at);
  if (groups.count == 0 || IsWordByte(ByteAt(line, groups.end))) return 0;
  if (groups.gap ? groups.count > 7 : groups.count != 8) return 0;
  const bool more = ByteAt(line, groups.end) == ':' && IsWordByte(ByteAt(line, groups.end + 1));
  return more ? 0 : groups.end - at;
}

std::size_t MacAt(std::string_view line, std::size_t at) {
  if (IsWordByte(ByteBefore(line, at)) || HexRun(line, at, 3) != 2) return 0;
  const char separator = ByteAt(line, at + 2);
  if (separator != ':' && separator != '-') return 0;
  // Only where a run of pairs begins, or a long one would be read again from each of its pairs.
  if (ByteBefore(line, at) == separator && at >= 3 && HexRun(line, at - 3, 3) == 2 &&
      !IsAnyHexDigit(ByteBefore(line, at - 3))) {
    return 0;
  }
  std::size_t end = at + 2;
  std::size_t pairs = 1;
  while (ByteAt(line, end) == separator && HexRun(line, end + 1, 3) == 2) {
    end += 3;
    ++pairs;
  }
  return pairs < 6 || IsWordByte(ByteAt(line, end)) ? 0 : end - at;
}

std::size_t UuidAt(std::string_view line, std::size_t at) {
  if (!IsAnyHexDigit(ByteAt(line, at)) || IsWordByte(ByteBefore(line, at))) return 0;
  if (HexRun(line, at, 33) == 32) return IsWordByte(ByteAt(line, at + 32)) ? 0 : 32;
  std::size_t end = at;
  for (const std::size_t digits : {8U, 4U, 4U, 4U, 12U}) {
    // systemd's names of units have it escaped.
    const std::size_t dash = ByteAt(line, end) == '-' ? 1 : line.substr(end, 4) == "\\x2d" ? 4 : 0;
    if (end != at && dash == 0) return 0;
    if (end != at) end += dash;
    if (HexRun(line, end, digits + 1) != digits) return 0;
    end += digits;
  }
  return IsWordByte(ByteAt(line, end)) ? 0 : end - at;
}

std::size_t PointerAt(std::string_view line, std::size_t at, bool memory_map) {
  if (!IsAnyHexDigit(ByteAt(line, at)) || IsWordByte(ByteBefore(line, at))) return 0;
  const std::size_t prefix =
      line[at] == '0' && (ByteAt(line, at + 1) == 'x' || ByteAt(line, at + 1) == 'X') ? 2 : 0;
  const std::size_t from = at + prefix;
  if (HexRun(line, from, 17) != 16 || IsWordByte(ByteAt(line, from + 16))) return 0;
  // "max_idle_ns: 1911260446275000 ns"
  if (prefix == 0 && line[at] != '0' && AreDigits(line.substr(from, 16))) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const char c = line[from + i];
    const int digit = IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value << 4U | static_cast<std::uint64_t>(digit);
  }
  constexpr unsigned kPhysicalBits = 52;
  if (IsPlainNumber(value) || (memory_map && value >> kPhysicalBits == 0)) return 0;
  return prefix + 16;
}

std::size_t EmailAt(std::string_view line, std::size_t at) {
  // Only where a run begins: each byte belongs to one run, so all of it is looked at twice at most.
  if (!IsLocalByte(ByteAt(line, at)) || IsLocalByte(ByteBefore(line, at))) return 0;
  std::size_t sign = at;
  while (sign < line.size() && IsLocalByte(line[sign])) ++sign;
  if (ByteAt(line, sign) != '@') return 0;
  std::size_t end = sign + 1;
  while (end < line.size() && IsDomainByte(line[end])) ++end;
  const bool builder = ByteBefore(line, at) == '(' && ByteAt(line, end) == ')' && end > sign + 1;
  while (end > sign + 1 && !IsAlphanumeric(line[end - 1])) --end;
  return builder || IsMailDomain(line.substr(sign + 1, end - sign - 1)) ? end - at : 0;
}

}  // namespace kdumpd
