// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/core/kdump_config.h"
#include "daemon/core/text.h"

namespace kdumpd {

// "3 fatal unknown_option", one for each problem.
inline std::vector<std::string> Told(const KdumpConfig& config) {
  std::vector<std::string> told;
  for (const auto& problem : config.problems) {
    told.push_back(Cat(problem.line, problem.fatal ? " fatal " : " warn ", problem.reason));
  }
  return told;
}

// "nfs host:/export ext4 @3"
inline std::string Told(const ConfiguredTarget& target) {
  return Cat(Name(target.kind), ' ', target.spec, ' ', target.fstype, " @", target.line);
}

inline std::string Messages(const KdumpConfig& config) {
  std::string all;
  for (const auto& problem : config.problems) all += problem.message + '\n';
  return all;
}

}  // namespace kdumpd
