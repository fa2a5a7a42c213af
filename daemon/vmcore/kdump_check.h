// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "daemon/vmcore/container.h"
#include "daemon/vmcore/kdump_pages.h"

namespace kdumpd {

// Whether the pages of one kdump file are whole, at kCheap and above (see Container::Check).
// `end`: at least there the file ends, by its headers.
[[nodiscard]] Wholeness CheckKdumpPages(KdumpPages& pages, std::uint64_t end, CheckLevel level,
                                        const Progress& progress);

// What `progress` stopped, after `level`.
[[nodiscard]] Wholeness StoppedCheck(CheckLevel level);
// The bitmap or descriptors could not be read: they are not there, or the system would not.
[[nodiscard]] Wholeness UnreadCheck(CheckLevel level, const Error& error);

}  // namespace kdumpd
