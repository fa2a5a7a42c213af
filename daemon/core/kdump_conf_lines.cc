// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_conf_lines.h"

#include <algorithm>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Runs of blanks become one, as `tr -s` does.
std::string Squeezed(std::string_view text) {
  std::string value;
  for (const char c : Trim(text)) {
    if (!IsBlank(c)) {
      value += c;
    } else if (!value.ends_with(' ')) {
      value += ' ';
    }
  }
  return value;
}

// One surrounding pair goes.
void Unquote(ConfLine& line, KdumpConfig& config) {
  const bool opened = line.value.starts_with('"');
  const bool closed = line.value.ends_with('"') && line.value.size() >= 2;
  if (!opened) return;
  if (!closed) {
    AddProblem(config, line.number, kWarning, "unbalanced_quotes",
               Cat("the value of ", Quoted(line.option), " begins with a quote that does not end"));
    return;
  }
  line.value = line.value.substr(1, line.value.size() - 2);
  AddProblem(config, line.number, kWarning, "quoted_value",
             Cat("the value of ", Quoted(line.option),
                 " is in quotes; kdump-utils before November 2025 keeps them as part of it"));
}

ConfLine ReadLine(int number, std::string_view text, KdumpConfig& config) {
  const auto hash = text.find('#');
  const bool cut = hash != std::string_view::npos && hash > 0 && !IsBlank(text[hash - 1]);
  text = Trim(text.substr(0, hash));
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  ConfLine line{number, text.substr(0, end), Squeezed(text.substr(end))};
  if (cut) {
    AddProblem(config, number, kWarning, "value_cut",
               Cat("the value of ", Quoted(line.option), " is cut at '#': no quoting protects it"));
  }
  Unquote(line, config);
  return line;
}

}  // namespace

std::vector<ConfLine> ReadConfLines(std::string_view text, KdumpConfig& config) {
  std::vector<ConfLine> lines;
  int number = 0;
  bool crlf = false;
  for (const std::string_view raw : Lines(text)) {
    ++number;
    if (raw.ends_with('\r') && !std::exchange(crlf, true)) {
      AddProblem(config, number, kFatal, "crlf",
                 "lines end in CR LF; expected LF: kdumpctl reads the CR as part of the value");
    }
    const std::string_view line = Trim(raw);
    if (!line.empty() && !line.starts_with('#')) lines.push_back(ReadLine(number, line, config));
  }
  if (!text.ends_with('\n') && !lines.empty() && lines.back().number == number) {
    AddProblem(config, number, kWarning, "unterminated_line",
               "the last line has no newline; kdump-utils since November 2025 ignores such a line");
  }
  return lines;
}

}  // namespace kdumpd
