// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/boot_ledger.h"
#include "daemon/core/drill.h"
#include "daemon/host/drill_store.h"

namespace kdumpd {

// The drills of this node: reads what `kdumpd drill` has left, and puts on record what came of it.
// On the main thread; reads two small files at each look.
class DrillWatch {
 public:
  explicit DrillWatch(DrillStore store) : store_(std::move(store)) {}

  // At the beginning of a look.
  void Read();
  // At its end, when boots and crashes are as they are.
  // `all_decided`: on every boot before this one.
  void Judge(const Facts& facts, std::span<const BootRecord> boots, bool all_decided,
             std::span<const CrashRecord> crashes);

  [[nodiscard]] const Drills& drills() const { return drills_; }
  [[nodiscard]] const DrillIntent* pending() const {
    return drills_.pending ? &*drills_.pending : nullptr;
  }
  // As the boot ledger wants it.
  [[nodiscard]] std::optional<PendingDrill> ForLedger() const;
  // What was odd at the last Read() and was not so before.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // Why a result is not on disk; "" when it is.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  DrillStore store_;
  Drills drills_;
  std::vector<std::string> notes_;
  std::string problem_;
};

}  // namespace kdumpd
