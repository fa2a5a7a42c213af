// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/cli/arguments.h"
#include "daemon/cli/crashes_view.h"

namespace kdumpd {

// `crashes send ID [--destination NAME]...`: at once, whatever was given up or is there already.
// Beside the daemon it asks that, and shows how far it has come; without one it sends by itself.
// Exit status: 0 everything is verified, 1 it is not.
[[nodiscard]] int SendCrash(const CrashesView& view, const Config& config,
                            const Arguments& arguments);

}  // namespace kdumpd
