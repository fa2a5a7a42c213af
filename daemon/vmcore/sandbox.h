// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/error.h"

namespace kdumpd {

struct SandboxLimits {
  std::uint64_t memory_bytes = 256 << 20;  // RLIMIT_AS
  std::uint64_t cpu_seconds = 10;          // RLIMIT_CPU; 0: none
};

// Gives up, for this process and for ever, everything but reading what is open, writing to what is
// open, and memory: resource limits, PR_SET_DUMPABLE 0, no new privileges, no capabilities, user
// nobody where we were root, Landlock without any path (where the kernel has it), and a seccomp
// filter by which everything else answers EPERM. Returns what could not be had and does not matter
// ("landlock: ..."); an error when something that must hold does not.
[[nodiscard]] Result<std::vector<std::string>> EnterSandbox(const SandboxLimits& limits);

}  // namespace kdumpd
