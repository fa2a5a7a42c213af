// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/support/daemon.h"

namespace kdumpd {

// What a command said on each of its outputs; -1: it did not end by itself within a minute.
struct Said {
  int status;
  std::string out, err;
};

// As a shell runs it.
inline Said Shell(const ScratchDirectory& at, const std::string& command) {
  const std::string directory = at.path();
  Process process(
      {"sh", "-c", "{ " + command + "; } >" + directory + "/out 2>" + directory + "/err"},
      at.path() / "shell");
  const auto status = process.Wait(std::chrono::seconds(60));
  EXPECT_EQ(process.Output(), "");
  return {status.value_or(-1), FileText(at.path() / "out"), FileText(at.path() / "err")};
}

// `kdumpd ARGUMENTS` on the node whose Daemon would run over `at`.
inline Said Kdumpd(const ScratchDirectory& at, const std::string& arguments,
                   const std::string& program = KDUMPD_BINARY) {
  const std::string directory = at.path();
  return Shell(at, program + " " + arguments + " --path.rootfs=" + directory +
                       "/root --path.state=" + directory +
                       "/state --node.name=node-1 --observe.settle=1s");
}

}  // namespace kdumpd
