// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "daemon/core/config_dialects.h"
#include "daemon/core/kdump_config.h"

namespace {

using kdumpd::ConfigDialect;

constexpr std::string_view kSecret = "zQ7canary9";

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool Shows(std::string_view text) { return text.find(kSecret) != std::string_view::npos; }

void CheckProblems(const kdumpd::KdumpConfig& config, std::string_view text) {
  const auto lines = std::ranges::count(text, '\n') + 1;
  Require(config.problems.size() <= 200);
  for (const auto& problem : config.problems) {
    Require(problem.line >= 0 && problem.line <= lines);
    Require(!problem.reason.empty() && !problem.message.empty());
    Require(problem.message.size() < 512);
    Require(std::ranges::all_of(problem.message, [](unsigned char c) { return c >= ' '; }));
  }
  for (const auto& setting : config.settings) Require(setting.line >= 1 && setting.line <= lines);
}

// A secret that stands in the file, whatever stands before it, is shown by no message and no
// target.
void CheckSecrets(std::string_view text) {
  std::string file(text);
  file += "\nFTP_PASSWORD=";
  file += kSecret;
  file += "\nKDUMP_SAVEDIR=ftp://user:";
  file += kSecret;
  file += "@host/dir\n";
  for (const auto dialect :
       {ConfigDialect::kKdumpConf, ConfigDialect::kKdumpTools, ConfigDialect::kSysconfig}) {
    const auto config = kdumpd::ParseKdumpConfig(dialect, file);
    CheckProblems(config, file);
    Require(!Shows(config.target.spec));
    for (const auto& problem : config.problems) Require(!Shows(problem.message));
    for (const auto& setting : config.settings) {
      Require(!Shows(kdumpd::Redact(setting.key, setting.value)));
    }
  }
  Require(!Shows(kdumpd::Redact("", file)));
}

// What follows "password=" in anything redacted is the mask and nothing else.
void CheckRedact(std::string_view text) {
  constexpr std::string_view kName = "password=";
  const std::string shown = kdumpd::Redact("", text);
  const auto at = kdumpd::Lower(shown).find(kName);
  if (at != std::string::npos && at + kName.size() < shown.size()) {
    Require(shown.substr(at + kName.size()) == "***");
  }
  Require(kdumpd::Redact("ftp_password", text) == (text.empty() ? "" : "***"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckRedact(text);
  if (!Shows(text)) CheckSecrets(text);
  return 0;
}
