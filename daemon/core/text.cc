// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "daemon/core/characters.h"

namespace kdumpd {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Well-formed UTF-8 by its first two bytes (Unicode 15, table 3-7): no overlong forms, no
// surrogates, nothing past U+10FFFF. Every further byte is 80..BF.
struct Utf8Row {
  unsigned char first_from, first_to;
  unsigned char second_from, second_to;  // of the second byte, where there is one
  std::size_t length;
};
constexpr std::array kUtf8Rows{
    Utf8Row{0x00, 0x7f, 0x00, 0xff, 1}, Utf8Row{0xc2, 0xdf, 0x80, 0xbf, 2},
    Utf8Row{0xe0, 0xe0, 0xa0, 0xbf, 3}, Utf8Row{0xe1, 0xec, 0x80, 0xbf, 3},
    Utf8Row{0xed, 0xed, 0x80, 0x9f, 3}, Utf8Row{0xee, 0xef, 0x80, 0xbf, 3},
    Utf8Row{0xf0, 0xf0, 0x90, 0xbf, 4}, Utf8Row{0xf1, 0xf3, 0x80, 0xbf, 4},
    Utf8Row{0xf4, 0xf4, 0x80, 0x8f, 4},
};

// Length of the well-formed sequence at the start of `text`, 0 when there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto row = std::ranges::find_if(kUtf8Rows, [&](const Utf8Row& r) {
    return byte(0) >= r.first_from && byte(0) <= r.first_to;
  });
  if (row == kUtf8Rows.end() || row->length > text.size()) return 0;
  if (row->length > 1 && (byte(1) < row->second_from || byte(1) > row->second_to)) return 0;
  for (std::size_t i = 2; i < row->length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return row->length;
}

// U+0080 to U+009F: terminals take U+009B as ESC [.
bool IsC1(std::string_view text) {
  return text.starts_with('\xc2') && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
}

// What shows nothing and changes how the rest is shown: zero width, direction, tags (Unicode TR
// 36).
bool IsInvisible(std::string_view sequence) {
  std::uint32_t code = 0;
  if (sequence.size() == 3) {
    code = (static_cast<unsigned char>(sequence[0]) & 0x0fU) << 12U |
           (static_cast<unsigned char>(sequence[1]) & 0x3fU) << 6U |
           (static_cast<unsigned char>(sequence[2]) & 0x3fU);
  }
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         sequence.starts_with("\xf3\xa0");  // U+E0000 to U+E0FFF
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines = Split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::optional<std::uint64_t> ParseUnsigned(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> ParseSigned(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string FormatBytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return Cat(bytes, " B");
  std::size_t unit = 0;
  double value = static_cast<double>(bytes) / 1024;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {  // would be shown as 1024
    value /= 1024;
    ++unit;
  }
  const auto tenths = static_cast<std::uint64_t>(std::llround(value * 10));
  const std::string fraction = tenths % 10 == 0 ? "" : Cat('.', tenths % 10);
  return Cat(tenths / 10, fraction, ' ', kUnits[unit]);
}

std::string FormatSeconds(std::uint64_t seconds) {
  if (seconds < 120) return Cat(seconds, " s");
  if (seconds < 7200) return Cat(seconds / 60, " min");
  if (seconds < 172800) return Cat(seconds / 3600, " h ", seconds / 60 % 60, " min");
  return Cat(seconds / 86400, " d ", seconds / 3600 % 24, " h");
}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    std::size_t length = IsC1(text) ? 0 : Utf8Length(text);
    if (length > 2 && IsInvisible(text.substr(0, length))) length = 0;
    const bool escape = length == 0 || byte < 0x20 || byte == 0x7f || byte == '\\';
    const std::size_t cost = escape ? 4 : length;
    if (out.size() + cost > max_bytes) return out + "…";
    if (escape) {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace kdumpd
