// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_message.h"

#include <algorithm>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

bool IsWord(char c) { return IsAlphanumeric(c) || c == '_'; }

// A number, one with a unit ("22s"), or an address without "0x". "e1000" is a name.
bool IsNumber(std::string_view word) {
  constexpr std::size_t kUnit = 2, kAddress = 8;
  const auto digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view unit = word.substr(digits);
  if (word.starts_with("0x")) return true;
  if (digits > 0 && unit.size() <= kUnit && std::ranges::all_of(unit, IsAlphanumeric)) return true;
  return (digits > 0 || word.size() >= kAddress) && std::ranges::all_of(word, IsHexDigit) &&
         std::ranges::any_of(word, IsDigit);
}

// How long a byte is that is no printable ASCII: as it is, \xNN, or by makedumpfile \xffffffNN; 0
// for any other.
std::size_t OtherBytes(std::string_view text) {
  constexpr std::string_view kEscape = "\\x";
  if (!text.starts_with(kEscape)) return static_cast<unsigned char>(text[0]) >= 0x7f ? 1 : 0;
  std::size_t length = kEscape.size();
  while (length < text.size() && IsHexDigit(text[length])) ++length;
  return length;
}

// Of a text in quotes that begins there, with both; 0 when none does. The mark in "can't" is none.
std::size_t QuotedLength(std::string_view message, std::size_t at) {
  const char quote = message[at];
  if (quote != '"' && quote != '\'') return 0;
  if (at > 0 && IsWord(message[at - 1])) return 0;
  const auto end = message.find(quote, at + 1);
  return end == std::string_view::npos ? 0 : end - at + 1;
}

}  // namespace

std::string NormalMessage(std::string_view message) {
  constexpr std::string_view kByte = "\\N";
  std::string out;
  for (std::size_t at = 0; at < message.size() && out.size() < kMessageBytes;) {
    const std::string_view rest = message.substr(at);
    if (IsWord(rest[0])) {
      const auto end = std::ranges::find_if_not(rest, IsWord);
      const std::string_view word(rest.begin(), end);
      out += IsNumber(word) ? "N" : word;
      at += word.size();
    } else if (const std::size_t bytes = OtherBytes(rest); bytes > 0) {
      if (!out.ends_with(kByte)) out += kByte;
      at += bytes;
    } else {
      const std::size_t quoted = QuotedLength(message, at);
      out += rest.substr(0, std::max<std::size_t>(quoted, 1));
      at += std::max<std::size_t>(quoted, 1);
    }
  }
  if (out.size() > kMessageBytes) out.resize(kMessageBytes);
  return out;
}

std::string WithoutDevice(std::string_view message) {
  constexpr std::string_view kDevice = "device ";
  const auto begin = message.find('('), end = message.find(')');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::string(message);
  }
  const bool named = message.substr(begin + 1).starts_with(kDevice);
  return Cat(message.substr(0, begin + 1), named ? kDevice : "", "N", message.substr(end));
}

}  // namespace kdumpd
