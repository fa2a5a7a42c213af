// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// One line of /proc/PID/mountinfo (Documentation/filesystems/proc.rst 3.5), octal escapes undone.
struct Mount {
  int id = 0;
  int parent = 0;
  std::string device_number;  // "259:2"
  std::string root;           // the directory of the filesystem that is mounted ("/" or a bind)
  std::string point;
  std::string options;  // per mount
  std::string fstype;
  std::string source;
  std::string super_options;

  [[nodiscard]] bool ReadOnly() const;  // in either option list
};

// In file order; lines that do not parse are left out. At most 20,000 mounts.
[[nodiscard]] std::vector<Mount> ParseMountinfo(std::string_view text);

// The mount that holds `path` (absolute, lexical): the longest matching mount point; of equal ones
// the last, which hides the others. Null when there is none.
[[nodiscard]] const Mount* MountOf(const std::vector<Mount>& mounts, std::string_view path);

// Whether a system call on such a filesystem can wait for something outside this machine (network,
// fuse, autofs). Only filesystems known to be local count as local.
[[nodiscard]] bool MayHang(std::string_view fstype);

// One line of fstab(5).
struct FstabEntry {
  std::string spec;
  std::string point;
  std::string fstype;
  std::string options;
  [[nodiscard]] bool NoAuto() const;
};
[[nodiscard]] std::vector<FstabEntry> ParseFstab(std::string_view text);

}  // namespace kdumpd
