// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/cli/crashes_view.h"
#include "daemon/config.h"

namespace kdumpd {

// What the daemon does at its next look when somebody has asked for a historic dump, where no
// daemon runs: as whoever holds the lock makes the record of that id, inspects the dump, and takes
// the note. Of a record that is there, only what is left of it. `view`: with a look. kBusy: a
// daemon has the lock; kNotFound: there is no such dump any more; kIo: it could not be inspected.
[[nodiscard]] Result<void> TakeUpHistoric(const CrashesView& view, const Config& config,
                                          const std::string& id);

}  // namespace kdumpd
