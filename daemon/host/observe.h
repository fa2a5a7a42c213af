// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/facts.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

class DumpScanner;

// What one look brings along from outside the file system and from the look before.
struct ObserveInput {
  std::int64_t now = 0;  // seconds since the epoch
  Fact<std::vector<UnitState>> units;
  bool read_crash_size = false;  // contracts: once at start and after a completed load, never else
  Fact<std::uint64_t> crash_size_before;  // carried over when it is not read
  LoadHistory history_before;             // in the same boot
  // The look before, or null: what is costly to read and cannot have changed is taken from there.
  const Facts* before = nullptr;
  std::int64_t settle_seconds = 10;  // a dump whose files changed more recently is being written
  std::string crash_directory;       // overrides what the configuration implies; "" does not
  // Remembers from look to look what it need not open again: the dumps in `before` are the ones
  // that its last look found. Null: every dump is looked at.
  DumpScanner* dump_scanner = nullptr;
  std::optional<std::chrono::milliseconds> dump_budget;  // none: as long as it takes
};

// Looks at the node once. Reads only; every read is bounded; nothing that can hang is touched.
// May change which mount points `root` avoids.
[[nodiscard]] Facts Observe(HostRoot& root, const ObserveInput& input);

// Whether something would take over at a panic (core/load_history.h), and nothing else: takes no
// lock of the kernel, so that it may be asked the moment before one.
[[nodiscard]] Fact<bool> TakesOverNow(const HostRoot& root);

}  // namespace kdumpd
