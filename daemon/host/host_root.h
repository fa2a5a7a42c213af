// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

struct ResolvedPath;

// The node's file system seen through one directory: "/" on a host, "/host" in a container, a
// folder in a test. Names are always the node's own ("/proc/cmdline"); symbolic links, absolute
// ones too, resolve inside, and nothing resolves outside. /proc and /sys may be other directories.
//
// One thread. Nothing here opens a device, a FIFO or a socket: those are kInvalid. Nothing resolves
// onto or below a mount point given to Avoid(): kUnreachable.
class HostRoot {
 public:
  struct Paths {
    std::string rootfs = "/";
    std::string procfs;  // "": below rootfs
    std::string sysfs;   // "": below rootfs

    friend bool operator==(const Paths&, const Paths&) = default;
  };
  static Result<HostRoot> Open(const Paths& paths);

  // Mount points on which a system call may wait for a network, fuse or autofs (core/mounts.h
  // MayHang). They are judged before each step of a path, so that a dead server never stops the
  // loop.
  void Avoid(std::vector<std::string> mount_points);
  // Whether a path without symbolic links is on or below one of them.
  [[nodiscard]] bool Avoids(std::string_view resolved_path) const;

  // A whole regular file, at most `limit` bytes (kTooLarge beyond). Kernel files that report size 0
  // are read to their end.
  [[nodiscard]] Result<std::string> Read(std::string_view path, std::size_t limit = 64 << 10) const;
  // An open regular file, O_RDONLY | O_NONBLOCK.
  [[nodiscard]] Result<UniqueFd> OpenFile(std::string_view path) const;
  // An open directory.
  [[nodiscard]] Result<UniqueFd> OpenDirectory(std::string_view path) const;
  // An O_PATH descriptor of whatever `path` resolves to: for fstat, fstatfs and inotify (through
  // /proc/self/fd).
  [[nodiscard]] Result<UniqueFd> OpenPath(std::string_view path) const;

  struct Entry {
    struct stat status{};
    std::string resolved;  // the node's name of it after symbolic links
  };
  [[nodiscard]] Result<Entry> Stat(std::string_view path) const;

 private:
  HostRoot() = default;
  [[nodiscard]] Result<ResolvedPath> Resolve(std::string_view path) const;

  UniqueFd root_;
  UniqueFd proc_;  // none: below root_
  UniqueFd sys_;
  std::vector<std::string> avoid_;
};

}  // namespace kdumpd
