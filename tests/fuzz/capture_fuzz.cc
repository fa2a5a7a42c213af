// SPDX-License-Identifier: Apache-2.0
// What a capture kernel is made of: the first line is the running kernel's command line, the rest a
// configuration file, a kernel's configuration, a program and kallsyms at once.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "daemon/core/capture_facts.h"
#include "daemon/core/capture_rules.h"
#include "daemon/core/shell_config.h"

namespace {

using kdumpd::ConfigDialect;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void CheckLine(const kdumpd::CaptureLine& line, ConfigDialect dialect) {
  bool fatal = true;
  for (const auto& problem : kdumpd::ProblemsOf(line, dialect, "x86_64")) {
    Require(!problem.reason.empty() && !problem.message.empty() && problem.message.size() < 512);
    Require(fatal || !problem.fatal);  // the worst first
    fatal = problem.fatal;
    for (const char c : problem.word) Require(static_cast<unsigned char>(c) >= ' ');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string_view cmdline = input.substr(0, end);
  const std::string_view text = input.substr(std::min(end + 1, input.size()));

  kdumpd::KdumpConfig sourced;
  kdumpd::ReadShellConfig(text, {}, {}, true, sourced);
  CheckLine(kdumpd::KdumpctlLine(cmdline, sourced.settings), ConfigDialect::kKdumpConf);
  CheckLine(kdumpd::KdumpToolsLine(cmdline, sourced), ConfigDialect::kKdumpTools);
  CheckLine(kdumpd::SuseLine(cmdline, sourced, "x86_64"), ConfigDialect::kSysconfig);
  if (const auto recorded = kdumpd::RecordedLine(text)) Require(recorded->size() < text.size());
  static_cast<void>(kdumpd::LoadCallOf(kdumpd::RecordedOptions(text)));
  Require(kdumpd::MissingRemovals(text).size() <= 3);

  const kdumpd::KernelLayout layout = kdumpd::ParseKernelConfig(text);
  Require(layout.va_bits >= 0 && layout.va_bits <= 64);
  const std::string version = kdumpd::MakedumpfileVersion(text);
  Require(version.size() < kdumpd::kVersionTextBytes);
  Require(version.find_first_not_of("0123456789.+") == std::string::npos);
  if (kdumpd::HasTextSymbol(text).value_or(false)) Require(text.contains("_text"));
  return 0;
}
