// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"

// What the texts for a person are made of: rows with a label, lines in columns.
namespace kdumpd {

// As InspectionText has its rows; "" for an empty value.
[[nodiscard]] std::string LabelRow(std::string_view label, std::string_view value);

// One field of a line, and its colour.
struct TableField {
  std::string text{};
  std::string_view colour{};
};
using TableLine = std::vector<TableField>;
// In columns, as wide as their widest field.
[[nodiscard]] std::string Columns(const std::vector<TableLine>& lines, bool colour);

// Why a capture failed, the line that proves it, and what to do; "" while `code` is "".
[[nodiscard]] std::string CauseRows(std::string_view code, std::string_view line);
// What was looked at, and what it says.
[[nodiscard]] std::string EvidenceRows(const std::vector<BootSign>& evidence);

// Bytes that continue a character take no place.
[[nodiscard]] std::size_t Width(std::string_view text);

}  // namespace kdumpd
