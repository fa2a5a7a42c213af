// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/sysctl_files.h"

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxSettings = 1000;
constexpr std::string_view kGlob = "*?[";

// What decides whether a fault becomes a panic and whether the next boot can load an image.
constexpr std::array<std::string_view, 6> kJudged{
    "kernel.oops_limit",          "kernel.warn_limit", "kernel.nmi_watchdog",
    "kernel.kexec_load_disabled", "kernel.sysrq",      "vm.panic_on_oom",
};

// The part of a line before '=' as a key with dots; nothing for a glob or an empty one.
std::optional<std::string> KeyOf(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('-')) text = Trim(text.substr(1));
  if (text.empty() || text.find_first_of(kGlob) != std::string_view::npos) return std::nullopt;
  return SysctlKey(text);
}

}  // namespace

std::string SysctlKey(std::string_view name) {
  std::string key(name);
  const auto first = key.find_first_of("./");
  if (first == std::string::npos || key[first] == '.') return key;
  for (char& c : key) {
    if (c == '/' || c == '.') c = c == '/' ? '.' : '/';
  }
  return key;
}

std::vector<SysctlSetting> ParseSysctlFile(std::string_view text, std::string_view file) {
  std::vector<SysctlSetting> settings;
  for (const std::string_view raw : Lines(text)) {
    const std::string_view line = Trim(raw);
    const auto equals = line.find('=');
    if (line.starts_with('#') || line.starts_with(';') || equals == std::string_view::npos) {
      continue;
    }
    if (settings.size() == kMaxSettings) break;
    if (auto key = KeyOf(line.substr(0, equals))) {
      settings.push_back(
          {*std::move(key), std::string(Trim(line.substr(equals + 1))), std::string(file)});
    }
  }
  return settings;
}

bool JudgesSysctl(std::string_view key) {
  const bool panics = key.starts_with("kernel.") && key.find("panic") != std::string_view::npos;
  return panics || std::ranges::find(kJudged, key) != kJudged.end();
}

}  // namespace kdumpd
