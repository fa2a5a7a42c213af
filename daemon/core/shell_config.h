// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/core/kdump_config.h"
#include "daemon/core/shell_assignments.h"

// What the two sourced dialects share: tables of what the shell and the tool make of a file.
namespace kdumpd {

// What a dialect makes of an oddity.
struct ShellVerdict {
  ShellOddity oddity;
  bool fatal;
  std::string_view reason;
  std::string_view text;  // follows "NAME: "
};

enum class VariableType {
  kText,
  kNumber,
  kSwitch,    // yes, 1, true, no, 0, false
  kChoice,    // one of `choices`
  kObsolete,  // no longer read; upgraded files keep it, and it harms nobody
  kReplaces,  // set at all, it replaces the whole default command line
};

struct Variable {
  std::string_view name;
  VariableType type = VariableType::kText;
  std::string_view choices{};  // blank separated
};

// Fills config.settings, joins NAME+=value where `appends`, and adds the problems that the two
// tables tell of: `verdicts` for the shell, `variables` for names and values. Oddities that
// `verdicts` leaves out are none in that dialect.
void ReadShellConfig(std::string_view text, std::span<const ShellVerdict> verdicts,
                     std::span<const Variable> variables, bool appends, KdumpConfig& config);

// The value of `name`, or `otherwise` when it is not set or empty: the shell's ${name:-otherwise}.
[[nodiscard]] std::string ValueOr(const KdumpConfig& config, std::string_view name,
                                  std::string_view otherwise);
// The line that set it last, 0 when none did.
[[nodiscard]] int LineOf(const KdumpConfig& config, std::string_view name);

}  // namespace kdumpd
