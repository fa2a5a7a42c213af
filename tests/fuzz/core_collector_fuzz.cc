// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "daemon/core/core_collector.h"

namespace {

using kdumpd::ConfigDialect;
using kdumpd::TargetKind;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void Check(const kdumpd::Collector& collector) {
  Require(collector.dump_levels.size() <= 32);
  for (const int level : collector.dump_levels) Require(level >= 0 && level <= 31);
  Require(collector.program.find(' ') == std::string::npos);
  Require(!collector.is_makedumpfile || collector.program == "makedumpfile");
  for (const auto& problem : collector.problems) {
    Require(problem.message.size() < 512);
    Require(std::ranges::all_of(problem.message, [](unsigned char c) { return c >= ' '; }));
    Require(std::ranges::count(collector.problems, problem.reason,
                               &kdumpd::CollectorProblem::reason) == 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view command(reinterpret_cast<const char*>(data), size);
  for (const auto dialect :
       {ConfigDialect::kKdumpConf, ConfigDialect::kKdumpTools, ConfigDialect::kSysconfig}) {
    for (const auto target : {TargetKind::kImplicit, TargetKind::kSsh}) {
      Check(kdumpd::ParseCollector(command, dialect, target));
    }
  }
  return 0;
}
