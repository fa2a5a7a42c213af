// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "daemon/core/error.h"
#include "daemon/host/host_root.h"

// The last steps before a crash on purpose. Only `kdumpd drill start` takes them.
namespace kdumpd {

inline constexpr char kSyncProgram[] = "/bin/sync";

// Writes what is dirty to the disks. kTimeout: not done within `limit`; where the kernel does
// not let it be killed it goes on, and nobody waits for it for longer than a second. A process of
// its own, because sync(2) on a dead disk or server can be neither ended nor abandoned: a thread in
// it would keep us from ending.
[[nodiscard]] Result<void> SyncWithin(std::chrono::milliseconds limit,
                                      const std::string& program = kSyncProgram);

// CRASHES THE MACHINE whose /proc `root` has, unless nothing would take over now: kInvalid. Returns
// when it did not: no error says that the kernel took the request and still runs.
[[nodiscard]] Result<void> TriggerCrash(const HostRoot& root);

}  // namespace kdumpd
