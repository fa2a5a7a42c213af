// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/kdump_config.h"

// The command that filters /proc/vmcore in the capture kernel.
// Rules: kdump-utils mkdumprd verify_core_collector, makedumpfile.c
// check_param_for_creating_dumpfile.
namespace kdumpd {

struct CollectorProblem {
  bool fatal = false;  // the tool rejects it: no dump after the next start
  std::string reason;  // stable code
  std::string message;
};

struct Collector {
  std::string program;           // first word
  bool is_makedumpfile = false;  // the word is exactly "makedumpfile"
  bool flattened = false;        // -F
  bool elf = false;              // -E
  std::vector<int> dump_levels;  // -d; empty: not given, which is 0
  std::string compression;       // zlib, lzo, snappy, zstd or ""
  std::vector<CollectorProblem> problems;

  [[nodiscard]] int DumpLevel() const { return dump_levels.empty() ? 0 : dump_levels.front(); }
};

[[nodiscard]] Collector ParseCollector(std::string_view command, ConfigDialect dialect,
                                       TargetKind target);

}  // namespace kdumpd
