// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "daemon/core/sanitized.h"
#include "daemon/vmcore/sandbox.h"

namespace kdumpd {

inline constexpr int kNoSandbox = 200;  // above every errno
inline constexpr int kThrown = 201;

// What `attempt` returns (an errno, 0 for success) in a child; -signal when it is killed.
inline int InChild(bool sandboxed, const std::function<int()>& attempt,
                   const SandboxLimits& limits = SandboxLimits{}) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    try {
      if (sandboxed && !EnterSandbox(limits)) ::_exit(kNoSandbox);
      ::_exit(attempt());
    } catch (...) {
      ::_exit(kThrown);
    }
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace kdumpd
