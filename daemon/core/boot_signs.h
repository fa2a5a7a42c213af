// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/capture_failure.h"

namespace kdumpd {

// What all the evidence on the end of one boot comes to.
struct BootSigns {
  int clean = 0;              // how many say that it went down in order
  bool unclean = false;       // somebody who would know says that it did not
  bool panic = false;         // it panicked, by what a kernel or a drill left
  bool pstore = false;        // by a record that is written only when no capture kernel took over
  std::int64_t panic_at = 0;  // by the record's own time; 0: not known
  bool capture_ran = false;
  bool watchdog = false;        // a watchdog has reset the machine
  bool watchdog_again = false;  // it says so, and said so before: perhaps of an earlier reset
  bool drill = false;           // the drill that is pending may have ended it
  std::optional<bool> armed;
  DumpSight sight = DumpSight::kUnknown;  // kHere: what a crash would have left can be seen
  const CrashRecord* crash = nullptr;     // the dump that it left
  const Dump* dump = nullptr;             // the same, from before the daemon's first start
  std::optional<CaptureFailure> failure;  // why its capture failed
  std::vector<BootSign> evidence;         // each, also what says nothing
};
[[nodiscard]] BootSigns SignsOf(const EndedBoot& boot, const BootEvidence& evidence);

}  // namespace kdumpd
