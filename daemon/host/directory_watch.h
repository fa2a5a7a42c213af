// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// Says when something in a few directories may have changed (inotify). Carries no data: what
// changed, the next look finds out; an overflow is one more reason to look. The caller waits on
// fd().
class DirectoryWatch {
 public:
  static Result<DirectoryWatch> Create();

  [[nodiscard]] int fd() const { return inotify_.get(); }
  // Watches exactly these; the node's own names. Called after each look: a directory that was
  // replaced or mounted over is another one from then on. One that cannot be watched is left to the
  // timer.
  void Set(const HostRoot& root, const std::vector<std::string>& directories);
  // Empties the queue; true when there was anything in it.
  bool Drain();

 private:
  struct Watched {
    std::string path;
    int descriptor = -1;
    unsigned long long device = 0;
    unsigned long long inode = 0;
  };
  UniqueFd inotify_;
  std::vector<Watched> watched_;
};

}  // namespace kdumpd
