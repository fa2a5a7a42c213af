// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/shell_config.h"

#include <algorithm>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxSettings = 1000;

void Judge(const ShellRemark& remark, std::span<const ShellVerdict> verdicts, KdumpConfig& config) {
  const auto verdict = std::ranges::find(verdicts, remark.oddity, &ShellVerdict::oddity);
  if (verdict == verdicts.end()) return;
  const std::string name = remark.name.empty() ? "" : Cat(Printable(remark.name, 64), ": ");
  AddProblem(config, remark.line, verdict->fatal, verdict->reason, Cat(name, verdict->text));
}

bool IsOneOf(std::string_view value, std::string_view choices) {
  const auto words = Words(choices);
  return std::ranges::find(words, value) != words.end();
}

// "" when the value is fine, else what was expected.
std::string Expected(const Variable& variable, std::string_view value) {
  constexpr std::string_view kSwitch = "yes 1 true no 0 false";
  switch (variable.type) {
    case VariableType::kNumber:
      return ParseUnsigned(value) ? "" : "expected a number";
    case VariableType::kSwitch:
      return IsOneOf(value, kSwitch) ? "" : "expected true or false";
    case VariableType::kChoice:
      return IsOneOf(value, variable.choices) ? "" : Cat("expected one of ", variable.choices);
    default:
      return "";
  }
}

void CheckVariable(const ConfigSetting& setting, std::span<const Variable> variables,
                   KdumpConfig& config) {
  const std::string name = Printable(setting.key, 64);
  const auto variable = std::ranges::find(variables, setting.key, &Variable::name);
  if (variable == variables.end()) {
    AddProblem(config, setting.line, kWarning, "unknown_variable",
               Cat("unknown variable ", name, "; nothing reads it"));
    return;
  }
  if (setting.value.empty() || variable->type == VariableType::kObsolete) return;
  if (variable->type == VariableType::kReplaces) {
    AddProblem(config, setting.line, kWarning, "command_line_replaced",
               Cat(name, " replaces the whole command line of the capture kernel; expected empty"));
  } else if (const std::string expected = Expected(*variable, setting.value); !expected.empty()) {
    AddProblem(config, setting.line, kWarning, "invalid_value",
               Cat(name, " is ", Quoted(setting.value), "; ", expected));
  }
}

// Into the setting that is there already, if one is.
bool Append(const ShellAssignment& assignment, KdumpConfig& config) {
  const auto set = std::ranges::find(config.settings.rbegin(), config.settings.rend(),
                                     assignment.name, &ConfigSetting::key);
  if (set == config.settings.rend()) return false;
  set->value += assignment.value;
  return true;
}

}  // namespace

void ReadShellConfig(std::string_view text, std::span<const ShellVerdict> verdicts,
                     std::span<const Variable> variables, bool appends, KdumpConfig& config) {
  ShellText shell = ReadShellAssignments(text);
  for (const ShellRemark& remark : shell.remarks) Judge(remark, verdicts, config);
  for (ShellAssignment& assignment : shell.assignments) {
    if (config.settings.size() >= kMaxSettings) break;
    if (assignment.append && (!appends || Append(assignment, config))) continue;
    config.settings.push_back(
        {assignment.line, std::move(assignment.name), std::move(assignment.value)});
  }
  for (const ConfigSetting& setting : config.settings) CheckVariable(setting, variables, config);
}

std::string ValueOr(const KdumpConfig& config, std::string_view name, std::string_view otherwise) {
  const std::string* value = config.Find(name);
  return std::string(value == nullptr || value->empty() ? otherwise : *value);
}

int LineOf(const KdumpConfig& config, std::string_view name) {
  int line = 0;
  for (const ConfigSetting& setting : config.settings) {
    if (setting.key == name) line = setting.line;
  }
  return line;
}

}  // namespace kdumpd
