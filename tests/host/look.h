// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "daemon/host/observe.h"
#include "tests/support/tree.h"

namespace kdumpd {

constexpr std::int64_t kLookTime = 1'900'000'000;  // 2030-03-17

inline Facts LookAt(const Tree& tree, ObserveInput input = {}) {
  input.now = kLookTime;
  HostRoot::Paths paths;
  paths.rootfs = tree.path();
  auto root = HostRoot::Open(paths);
  EXPECT_TRUE(root.has_value());
  return Observe(*root, input);
}

inline Facts LookAtWithCrashSize(const Tree& tree) {
  ObserveInput input;
  input.read_crash_size = true;
  return LookAt(tree, input);
}

inline Facts LookAtDirectory(const Tree& tree, std::string crash_directory) {
  ObserveInput input;
  input.crash_directory = std::move(crash_directory);
  return LookAt(tree, input);
}

}  // namespace kdumpd
