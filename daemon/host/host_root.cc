// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/host_root.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/path_walk.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

Result<UniqueFd> OpenTop(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", path), errno);
  return fd;
}

std::string Reading(std::string_view path) { return Cat("reading ", Printable(path)); }

Result<UniqueFd> OpenResolved(std::string_view path, const Result<ResolvedPath>& resolved,
                              mode_t wanted) {
  if (!resolved) return std::unexpected(resolved.error());
  auto fd = OpenKind(resolved->fd.get(), wanted);
  if (!fd) return std::unexpected(fd.error().In(Reading(path)));
  return fd;
}

}  // namespace

Result<HostRoot> HostRoot::Open(const Paths& paths) {
  HostRoot root;
  const std::pair<const std::string&, UniqueFd&> tops[] = {
      {paths.rootfs, root.root_}, {paths.procfs, root.proc_}, {paths.sysfs, root.sys_}};
  for (const auto& [path, fd] : tops) {
    if (path.empty() && &fd != &root.root_) continue;
    auto top = OpenTop(path);
    if (!top) return std::unexpected(std::move(top).error());
    fd = *std::move(top);
  }
  // Files are opened through it; without our own /proc nothing could be read.
  if (!Reopen(root.root_.get(), O_PATH)) return FailSystem("using our own /proc/self/fd", errno);
  return root;
}

void HostRoot::Avoid(std::vector<std::string> mount_points) {
  for (std::string& point : mount_points) {
    while (point.ends_with('/')) point.pop_back();
  }
  // The root file system itself cannot be avoided: a node with a dead one does not run us either.
  std::erase(mount_points, std::string());
  avoid_ = std::move(mount_points);
}

bool HostRoot::Avoids(std::string_view resolved_path) const {
  return std::ranges::any_of(
      avoid_, [&](const std::string& point) { return OnOrBelow(resolved_path, point); });
}

Result<ResolvedPath> HostRoot::Resolve(std::string_view path) const {
  auto resolved = ResolvePath({root_.get(), proc_.get(), sys_.get(), avoid_}, path);
  if (!resolved) return std::unexpected(resolved.error().In(Reading(path)));
  return resolved;
}

Result<UniqueFd> HostRoot::OpenPath(std::string_view path) const {
  auto resolved = Resolve(path);
  if (!resolved) return std::unexpected(std::move(resolved).error());
  return std::move(resolved->fd);
}

Result<UniqueFd> HostRoot::OpenFile(std::string_view path) const {
  return OpenResolved(path, Resolve(path), S_IFREG);
}

Result<UniqueFd> HostRoot::OpenDirectory(std::string_view path) const {
  return OpenResolved(path, Resolve(path), S_IFDIR);
}

Result<std::string> HostRoot::Read(std::string_view path, std::size_t limit) const {
  auto fd = OpenFile(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  auto text = ReadAll(fd->get(), limit);
  if (!text) return std::unexpected(text.error().In(Reading(path)));
  return text;
}

Result<HostRoot::Entry> HostRoot::Stat(std::string_view path) const {
  auto resolved = Resolve(path);
  if (!resolved) return std::unexpected(std::move(resolved).error());
  Entry entry{.status = {}, .resolved = std::move(resolved->path)};
  if (fstat(resolved->fd.get(), &entry.status) != 0) return FailSystem(Reading(path), errno);
  return entry;
}

}  // namespace kdumpd
