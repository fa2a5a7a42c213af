// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/cmdline.h"

#include <algorithm>

namespace kdumpd {
namespace {

// The kernel's isspace() is that of Latin-1 (lib/ctype.c).
constexpr std::string_view kBlanks = " \t\n\v\f\r\xa0";

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// The length of the first word, quotes included.
std::size_t WordLength(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsBlank(text[i]) && !quoted) return i;
    if (text[i] == '"') quoted = !quoted;
  }
  return text.size();
}

// One word taken apart. There is no way to escape a quote, and one inside a value stays.
CmdlineArg ParseWord(std::string_view word) {
  const bool quoted = word.starts_with('"');
  if (quoted) word.remove_prefix(1);
  const bool closed = word.ends_with('"');
  const auto equals = word.find('=', 1);  // a leading '=' belongs to the key
  if (equals == std::string_view::npos) {
    if (quoted && closed) word.remove_suffix(1);
    return {std::string(word), std::nullopt};
  }
  std::string_view value = word.substr(equals + 1);
  const bool value_quoted = value.starts_with('"');
  if (value_quoted) value.remove_prefix(1);
  if (closed && (quoted || value_quoted) && !value.empty()) value.remove_suffix(1);
  return {std::string(word.substr(0, equals)), std::string(value)};
}

bool SameKey(std::string_view a, std::string_view b) {
  const auto dashed = [](char c) { return c == '_' ? '-' : c; };
  return std::ranges::equal(a, b, {}, dashed, dashed);
}

}  // namespace

std::vector<CmdlineArg> ParseCmdline(std::string_view cmdline) {
  std::vector<CmdlineArg> args;
  cmdline = cmdline.substr(0, cmdline.find('\0'));
  for (;;) {
    const auto begin = cmdline.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return args;
    cmdline.remove_prefix(begin);
    const std::size_t length = WordLength(cmdline);
    CmdlineArg arg = ParseWord(cmdline.substr(0, length));
    cmdline.remove_prefix(length);
    if (arg.key == "--" && !arg.value) return args;
    args.push_back(std::move(arg));
  }
}

std::optional<std::string> CmdlineValue(std::string_view cmdline, std::string_view key) {
  std::optional<std::string> value;
  for (const CmdlineArg& arg : ParseCmdline(cmdline)) {
    if (SameKey(arg.key, key)) value = arg.value.value_or("");
  }
  return value;
}

}  // namespace kdumpd
