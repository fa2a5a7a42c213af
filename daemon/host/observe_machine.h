// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/core/facts.h"
#include "daemon/host/host_root.h"

// The larger parts of ObserveMachine().
namespace kdumpd {

// Lockdown, and whether the firmware insists on signatures. `before`: the look before, or null. A
// read of an EFI variable runs code of the firmware, and its answer holds until the next boot.
[[nodiscard]] Fact<Trust> ReadTrust(const HostRoot& root, const Facts* before);

// /sys/class/watchdog, by name; at most 16. No device is opened: that would arm it. Absent: a
// kernel without watchdogs.
[[nodiscard]] Fact<std::vector<Watchdog>> ReadWatchdogs(const HostRoot& root);

// What /sys/fs/pstore and systemd-pstore's archive hold, the newest first; at most 32. Absent: a
// kernel without pstore that never had records archived. `facts`: the mount table is in there.
[[nodiscard]] Fact<std::vector<PstoreRecord>> ReadPstore(const HostRoot& root, const Facts& facts);

}  // namespace kdumpd
