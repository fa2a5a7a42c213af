// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/state.h"

namespace kdumpd {

// What a look contributes besides the facts themselves.
struct Look {
  Facts facts;
  Readiness readiness;
  double duration_seconds = 0;                                // of Observe and Evaluate
  std::string state_directory_problem;                        // "" when history can be kept
  std::shared_ptr<const std::vector<CrashRecord>> crashes{};  // null: no records can be kept
  std::shared_ptr<const std::vector<BootRecord>> boots{};     // null: none can be remembered
  bool boots_decided = false;                                 // up to the boot before this one
  std::shared_ptr<const Drills> drills{};
  std::shared_ptr<const std::vector<UploadActivity>> uploads{};  // null: none are made
};

// The state after one more look. Pure: counters continue from `before` (null at the first look).
[[nodiscard]] State NextState(const State* before, Look look);

// Whether kexec_crash_size may be read now. The read takes the kexec lock, and a panic that finds
// it taken skips kdump silently (kernel/kexec_core.c crash_get_memory_size, __crash_kexec): so once
// at start and after a completed load, and never while a unit is starting. `units_awaited`: the bus
// may yet answer.
[[nodiscard]] bool MayReadCrashSize(const Fact<std::vector<UnitState>>& units, bool units_awaited);
// Whether a load completed between two looks, so that the size is worth another read.
[[nodiscard]] bool LoadCompleted(const Facts& before, const Facts& after);

// One thing that is different from the look before, as the log tells it.
struct Change {
  enum class Kind { kVerdict, kCheck, kDump, kSource, kCrash, kBoot, kDrill, kUpload };
  Kind kind = Kind::kVerdict;
  bool worse = false;  // fail, not_ready, incomplete, down
  // Check id, dump directory, source, id of crash, boot or drill; "" for the verdict.
  std::string name;
  std::string from;  // "" at the first look
  std::string to;
  std::string reason;
  std::string message;
  // Of a crash.
  std::string dump{}, category{}, signature{};
  // Of an upload.
  std::string destination{}, place{};
  // Of a boot.
  std::string confidence{}, cause{}, crash{}, drill{};
};
// At the first look (`before` null): the verdict, each problem that counts and each source that is
// down. Silent when nothing changed; what policy ignores is never worse. At most 100 dumps,
// and so many crashes whose inspection is over. A boot when it is decided, a drill when it is
// judged. An upload when its state or what keeps it is another one.
void UploadChanges(const State* before, const State& after, std::vector<Change>& changes);
[[nodiscard]] std::vector<Change> Changes(const State* before, const State& after);

}  // namespace kdumpd
