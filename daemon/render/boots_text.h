// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/boot_record.h"
#include "daemon/core/state.h"

namespace kdumpd {

struct BootsTextOptions {
  bool colour = false;
  bool all = false;  // each boot in full, not only the newest
};
// `kdumpd boots`: the running boot, then those before it, the newest first: when each ended, how,
// and how that is known.
[[nodiscard]] std::string BootsText(const State& state, const BootsTextOptions& options);

// When it ended, as far as that is known: its last sign, else when the boot after it began.
[[nodiscard]] std::int64_t EndOf(const BootRecord& boot);

}  // namespace kdumpd
