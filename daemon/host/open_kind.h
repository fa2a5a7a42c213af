// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <string>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// Opens what an O_PATH descriptor names, and nothing that took its place: through /proc/self/fd.
[[nodiscard]] UniqueFd Reopen(int path_fd, int flags);

// Opens for reading, without ever blocking, what an O_PATH descriptor names when it is of the
// wanted kind (S_IFREG or S_IFDIR); kInvalid, and nothing is opened, when it is something else.
[[nodiscard]] Result<UniqueFd> OpenKind(int path_fd, mode_t wanted);

// The same for a name in a directory; a symbolic link is not followed and is kInvalid.
[[nodiscard]] Result<UniqueFd> OpenKindAt(int directory, const std::string& name, mode_t wanted);

}  // namespace kdumpd
