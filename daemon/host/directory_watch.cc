// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/directory_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Result<DirectoryWatch> DirectoryWatch::Create() {
  DirectoryWatch watch;
  watch.inotify_.Reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!watch.inotify_) {
    const int code = errno;
    return Fail(ErrorCode::kIo,
                Cat("inotify: ", std::strerror(code)));  // NOLINT(concurrency-mt-unsafe)
  }
  return watch;
}

void DirectoryWatch::Set(const HostRoot& root, const std::vector<std::string>& directories) {
  std::vector<Watched> next;
  for (const std::string& path : directories) {
    const auto directory = root.OpenPath(path);
    struct stat status{};
    if (!directory || ::fstat(directory->get(), &status) != 0) continue;
    const auto same = [&](const Watched& w) {
      return w.device == status.st_dev && w.inode == status.st_ino;
    };
    if (std::any_of(next.begin(), next.end(), same)) continue;
    // The kernel gives the same descriptor back for an inode that is watched already.
    const std::string by_fd = Cat("/proc/self/fd/", directory->get());
    const int descriptor = ::inotify_add_watch(inotify_.get(), by_fd.c_str(), kEvents);
    if (descriptor >= 0) next.push_back({path, descriptor, status.st_dev, status.st_ino});
  }
  for (const Watched& old : watched_) {
    const auto kept = [&](const Watched& w) { return w.descriptor == old.descriptor; };
    if (std::none_of(next.begin(), next.end(), kept))
      ::inotify_rm_watch(inotify_.get(), old.descriptor);
  }
  watched_ = std::move(next);
}

bool DirectoryWatch::Drain() {
  std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  bool any = false;
  while (::read(inotify_.get(), buffer.data(), buffer.size()) > 0) any = true;
  return any;
}

}  // namespace kdumpd
