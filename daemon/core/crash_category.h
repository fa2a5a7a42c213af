// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "daemon/core/crash_reason.h"
#include "daemon/core/kernel_line.h"

namespace kdumpd {

// What the lines around a reason make of its category: a page fault below the first page is of a
// NULL pointer, a BUG in the allocator is of broken memory.
[[nodiscard]] CrashCategory RefinedCategory(std::span<const KernelLine> lines,
                                            const CrashReason& reason);

}  // namespace kdumpd
