// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/open_kind.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

struct KindName {
  mode_t type;
  std::string_view name;
};
constexpr KindName kKinds[] = {
    {S_IFREG, "a regular file"}, {S_IFDIR, "a directory"},     {S_IFIFO, "a FIFO"},
    {S_IFSOCK, "a socket"},      {S_IFLNK, "a symbolic link"}, {S_IFCHR, "a character device"},
    {S_IFBLK, "a block device"},
};

std::string_view NameOfKind(mode_t type) {
  const auto* kind = std::ranges::find(kKinds, type, &KindName::type);
  return kind == std::end(kKinds) ? "of an unknown kind" : kind->name;
}

}  // namespace

UniqueFd Reopen(int path_fd, int flags) {
  return UniqueFd(open(Cat("/proc/self/fd/", path_fd).c_str(), flags | O_CLOEXEC));
}

Result<UniqueFd> OpenKind(int path_fd, mode_t wanted) {
  struct stat status{};
  if (fstat(path_fd, &status) != 0) return std::unexpected(SystemError(errno));
  const mode_t type = status.st_mode & S_IFMT;
  if (type != wanted) {
    return Fail(ErrorCode::kInvalid, Cat("it is ", NameOfKind(type), ", not ", NameOfKind(wanted)));
  }
  UniqueFd fd = Reopen(path_fd, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::unexpected(SystemError(errno));
  return fd;
}

Result<UniqueFd> OpenKindAt(int directory, const std::string& name, mode_t wanted) {
  const UniqueFd path(openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!path) return std::unexpected(SystemError(errno));
  return OpenKind(path.get(), wanted);
}

}  // namespace kdumpd
