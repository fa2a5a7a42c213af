// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "daemon/core/call_trace.h"
#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostSymbol = 512;  // KSYM_NAME_LEN

bool StartsSymbol(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
bool IsSymbol(char c) { return StartsSymbol(c) || (c >= '0' && c <= '9'); }

bool Take(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(mark.size());
  return true;
}

std::optional<std::uint64_t> TakeHex(std::string_view& text) {
  std::string_view rest = text;
  if (!Take(rest, "0x")) return std::nullopt;
  std::size_t digits = 0;
  while (digits < rest.size() && digits < 16 && IsHexDigit(rest[digits])) ++digits;
  const auto number = ParseUnsigned(rest.substr(0, digits), 16);
  if (number) text = rest.substr(digits);
  return number;
}

// "[<ffffffff8160a8a5>] " (before 4.10), "[c0000000039c3820] " (ppc), "([<000000000060a1f2>] " of
// s390.
void SkipAddresses(std::string_view& text) {
  for (;;) {
    std::string_view rest = text;
    (void)Take(rest, "(");
    if (!Take(rest, "[")) return;
    const bool angle = Take(rest, "<");
    SkipBlanks(rest);
    if (Take(rest, "(null)")) {
    } else {
      std::size_t digits = 0;
      while (digits < rest.size() && IsHexDigit(rest[digits])) ++digits;
      if (digits < 4) return;
      rest.remove_prefix(digits);
    }
    if ((angle && !Take(rest, ">")) || !Take(rest, "]")) return;
    SkipBlanks(rest);
    text = rest;
  }
}

std::string_view TakeSymbol(std::string_view& text) {
  std::size_t size = 0;
  if (!text.empty() && StartsSymbol(text.front())) {
    while (size < text.size() && size < kMostSymbol && IsSymbol(text[size])) ++size;
  }
  const auto symbol = text.substr(0, size);
  text.remove_prefix(size);
  return symbol;
}

// "[crashme]", "[crashme 0123abcd]": the name alone.
std::string_view TakeModule(std::string_view& text) {
  std::string_view rest = text;
  SkipBlanks(rest);
  if (!Take(rest, "[")) return {};
  const auto end = rest.find(']');
  if (end == std::string_view::npos) return {};
  const auto inside = rest.substr(0, end);
  const auto name = inside.substr(0, inside.find(' '));
  if (name.empty() || !std::ranges::all_of(name, [](char c) { return IsSymbol(c) || c == '-'; })) {
    return {};
  }
  text = rest.substr(end + 1);
  return name;
}

// "f+0x5/0x18 [mod]"; without an offset it is no frame.
std::optional<StackFrame> TakeFunction(std::string_view& text) {
  std::string_view rest = text;
  StackFrame frame;
  frame.function = TakeSymbol(rest);
  if (frame.function.empty() || !Take(rest, "+")) return std::nullopt;
  frame.offset = TakeHex(rest);
  if (!frame.offset || !Take(rest, "/") || !TakeHex(rest)) return std::nullopt;
  frame.module = TakeModule(rest);
  text = rest;
  return frame;
}

// arch/arm: "(f) from [<c0008abc>] (g+0x1/0x2)", "f from g+0x1/0x2".
std::optional<StackFrame> ParseArm(std::string_view text) {
  const bool bracket = Take(text, "(");
  StackFrame frame;
  frame.function = TakeSymbol(text);
  if (frame.function.empty()) return std::nullopt;
  if (Take(text, "+")) {
    frame.offset = TakeHex(text);
    if (!frame.offset || !Take(text, "/") || !TakeHex(text)) return std::nullopt;
  }
  frame.module = TakeModule(text);
  if (bracket && !Take(text, ")")) return std::nullopt;
  if (!Take(text, " from ")) return std::nullopt;
  return frame;
}

}  // namespace

std::optional<StackFrame> ParseFrame(std::string_view text) {
  SkipBlanks(text);
  SkipAddresses(text);
  const bool guess = Take(text, "? ");
  SkipBlanks(text);
  std::string_view rest = text;
  // ppc64 and s390 know functions by a dot or brackets around them.
  auto frame = TakeFunction(rest);
  if (!frame || rest.starts_with(" from ")) return ParseArm(text);
  frame->reliable = !guess && !rest.contains("(unreliable)");
  return frame;
}

std::optional<StackFrame> FunctionIn(std::string_view message) {
  for (auto plus = message.find("+0x"); plus != std::string_view::npos;
       plus = message.find("+0x", plus + 1)) {
    auto start = plus;
    while (start > 0 && plus - start < kMostSymbol && IsSymbol(message[start - 1])) --start;
    std::string_view text = message.substr(start);
    auto frame = TakeFunction(text);
    if (frame) return frame;
  }
  return std::nullopt;
}

}  // namespace kdumpd
