// SPDX-License-Identifier: Apache-2.0
// /etc/default/grub, which grub-mkconfig sources. Source: util/grub-mkconfig.in,
// grub.d/10_linux.in.
#include <algorithm>
#include <array>

#include "daemon/core/grub_config.h"
#include "daemon/core/shell_assignments.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxVariables = 256;
constexpr std::size_t kMaxExpanded = 64 << 10;
constexpr std::array<std::string_view, 2> kCmdlineNames{"GRUB_CMDLINE_LINUX",
                                                        "GRUB_CMDLINE_LINUX_DEFAULT"};

// Whether only a shell could say what the variables of the command line are: a command may be
// `if`, and a substitution anything.
bool NeedsShell(const ShellRemark& remark) {
  const bool ours = std::ranges::find(kCmdlineNames, remark.name) != kCmdlineNames.end();
  switch (remark.oddity) {
    case ShellOddity::kCommand:
    case ShellOddity::kUnbalancedQuote:
      return true;
    case ShellOddity::kCommandSubstitution:
    case ShellOddity::kParenthesis:
    case ShellOddity::kExtraWords:
      return ours;
    case ShellOddity::kCrlf:
    case ShellOddity::kExpansion:
    case ShellOddity::kAppend:
    case ShellOddity::kExport:
      return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> ConfiguredGrubCmdline(std::span<const std::string> texts) {
  GrubVariables variables;
  for (const std::string& text : texts) {
    const ShellText shell = ReadShellAssignments(text);
    if (std::ranges::any_of(shell.remarks, NeedsShell)) return std::nullopt;
    for (const ShellAssignment& assignment : shell.assignments) {
      const std::string value = ExpandGrubVariables(assignment.value, variables);
      std::string& variable = variables[assignment.name];
      if (!assignment.append) variable.clear();
      variable += value;
      if (variables.size() > kMaxVariables || variable.size() >= kMaxExpanded) return std::nullopt;
    }
  }
  const auto value = [&](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  std::string cmdline(Trim(Cat(value(kCmdlineNames[0]), ' ', value(kCmdlineNames[1]))));
  if (cmdline.find('$') != std::string::npos) return std::nullopt;
  return cmdline;
}

}  // namespace kdumpd
