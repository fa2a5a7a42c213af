// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// What the machine says about its consoles, watchdogs and earlier ends.
namespace kdumpd {

// One line of /proc/consoles (kernel/printk, fs/proc/consoles.c).
struct Console {
  std::string name;        // "ttyS0"
  bool enabled = false;    // flag E
  bool preferred = false;  // flag C: it is /dev/console
};

// A file below /sys/fs/pstore or systemd-pstore's archive; the first line is "Panic#1 Part1"
// (fs/pstore/platform.c pstore_dump).
struct PstoreRecord {
  std::string path;
  std::string kind;        // "Panic", "Oops", "Emergency", ...; "" when it has no such line
  std::int64_t mtime = 0;  // seconds since the epoch
  bool archived = false;   // below /var/lib/systemd/pstore
};

// /sys/class/watchdog/watchdogN; the device itself is never opened.
struct Watchdog {
  std::string name;      // "watchdog0"
  std::string identity;  // "iTCO_wdt"
  std::string state;     // active, inactive
  std::int64_t timeout_seconds = 0;
  std::int64_t bootstatus = 0;  // WDIOF_* bits; 0x20 WDIOF_CARDRESET (linux/watchdog.h)
  std::string pretimeout_governor;
};

}  // namespace kdumpd
