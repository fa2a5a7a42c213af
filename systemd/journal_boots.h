// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/core/boot_evidence.h"
#include "daemon/core/error.h"

namespace kdumpd {

// The boots before the running one, of which the journal has entries, the newest first; at most
// `most`. `directory`: of the node's own persistent journal, /var/log/journal/MACHINE-ID, opened
// for reading: what is in /run is of the running boot alone. `current_boot_id`: BootIdOf; when the
// journal has nothing of it, the newest boot there counts as one that is over.
//
// kPermission and kInvalid when there are files and none can be read; no files are no boots.
// Blocks, and maps what may be damaged: only for a process of its own (kdumpd-boots).
[[nodiscard]] Result<std::vector<JournalBoot>> BootsInJournal(int directory,
                                                              const std::string& current_boot_id,
                                                              std::size_t most = kMostJournalBoots);

}  // namespace kdumpd
