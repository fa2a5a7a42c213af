// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/core_collector.h"
#include "daemon/core/shell_config.h"
#include "daemon/core/text.h"

// /etc/default/kdump-tools. Debian kdump-tools 1.8.1: /usr/sbin/kdump-config and
// /etc/init.d/kdump-tools source it with dash, kdump-tools.service names it as an EnvironmentFile.
namespace kdumpd {
namespace {

constexpr std::string_view kDefaultArguments = "-F -c -d 31";

constexpr ShellVerdict kVerdicts[] = {
    {ShellOddity::kCrlf, kFatal, "crlf", "lines end in CR LF; expected LF"},
    {ShellOddity::kUnbalancedQuote, kFatal, "unbalanced_quotes",
     "a quote begins here and does not end; dash refuses the file"},
    {ShellOddity::kCommandSubstitution, kFatal, "command_substitution",
     "command substitution; systemd, which reads this file too, takes it as plain text"},
    {ShellOddity::kExpansion, kWarning, "variable_expansion",
     "a $ expansion; systemd, which reads this file too, takes it as plain text"},
    {ShellOddity::kAppend, kFatal, "append_assignment",
     "+= is not known to dash; expected NAME=value"},
    {ShellOddity::kParenthesis, kFatal, "syntax_error",
     "an unquoted parenthesis; dash refuses the file"},
    {ShellOddity::kExtraWords, kWarning, "extra_words",
     "words follow the value, so the shell sets nothing; expected quotes around the whole value"},
    {ShellOddity::kExport, kWarning, "export", "systemd ignores 'export'; expected NAME=value"},
    {ShellOddity::kCommand, kWarning, "not_an_assignment",
     "not an assignment; expected NAME=value without blanks around '='"},
};

constexpr Variable kVariables[] = {
    {"USE_KDUMP"},
    {"KDUMP_KERNEL"},
    {"KDUMP_INITRD"},
    {"KDUMP_COREDIR"},
    {"KDUMP_FAIL_CMD"},
    {"KDUMP_DUMP_DMESG", VariableType::kChoice, "0 1"},
    {"KDUMP_NUM_DUMPS", VariableType::kNumber},
    {"KDUMP_COMPRESSION", VariableType::kChoice, "bzip2 gzip lz4 xz"},
    {"KDUMP_SYSCTL"},
    {"MAKEDUMP_ARGS"},
    {"KDUMP_KEXEC_ARGS"},
    {"KDUMP_CMDLINE", VariableType::kReplaces},
    {"KDUMP_CMDLINE_APPEND"},
    {"HOSTTAG", VariableType::kChoice, "ip hostname"},
    {"NFS"},
    {"NFS_TIMEO", VariableType::kNumber},
    {"NFS_RETRANS", VariableType::kNumber},
    {"NFS_MOUNT_RETRY", VariableType::kNumber},
    {"FTP"},
    {"FTP_USER"},
    {"FTP_PASSWORD"},
    {"FTP_PORT", VariableType::kNumber},
    {"SSH"},
    {"SSH_KEY"},
    {"SSH_KDUMP_RETRY", VariableType::kNumber},
};

// [ "$USE_KDUMP" -ne 0 ], where what is no number counts as 0.
void ReadSwitch(KdumpConfig& config) {
  const std::string value = ValueOr(config, "USE_KDUMP", "0");
  const auto number = ParseSigned(value);
  config.enabled = number && *number != 0;
  if (value == "0" || value == "1") return;
  AddProblem(config, LineOf(config, "USE_KDUMP"), number ? kWarning : kFatal, "invalid_value",
             Cat("USE_KDUMP is ", Quoted(value), "; expected 0 or 1"));
}

void Aim(KdumpConfig& config, std::string_view name, TargetKind kind, std::string_view spec) {
  config.target = {kind, Redact("", spec), {}, LineOf(config, name)};
}

void AimFtp(KdumpConfig& config, std::string_view value) {
  // host[:path]; a password does not belong here, and is not shown when it stands here.
  const std::string spec = WithoutPassword(value);
  const auto at = spec.rfind('@');
  const auto separator = spec.find(':', at == std::string::npos ? 0 : at);
  Aim(config, "FTP", TargetKind::kFtp, std::string_view(spec).substr(0, separator));
  config.path = separator == std::string::npos ? "/" : spec.substr(separator + 1);
}

void AimSsh(KdumpConfig& config, std::string_view value) {
  Aim(config, "SSH", TargetKind::kSsh, WithoutPassword(value));
  if (value.find('@') != std::string_view::npos) return;
  AddProblem(config, config.target.line, kWarning, "invalid_ssh_target",
             Cat("SSH is ", Quoted(value), "; expected user@host"));
}

// The export is mounted on KDUMP_COREDIR for the dump.
void AimNfs(KdumpConfig& config, std::string_view value) {
  Aim(config, "NFS", TargetKind::kNfs, value);
  if (IsNfsExport(value)) return;
  AddProblem(config, config.target.line, kWarning, "invalid_nfs_target",
             Cat("NFS is ", Quoted(value), "; expected host:/export"));
}

// savecore sends to every facility that is set, in this order, and keeps a local dump only when
// none is.
void ReadTarget(KdumpConfig& config) {
  struct Facility {
    std::string_view name;
    void (*aim)(KdumpConfig&, std::string_view);
  };
  constexpr std::array<Facility, 3> kFacilities{Facility{"FTP", AimFtp}, Facility{"SSH", AimSsh},
                                                Facility{"NFS", AimNfs}};
  std::string_view first;
  for (const auto& [name, aim] : kFacilities) {
    const std::string value = ValueOr(config, name, "");
    if (value.empty()) continue;
    if (first.empty()) {
      first = name;
      aim(config, value);
    } else {
      AddProblem(config, LineOf(config, name), kWarning, "several_targets",
                 Cat(name, " is set besides ", first, "; expected one remote target"));
    }
  }
}

void ReadDirectory(KdumpConfig& config) {
  config.path = ValueOr(config, "KDUMP_COREDIR", "/var/crash");
  if (config.path.starts_with('/')) return;
  AddProblem(
      config, LineOf(config, "KDUMP_COREDIR"), kWarning, "path_not_absolute",
      Cat("KDUMP_COREDIR is ", Quoted(config.path), "; expected a path that begins with '/'"));
}

// kdump-config adds -F when it does not see one; one is shown, however many the tool ends up with.
void ReadCollector(KdumpConfig& config) {
  const std::string arguments = ValueOr(config, "MAKEDUMP_ARGS", "");
  config.collector_explicit = !arguments.empty();
  config.collector = "makedumpfile";
  bool flattened = false;
  for (const auto word : Words(arguments.empty() ? kDefaultArguments : arguments)) {
    if (word == "-F" && std::exchange(flattened, true)) continue;
    config.collector += Cat(' ', word);
  }
  const auto parsed =
      ParseCollector(config.collector, ConfigDialect::kKdumpTools, config.target.kind);
  if (!parsed.flattened) config.collector += " -F";
}

// The init script runs the value by word splitting alone and then does not reboot by itself.
void ReadFailureAction(KdumpConfig& config) {
  const std::string command = ValueOr(config, "KDUMP_FAIL_CMD", "");
  if (command.empty()) return;
  config.failure_action = Redact("", command);
  config.failure_action_explicit = true;
  if (command.find_first_of(";&|'\"") == std::string::npos) return;
  AddProblem(config, LineOf(config, "KDUMP_FAIL_CMD"), kWarning, "not_a_shell_command",
             "KDUMP_FAIL_CMD is run as one command: quotes, ';', '&' and '|' become arguments; "
             "expected a program and its arguments, such as reboot -f");
}

}  // namespace

KdumpConfig ParseKdumpTools(std::string_view text) {
  KdumpConfig config;
  config.dialect = ConfigDialect::kKdumpTools;
  ReadShellConfig(text, kVerdicts, kVariables, /*appends=*/false, config);
  ReadSwitch(config);
  ReadDirectory(config);
  ReadTarget(config);
  ReadCollector(config);
  ReadFailureAction(config);
  config.kernel_image = ValueOr(config, "KDUMP_KERNEL", "");
  config.initrd = ValueOr(config, "KDUMP_INITRD", "");
  return config;
}

}  // namespace kdumpd
