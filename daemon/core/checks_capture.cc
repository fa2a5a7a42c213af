// SPDX-License-Identifier: Apache-2.0
// What the capture kernel is told: its command line.
#include <algorithm>
#include <optional>

#include "daemon/core/capture_rules.h"
#include "daemon/core/checks.h"
#include "daemon/core/config_dialects.h"

namespace kdumpd {
namespace {

constexpr std::size_t kShownBytes = 1024;

constexpr Remedy kSetLine{
    "compare KDUMP_COMMANDLINE_REMOVE and KDUMP_COMMANDLINE_APPEND in /etc/sysconfig/kdump with "
    "the package's (rpm -V, .rpmnew), then kdumpctl restart",
    "bring KDUMP_COMMANDLINE_REMOVE and KDUMP_COMMANDLINE_APPEND in the MachineConfig's "
    "/etc/sysconfig/kdump up to those of the image (/usr/etc/sysconfig/kdump)",
    "set KDUMP_CMDLINE (the whole line) or KDUMP_CMDLINE_APPEND in /etc/default/kdump-tools, or "
    "take the word out of GRUB_CMDLINE_LINUX, then systemctl restart kdump-tools",
    "set KDUMP_COMMANDLINE (the whole line) or KDUMP_COMMANDLINE_APPEND in /etc/sysconfig/kdump, "
    "then systemctl restart kdump"};
ConfigDialect DialectOf(const Facts& facts) { return ProfileOf(facts.distribution).dialect; }

// What kdump-config wrote down counts as long as it is what is loaded.
std::optional<std::string> Recorded(const Facts& facts) {
  if (!facts.load_command.known() || !facts.crash_loaded.Is(true)) return std::nullopt;
  return RecordedLine(facts.load_command.value());
}

// The first setting whose value only a shell can tell, or nullptr.
const ConfigSetting* Expanded(const std::vector<ConfigSetting>& settings) {
  for (const ConfigSetting& setting : settings) {
    const bool makes_line =
        setting.key.starts_with("KDUMP_COMMANDLINE") || setting.key.starts_with("KDUMP_CMDLINE");
    if (makes_line && setting.value.find_first_of("$`") != std::string::npos) return &setting;
  }
  return nullptr;
}

struct Composed {
  CaptureLine line;
  std::string source;
};
// Only when what it takes is known.
Composed Compose(const Facts& facts) {
  const std::string& cmdline = facts.cmdline.value();
  switch (DialectOf(facts)) {
    case ConfigDialect::kKdumpTools:
      if (auto recorded = Recorded(facts)) {
        return {{*std::move(recorded), {}, {}, true}, facts.load_command.source()};
      }
      return {KdumpToolsLine(cmdline, facts.config.value()), facts.config.source()};
    case ConfigDialect::kSysconfig:
      return {SuseLine(cmdline, facts.config.value(), facts.architecture.ValueOr("")),
              facts.config.source()};
    case ConfigDialect::kKdumpConf:
      break;
  }
  return {KdumpctlLine(cmdline, facts.load_settings.value()), facts.load_settings.source()};
}

// Why it cannot be composed.
std::optional<Finding> Obstacle(const Facts& facts) {
  const ConfigDialect dialect = DialectOf(facts);
  if (dialect == ConfigDialect::kKdumpTools && Recorded(facts)) return std::nullopt;
  if (!facts.cmdline.known()) return NotKnown(facts.cmdline);
  const bool sourced = dialect == ConfigDialect::kKdumpConf;
  if (sourced && !facts.load_settings.known()) return NotKnown(facts.load_settings);
  if (!sourced && !facts.config.known()) return NotKnown(facts.config);
  const ConfigSetting* expanded =
      Expanded(sourced ? facts.load_settings.value() : facts.config->settings);
  if (expanded == nullptr) return std::nullopt;
  return Found(
      Status::kUnknown, "shell_expansion",
      Cat(Printable(expanded->key, 64), " holds a '$' or '`': only a shell knows its value"),
      {{sourced ? facts.load_settings.source() : facts.config.source(),
        Printable(Redact(expanded->key, expanded->value))}});
}

// Word by word, so that the name of each hides its secret.
std::string WithoutSecrets(std::string_view line) {
  std::string shown;
  for (const std::string_view word : QuotedWords(line)) {
    const std::string_view key = KeyOf(word);
    const auto equals = word.find('=');
    if (!shown.empty()) shown += ' ';
    shown += equals == std::string_view::npos
                 ? std::string(word)
                 : Cat(word.substr(0, equals + 1), Redact(key, word.substr(equals + 1)));
  }
  return shown;
}

Finding Judged(const Facts& facts, const std::vector<CaptureProblem>& problems,
               const Composed& composed) {
  const std::string more = problems.size() == 1 ? "" : Cat(" (and ", problems.size() - 1, " more)");
  Finding finding =
      Found(problems.front().fatal ? Status::kFail : Status::kWarn, problems.front().reason,
            Cat("the capture kernel's command line: ", problems.front().message, more), {},
            RemedyFor(facts, kSetLine));
  for (const CaptureProblem& problem : problems) {
    finding.evidence.push_back(
        {composed.source, problem.word.empty() ? problem.reason : problem.word});
  }
  finding.evidence.push_back(
      {composed.source, Printable(WithoutSecrets(composed.line.text), kShownBytes)});
  return finding;
}

// /etc/sysconfig/kdump that was written by hand, or kept over an update.
std::optional<CaptureProblem> ShortRemoveList(const Facts& facts, const CaptureLine& line) {
  if (DialectOf(facts) != ConfigDialect::kKdumpConf || line.replaced) return std::nullopt;
  const auto& settings = facts.load_settings.value();
  constexpr std::string_view kList = "KDUMP_COMMANDLINE_REMOVE";
  if (std::ranges::find(settings, kList, &ConfigSetting::key) == settings.end()) {
    return std::nullopt;  // kdumpctl's own counts
  }
  std::string missing;
  for (const std::string_view word : MissingRemovals(SettingOf(settings, kList))) {
    missing += Cat(missing.empty() ? "" : " ", word);
  }
  if (missing.empty()) return std::nullopt;
  return CaptureProblem{kWarning, "remove_list_short",
                        Cat(kList, " lacks ", missing, ", which each vendor's list holds"),
                        Cat("(not removed) ", missing)};
}

}  // namespace

Finding CaptureCmdline(const Facts& facts, const Numbers&, const Policy&) {
  if (!facts.os.known()) return NotKnown(facts.os);  // each family composes it by its own rules
  if (FadumpOn(facts)) {
    return NotApplicable("fadump",
                         "firmware-assisted dump boots the same kernel again, by its own "
                         "command line");
  }
  if (auto obstacle = Obstacle(facts)) return *std::move(obstacle);
  const Composed composed = Compose(facts);
  auto problems = ProblemsOf(composed.line, DialectOf(facts), facts.architecture.ValueOr(""));
  if (auto list = ShortRemoveList(facts, composed.line)) problems.push_back(*std::move(list));
  if (!problems.empty()) return Judged(facts, problems, composed);
  const bool recorded = composed.source == facts.load_command.source();
  return Found(
      Status::kPass, "fits",
      Cat("the capture kernel gets a command line of ", composed.line.text.size(), " bytes",
          recorded ? ", as it was loaded"
                   : Cat(": ", composed.line.removed.size(), " words removed, ",
                         composed.line.appended.size(), " appended")),
      {{composed.source, Printable(WithoutSecrets(composed.line.text), kShownBytes)}});
}

}  // namespace kdumpd
