// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// Where a walk may go: a root directory, with /proc and /sys possibly elsewhere (-1: below the
// root), and mount points it must not step on. Borrows everything.
struct PathTree {
  int root = -1;
  int proc = -1;
  int sys = -1;
  const std::vector<std::string>& avoid;  // absolute, lexical, no trailing '/'
};

struct ResolvedPath {
  UniqueFd fd;       // O_PATH; never a symbolic link
  std::string path;  // the node's name of it after symbolic links
};

// Resolves an absolute path inside the tree, following symbolic links the way the node would. '..'
// stops at the root. Messages name the place where it went wrong when that is not `path` itself.
[[nodiscard]] Result<ResolvedPath> ResolvePath(const PathTree& tree, std::string_view path);

// Whether `path` is `mount_point` or below it; both lexical.
[[nodiscard]] bool OnOrBelow(std::string_view path, std::string_view mount_point);

}  // namespace kdumpd
