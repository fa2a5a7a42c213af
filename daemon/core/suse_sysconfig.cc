// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/shell_config.h"
#include "daemon/core/text.h"

// SUSE's /etc/sysconfig/kdump, sourced by bash. openSUSE kdump 2.1: kdump-read-config.sh (types and
// defaults), dracut/kdump-save (what they mean in the capture kernel).
namespace kdumpd {
namespace {

constexpr ShellVerdict kVerdicts[] = {
    {ShellOddity::kCrlf, kFatal, "crlf", "lines end in CR LF; expected LF"},
    {ShellOddity::kUnbalancedQuote, kFatal, "unbalanced_quotes",
     "a quote begins here and does not end; bash refuses the file"},
    {ShellOddity::kCommandSubstitution, kWarning, "command_substitution",
     "command substitution; the value is known only while the scripts run"},
    {ShellOddity::kExpansion, kWarning, "variable_expansion",
     "a $ expansion; the value is known only while the scripts run"},
    {ShellOddity::kParenthesis, kWarning, "syntax_error",
     "an unquoted parenthesis; expected a plain value in quotes"},
    {ShellOddity::kExtraWords, kWarning, "extra_words",
     "words follow the value, so the shell sets nothing; expected quotes around the whole value"},
    {ShellOddity::kCommand, kWarning, "not_an_assignment",
     "not an assignment; expected NAME=value without blanks around '='"},
};

constexpr Variable kVariables[] = {
    {"KDUMP_AUTO_RESIZE", VariableType::kSwitch},
    {"KDUMP_COMMANDLINE", VariableType::kReplaces},
    {"KDUMP_COMMANDLINE_APPEND"},
    {"KDUMP_CONTINUE_ON_ERROR", VariableType::kSwitch},
    {"KDUMP_COPY_KERNEL", VariableType::kObsolete},
    {"KDUMP_CPUS", VariableType::kNumber},
    {"KDUMP_CRASHKERNEL"},
    {"KDUMP_DUMPFORMAT", VariableType::kChoice, "none ELF compressed lzo snappy zstd raw"},
    {"KDUMP_DUMPLEVEL", VariableType::kNumber},
    {"KDUMP_FADUMP", VariableType::kSwitch},
    {"KDUMP_FADUMP_SHELL", VariableType::kSwitch},
    {"KDUMP_FREE_DISK_SIZE", VariableType::kNumber},
    {"KDUMP_HOST_KEY"},
    {"KDUMP_IMMEDIATE_REBOOT", VariableType::kSwitch},
    {"KDUMP_KEEP_OLD_DUMPS", VariableType::kNumber},
    {"KDUMP_KERNELVER"},
    {"KDUMP_NETCONFIG"},
    {"KDUMP_NET_TIMEOUT", VariableType::kNumber},
    {"KDUMP_NOTIFICATION_CC"},
    {"KDUMP_NOTIFICATION_TO"},
    {"KDUMP_POSTSCRIPT"},
    {"KDUMP_PRESCRIPT"},
    {"KDUMP_REQUIRED_PROGRAMS"},
    {"KDUMP_SAVEDIR"},
    {"KDUMP_SMTP_PASSWORD"},
    {"KDUMP_SMTP_SERVER"},
    {"KDUMP_SMTP_USER"},
    {"KDUMP_SSH_IDENTITY"},
    {"KDUMP_TRANSFER"},
    {"KDUMP_UPDATE_BOOTLOADER", VariableType::kSwitch},
    {"KDUMP_VERBOSE", VariableType::kNumber},
    {"KDUMPTOOL_FLAGS", VariableType::kObsolete},
    {"KEXEC_OPTIONS"},
    {"MAKEDUMPFILE_OPTIONS"},
};

struct Scheme {
  std::string_view prefix;  // lower case
  TargetKind kind;
};
constexpr Scheme kSchemes[] = {
    {"ftp://", TargetKind::kFtp},  {"scp://", TargetKind::kSsh}, {"sftp://", TargetKind::kSsh},
    {"ssh://", TargetKind::kSsh},  {"nfs://", TargetKind::kNfs}, {"smb://", TargetKind::kSmb},
    {"cifs://", TargetKind::kSmb},
};

struct Format {
  std::string_view name;
  std::string_view option;  // of makedumpfile
};
constexpr Format kFormats[] = {
    {"ELF", "-E"}, {"compressed", "-c"}, {"lzo", "-l"}, {"snappy", "-p"}, {"zstd", "-z"}};
// kdump-save's answer to a format it does not know.
constexpr std::string_view kUnknownFormat = "-z";

bool IsFalse(const KdumpConfig& config, std::string_view name) {
  const std::string value = ValueOr(config, name, "");
  return value == "no" || value == "0" || value == "false";
}

void Problem(KdumpConfig& config, std::string_view name, bool fatal, std::string_view reason,
             std::string message) {
  AddProblem(config, LineOf(config, name), fatal, reason, std::move(message));
}

void WarnOfPassword(KdumpConfig& config) {
  Problem(config, "KDUMP_SAVEDIR", kWarning, "password_in_url",
          "KDUMP_SAVEDIR holds a password, which goes into the initrd; expected a key instead");
}

// What follows "scheme://": [user[:password]@]host[:port]/path.
void AimUrl(KdumpConfig& config, TargetKind kind, std::string_view rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  const auto at = authority.rfind('@');
  const std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (at != std::string_view::npos && authority.substr(0, at).contains(':')) WarnOfPassword(config);
  if (host.empty()) {
    Problem(config, "KDUMP_SAVEDIR", kFatal, "invalid_target",
            "KDUMP_SAVEDIR names no host; expected scheme://host/path");
  }
  config.path = path.empty() ? "/" : std::string(path);
  config.target.kind = kind;
  if (kind == TargetKind::kNfs) {
    config.target.spec = Cat(host, ':', config.path);
  } else if (kind == TargetKind::kSmb) {
    config.target.spec = Cat("//", host, path);
  } else {
    config.target.spec = WithoutPassword(authority);
  }
  config.target.spec = Redact("", config.target.spec);
}

// The password may hold '/': the authority as kdump-save cuts it then has no '@', and what is
// before the last '@' of the whole URL must not be shown.
std::string_view WithoutStrayUserinfo(std::string_view rest) {
  const auto slash = rest.find('/');
  const auto at = rest.rfind('@');
  const bool stray = at != std::string_view::npos && at > slash &&
                     rest.substr(0, slash).find(':') != std::string_view::npos;
  return stray ? rest.substr(at + 1) : rest;
}

void AimAt(KdumpConfig& config, std::string_view url) {
  const std::string lower = Lower(url);
  config.target.line = LineOf(config, "KDUMP_SAVEDIR");
  if (url.starts_with('/') || lower.starts_with("file://")) {
    config.path = url.substr(url.starts_with('/') ? 0 : 7);
    if (config.path.starts_with('/')) return;
    Problem(config, "KDUMP_SAVEDIR", kWarning, "path_not_absolute",
            Cat("KDUMP_SAVEDIR is ", Quoted(url), "; expected a path that begins with '/'"));
    return;
  }
  for (const Scheme& scheme : kSchemes) {
    if (!lower.starts_with(scheme.prefix)) continue;
    const std::string_view rest = url.substr(scheme.prefix.size());
    const std::string_view place = WithoutStrayUserinfo(rest);
    if (place.size() != rest.size()) WarnOfPassword(config);
    AimUrl(config, scheme.kind, place);
    return;
  }
  Problem(config, "KDUMP_SAVEDIR", kFatal, "invalid_target",
          Cat("KDUMP_SAVEDIR is ", Quoted(url),
              "; expected a path or one of file, ftp, scp, sftp, ssh, nfs, smb, cifs ://"));
}

void ReadTarget(KdumpConfig& config) {
  const std::string value = ValueOr(config, "KDUMP_SAVEDIR", "/var/crash");
  const auto urls = Words(value);
  if (urls.size() > 1) {
    Problem(config, "KDUMP_SAVEDIR", kWarning, "several_targets",
            Cat("KDUMP_SAVEDIR names ", urls.size(), " places; expected one, the first counts"));
  }
  AimAt(config, urls.empty() ? std::string_view("/var/crash") : urls.front());
}

std::uint64_t DumpLevel(KdumpConfig& config) {
  const auto level = ParseUnsigned(ValueOr(config, "KDUMP_DUMPLEVEL", "31"));
  if (!level) return 31;
  if (*level <= 31) return *level;
  Problem(config, "KDUMP_DUMPLEVEL", kWarning, "dump_level_invalid",
          Cat("KDUMP_DUMPLEVEL is ", *level, ", which counts as 0, a full dump; expected 0 to 31"));
  return 0;
}

std::string Makedumpfile(KdumpConfig& config, std::string_view format) {
  const auto* known = std::ranges::find(kFormats, format, &Format::name);
  std::string command = "makedumpfile -F ";
  command += known == std::end(kFormats) ? kUnknownFormat : known->option;
  const auto cpus = ParseUnsigned(ValueOr(config, "KDUMP_CPUS", "1")).value_or(1);
  if (cpus > 1 && format != "ELF") command += Cat(" --num-threads ", cpus);
  command += Cat(" -d ", DumpLevel(config));
  const std::string more = Redact("", ValueOr(config, "MAKEDUMPFILE_OPTIONS", ""));
  return more.empty() ? command : Cat(command, ' ', more);
}

void ReadCollector(KdumpConfig& config) {
  for (const auto name :
       {"KDUMP_TRANSFER", "KDUMP_DUMPFORMAT", "KDUMP_DUMPLEVEL", "MAKEDUMPFILE_OPTIONS"}) {
    if (!ValueOr(config, name, "").empty()) config.collector_explicit = true;
  }
  // A transfer command does all the work, and no other option counts.
  const std::string transfer = ValueOr(config, "KDUMP_TRANSFER", "");
  const std::string format = ValueOr(config, "KDUMP_DUMPFORMAT", "compressed");
  if (!transfer.empty()) {
    config.collector = Redact("", transfer);
    return;
  }
  config.enabled = format != "none";
  config.collector = format == "raw" ? "cp" : Makedumpfile(config, format);
}

void ReadActions(KdumpConfig& config) {
  config.failure_action_explicit = !ValueOr(config, "KDUMP_CONTINUE_ON_ERROR", "").empty();
  config.final_action_explicit = !ValueOr(config, "KDUMP_IMMEDIATE_REBOOT", "").empty();
  if (IsFalse(config, "KDUMP_CONTINUE_ON_ERROR")) config.failure_action = "shell";
  if (IsFalse(config, "KDUMP_IMMEDIATE_REBOOT")) config.final_action = "shell";
}

}  // namespace

KdumpConfig ParseSuseSysconfig(std::string_view text) {
  KdumpConfig config;
  config.dialect = ConfigDialect::kSysconfig;
  ReadShellConfig(text, kVerdicts, kVariables, /*appends=*/true, config);
  ReadTarget(config);
  ReadCollector(config);
  ReadActions(config);
  return config;
}

}  // namespace kdumpd
