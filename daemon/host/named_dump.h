// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/inspection.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/host_root.h"

// What a person names on the command line, opened. Nothing but regular files and directories is
// ever opened for reading: no device, no FIFO.
namespace kdumpd {

struct NamedDump {
  std::string path;               // as it was named; of a directory, the file in it
  std::vector<UniqueFd> files;    // it, then files that may be other parts of the same split set
  bool parts_unreadable = false;  // there are more such files, which could not be opened
  UniqueFd log;                   // of a directory with a dump: the kernel log beside it, if any
  std::string log_path;
};
// The unexpected: that nothing can be told, and why (not_found, permission, not_a_regular_file,
// no_dump_files, unreadable).
using Named = std::expected<NamedDump, Inspection>;
inline constexpr std::size_t kMaxParts = 64;

// Symbolic links are followed; inside `root` when there is one, where `path` is the node's name.
// Of a directory, the dump in it, else its kernel log; links in it are not followed.
[[nodiscard]] Named OpenNamed(const HostRoot* root, const std::string& path);
// The file that standard input was redirected from; an empty one when it is no regular file.
[[nodiscard]] UniqueFd RedirectedFile();

// Reads standard input to its end, or no further than `head` bytes when `wanted` says no of them.
// Keeps the last `limit` bytes.
[[nodiscard]] Result<std::string> ReadStandardInput(
    std::size_t head, std::size_t limit, const std::function<bool(std::string_view)>& wanted);

// What changes in a file when somebody writes to it.
struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;        // seconds since the epoch
  std::int64_t nanoseconds = 0;  // of that second

  friend bool operator==(const FileMark&, const FileMark&) = default;
};
[[nodiscard]] std::vector<FileMark> MarksOf(std::span<const UniqueFd> files);

}  // namespace kdumpd
