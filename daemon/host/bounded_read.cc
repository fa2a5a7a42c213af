// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/bounded_read.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {

Result<std::string> ReadAll(int fd, std::size_t limit) {
  constexpr std::size_t kFirstStep = 4096;  // most kernel files are smaller
  std::string text;
  std::size_t used = 0;
  while (used <= limit) {
    if (used == text.size()) text.resize(std::min(std::max(kFirstStep, 2 * used), limit + 1));
    const ssize_t got = read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(SystemError(errno));
    if (got == 0) {
      text.resize(used);
      return text;
    }
    used += static_cast<std::size_t>(got);
  }
  return Fail(ErrorCode::kTooLarge, Cat("larger than ", FormatBytes(limit)));
}

Result<std::string> ReadAt(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t used = 0;
  while (used < size) {
    const ssize_t got =
        pread(fd, bytes.data() + used, size - used, static_cast<off_t>(offset + used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(SystemError(errno));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace kdumpd
