// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/machine_texts.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxModules = 10'000;
constexpr std::size_t kMaxConsoles = 100;
constexpr std::size_t kMaxWord = 32;  // of a pstore kind or a lockdown mode

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kMaxWord && std::ranges::all_of(text, IsLetter);
}

std::unexpected<Error> Unexpected(std::string_view text, std::string_view expected) {
  return Fail(ErrorCode::kInvalid, Cat("\"", Printable(text, 64), "\": expected ", expected));
}

// Between the first `open` and the next `close`; "" without them.
std::string_view Between(std::string_view text, char open, char close) {
  const auto begin = text.find(open);
  if (begin == text.npos) return {};
  const auto end = text.find(close, begin);
  return end == text.npos ? std::string_view() : text.substr(begin + 1, end - begin - 1);
}

}  // namespace

Result<std::int64_t> ParseKnob(Knob knob, std::string_view text) {
  if (const auto number = ParseSigned(text)) return *number;
  if (text == "Y" || text == "N") return text == "Y" ? 1 : 0;
  // Since v6.9 a list of instances: kernel/trace/trace.c ftrace_dump_on_oops_enabled.
  if (knob == Knob::kFtraceDumpOnOops && !text.empty()) return 1;
  return Unexpected(text, "a number");
}

std::vector<KernelModule> ParseModules(std::string_view text) {
  std::vector<KernelModule> modules;
  for (const std::string_view line : Lines(text)) {
    const auto words = Words(line);
    if (words.size() < 2) continue;
    const auto bytes = ParseUnsigned(words[1]);
    if (!bytes) continue;
    if (modules.size() == kMaxModules) break;
    modules.push_back({std::string(words[0]), *bytes});
  }
  return modules;
}

std::vector<Console> ParseConsoles(std::string_view text) {
  std::vector<Console> consoles;
  for (const std::string_view line : Lines(text)) {
    const auto words = Words(line);
    if (words.empty() || line.find('(') == line.npos) continue;
    if (consoles.size() == kMaxConsoles) break;
    const std::string_view flags = Between(line, '(', ')');
    consoles.push_back(
        {std::string(words[0]), flags.find('E') != flags.npos, flags.find('C') != flags.npos});
  }
  return consoles;
}

std::string PstoreKind(std::string_view text) {
  const std::string_view line = Trim(text.substr(0, text.find('\n')));
  const auto words = Words(line);
  if (words.size() != 2 || !words[1].starts_with("Part")) return {};
  const auto mark = words[0].find('#');
  if (mark == line.npos || !ParseUnsigned(words[0].substr(mark + 1)) ||
      !ParseUnsigned(words[1].substr(4))) {
    return {};
  }
  const std::string_view kind = words[0].substr(0, mark);
  return IsWord(kind) ? std::string(kind) : "";
}

Result<std::string> ParseLockdown(std::string_view text) {
  const std::string_view word = Between(text, '[', ']');
  if (!IsWord(word)) return Unexpected(text, "a word in brackets");
  return std::string(word);
}

Result<bool> ParseEfiFlag(std::string_view bytes) {
  if (bytes.size() != 5 || static_cast<unsigned char>(bytes[4]) > 1) {
    return Unexpected(bytes, "attributes and one byte, 0 or 1");
  }
  return bytes[4] == 1;
}

Result<std::uint32_t> ParseCell(std::string_view bytes) {
  if (bytes.size() != 4) return Unexpected(bytes, "four bytes");
  std::uint32_t cell = 0;
  for (const char byte : bytes) cell = cell << 8 | static_cast<unsigned char>(byte);
  return cell;
}

}  // namespace kdumpd
