// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/byte_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {

Result<void> ByteSource::Read(std::uint64_t offset, std::span<std::byte> out) const {
  const auto got = ReadSome(offset, out);
  if (!got) return std::unexpected(got.error());
  if (*got == out.size()) return {};
  return Fail(ErrorCode::kNotFound,
              Cat("bytes ", offset, " to ", offset + out.size(), " of ", Size()));
}

Result<FileBytes> FileBytes::Open(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    return Fail(ErrorCode::kIo, std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kInvalid, "not a regular file");
  return FileBytes(fd, static_cast<std::uint64_t>(status.st_size));
}

Result<std::size_t> FileBytes::ReadSome(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return 0;
  const std::size_t wanted = std::min<std::uint64_t>(out.size(), size_ - offset);
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = ::pread(fd_, out.data() + done, wanted - done,
                                static_cast<off_t>(offset + done));  // below size_, so it fits
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrorCode::kIo, std::generic_category().message(errno));
    if (got == 0) break;  // somebody has shortened it
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace kdumpd
