// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"
#include "daemon/core/state.h"
#include "daemon/host/host_root.h"
#include "daemon/host/record_store.h"

namespace kdumpd {

// What a verb about crashes works with: one look at the dumps, and the records as the daemon left
// them, without its lock.
struct CrashesView {
  HostRoot root;
  State state;                       // crashes: as seen now; null without records
  std::optional<RecordStore> store;  // none: without records
  std::string problem;               // why there are none although there may be; "" none are kept
};
// `look`: at the dumps too; else `state` knows the records alone, as they are on disk.
[[nodiscard]] Result<CrashesView> ViewCrashes(const Config& config, bool look);

// Whole ids for beginnings of ids: of records and, with a look, of historic dumps that have none.
// kNotFound and kInvalid (ambiguous) say which.
[[nodiscard]] Result<std::string> WholeId(const CrashesView& view, std::string_view prefix);

// Takes the notes that were left into the records, when no daemon does; kBusy when one does.
[[nodiscard]] Result<void> TakeNotes(const Config& config);

}  // namespace kdumpd
