// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/text_rows.h"

#include <algorithm>

#include "daemon/core/capture_failure.h"
#include "daemon/core/characters.h"
#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/outline.h"

namespace kdumpd {

std::string LabelRow(std::string_view label, std::string_view value) {
  constexpr std::size_t kLabelWidth = 12;
  if (value.empty()) return "";
  const std::size_t blanks = kLabelWidth - std::min(label.size(), kLabelWidth);
  return Cat("  ", label, std::string(blanks, ' '), value, '\n');
}

std::string Columns(const std::vector<TableLine>& lines, bool colour) {
  std::vector<std::size_t> widths;
  for (const TableLine& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line[i].text));
    }
  }
  std::string text;
  for (const TableLine& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const TableField& field = line[i];
      text += Coloured(field.text, field.colour, colour);
      const bool last = i + 1 == line.size();
      text += last ? "\n" : std::string(widths[i] - Width(field.text) + 2, ' ');
    }
  }
  return text;
}

std::string CauseRows(std::string_view code, std::string_view line) {
  if (code.empty()) return "";
  const CaptureFailureRule* rule = CaptureFailureOf(code);
  // A newer daemon may have written a code that is not known here.
  const std::string meaning = rule != nullptr ? Cat(": ", rule->meaning) : "";
  return Cat(LabelRow("cause", Cat(Shown(code), meaning)), LabelRow("proof", Shown(line)),
             LabelRow("remedy", rule != nullptr ? rule->remedy : ""));
}

std::string EvidenceRows(const std::vector<BootSign>& evidence) {
  std::string rows;
  for (const BootSign& sign : evidence) {
    rows +=
        LabelRow(rows.empty() ? "evidence" : "", Cat(Shown(sign.source), ": ", Shown(sign.says)));
  }
  return rows;
}

std::size_t Width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, IsContinuation));
}

}  // namespace kdumpd
