// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/vmcore/container.h"
#include "daemon/vmcore/kdump_pages.h"

namespace kdumpd {

// Where the data of one kdump file end.
struct KdumpDataEnd {
  std::uint64_t end = 0;
  std::optional<std::uint64_t> last_data;  // the last page with data of its own; nothing: none has
};
// By the last descriptors and by `end`, where it ends at least by its headers. makedumpfile writes
// descriptors after the data they point to, in order: when it is killed, the last ones stay zeros.
// The unexpected is the answer when the file does not hold all of it, or when `progress` stopped.
[[nodiscard]] std::expected<KdumpDataEnd, Wholeness> FindDataEnd(KdumpPages& pages,
                                                                 std::uint64_t end,
                                                                 const Progress& progress,
                                                                 bool all = false);

}  // namespace kdumpd
