// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxProblems = 200;
constexpr std::size_t kMaxTokenBytes = 80;
constexpr std::string_view kHidden = "***";
constexpr std::array<std::string_view, 5> kSecretWords{"password", "passwd", "passphrase", "secret",
                                                       "token"};

// Where the first name in `lower` that holds `word` has ended, past its separator.
std::size_t SecretValue(std::string_view lower, std::string_view word) {
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
  const auto at = lower.find(word);
  if (at == std::string_view::npos) return at;
  const auto end = lower.find_first_not_of(kName, at);
  return end == std::string_view::npos ? end : end + 1;
}

// Everything behind such a name goes: quoting inside a value cannot be told from here.
std::string WithoutNamedSecrets(std::string_view value) {
  const std::string lower = Lower(value);
  std::size_t cut = std::string_view::npos;
  for (const auto word : kSecretWords) cut = std::min(cut, SecretValue(lower, word));
  if (cut >= value.size()) return std::string(value);
  return Cat(value.substr(0, cut), kHidden);
}

// The password may hold '/' and '@' unescaped, so it ends at the last '@' before a blank.
std::string WithoutUrlPasswords(std::string_view value) {
  std::string out;
  for (;;) {
    const auto scheme = value.find("://");
    if (scheme == std::string_view::npos) return out += value;
    const auto end = std::min(value.find_first_of(" \t\n", scheme), value.size());
    out += value.substr(0, scheme + 3);
    out += WithoutPassword(value.substr(scheme + 3, end - scheme - 3));
    value.remove_prefix(end);
  }
}

}  // namespace

std::string_view Name(TargetKind kind) {
  constexpr std::array<std::string_view, 9> kNames{"local",    "device", "raw", "nfs",  "ssh",
                                                   "virtiofs", "ftp",    "smb", "mount"};
  return kNames.at(static_cast<std::size_t>(kind));
}

bool IsRemote(TargetKind kind) {
  constexpr std::array kRemote{TargetKind::kNfs, TargetKind::kSsh, TargetKind::kVirtiofs,
                               TargetKind::kFtp, TargetKind::kSmb};
  return std::ranges::find(kRemote, kind) != kRemote.end();
}

const std::string* KdumpConfig::Find(std::string_view key) const {
  const std::string* value = nullptr;
  for (const auto& setting : settings) {
    if (setting.key == key) value = &setting.value;
  }
  return value;
}

KdumpConfig ParseKdumpConfig(ConfigDialect dialect, std::string_view text) {
  switch (dialect) {
    case ConfigDialect::kKdumpTools:
      return ParseKdumpTools(text);
    case ConfigDialect::kSysconfig:
      return ParseSuseSysconfig(text);
    case ConfigDialect::kKdumpConf:
      break;
  }
  return ParseKdumpConf(text);
}

std::string Redact(std::string_view key, std::string_view value) {
  const std::string name = Lower(key);
  const auto in_name = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  if (std::ranges::any_of(kSecretWords, in_name)) return std::string(value.empty() ? "" : kHidden);
  return WithoutNamedSecrets(WithoutUrlPasswords(value));
}

void AddProblem(KdumpConfig& config, int line, bool fatal, std::string_view reason,
                std::string message) {
  if (config.problems.size() >= kMaxProblems) return;
  config.problems.push_back({line, fatal, std::string(reason), std::move(message)});
}

std::string Quoted(std::string_view token) {
  return Cat('\'', Printable(Redact("", token), kMaxTokenBytes), '\'');
}

std::string WithoutPassword(std::string_view authority) {
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon > at) return std::string(authority);
  return Cat(authority.substr(0, colon + 1), kHidden, authority.substr(at));
}

bool IsNfsExport(std::string_view spec) {
  const auto separator = spec.find(":/", spec.starts_with('[') ? spec.find(']') : 0);
  return separator != std::string_view::npos && separator > 0 &&
         spec.find_first_of(" \t") == std::string_view::npos;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace kdumpd
