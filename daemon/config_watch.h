// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/config.h"
#include "daemon/core/error.h"
#include "daemon/host/directory_watch.h"
#include "daemon/host/host_root.h"

// The configuration while the daemon runs.
namespace kdumpd {

// Takes over what may change at once: policy, intervals, log, crash directory. True when `next`
// differs in something else too, which was opened at start and needs a restart.
[[nodiscard]] bool Adopt(Config& running, const Config& next);

// Says when the configuration file is another one: edited, replaced, or behind a symbolic link that
// was swapped, as a mounted ConfigMap is (..data is renamed over the old one). What links in other
// directories lead to is not watched: SIGHUP.
class ConfigWatch {
 public:
  // In this process's own file system, not the node's. A directory that is not there is no error.
  static Result<ConfigWatch> Create(std::string file);

  [[nodiscard]] int fd() const { return directory_.fd(); }
  // Empties the queue; true when there was anything in it.
  bool Drain() { return directory_.Drain(); }
  // Whether the file differs from the last time this was asked.
  [[nodiscard]] bool Changed();

 private:
  struct Identity {
    unsigned long long device = 0;
    unsigned long long inode = 0;
    long long bytes = 0;
    long long mtime_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  ConfigWatch(std::string file, HostRoot root, DirectoryWatch directory);
  [[nodiscard]] std::optional<Identity> Look() const;

  std::string file_;
  HostRoot root_;
  DirectoryWatch directory_;
  std::optional<Identity> last_;
};

}  // namespace kdumpd
