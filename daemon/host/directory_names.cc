// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/directory_names.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// Each name until `more` says no. Takes the descriptor.
Result<void> EachName(UniqueFd fd, const std::function<bool(std::string_view)>& more) {
  const std::unique_ptr<DIR, CloseDirectory> stream(fd ? fdopendir(fd.get()) : nullptr);
  if (!stream) return std::unexpected(SystemError(errno));
  static_cast<void>(fd.Release());  // the stream closes it
  for (;;) {
    errno = 0;
    // Safe: the stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) return std::unexpected(SystemError(errno));
    if (entry == nullptr) return {};
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && !more(name)) return {};
  }
}

Result<NameList> Names(UniqueFd fd, std::size_t limit) {
  NameList list;
  const auto read = EachName(std::move(fd), [&](std::string_view name) {
    list.clipped = list.names.size() == limit;
    if (!list.clipped) list.names.emplace_back(name);
    return !list.clipped;
  });
  if (!read) return std::unexpected(read.error());
  return list;
}

}  // namespace

Result<NameList> NamesIn(int directory, std::size_t limit) {
  return Names(UniqueFd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), limit);
}

Result<NameList> NamesIn(const HostRoot& root, std::string_view directory, std::size_t limit) {
  auto fd = root.OpenDirectory(directory);
  if (!fd) return std::unexpected(std::move(fd).error());
  auto list = Names(*std::move(fd), limit);
  if (!list) return std::unexpected(list.error().In(Cat("listing ", Printable(directory))));
  std::ranges::sort(list->names);
  return list;
}

Result<std::size_t> CountNames(const HostRoot& root, std::string_view directory,
                               const std::function<bool(std::string_view)>& wanted,
                               std::size_t limit) {
  auto fd = root.OpenDirectory(directory);
  if (!fd) return std::unexpected(std::move(fd).error());
  std::size_t count = 0;
  const auto read = EachName(*std::move(fd), [&](std::string_view name) {
    if (count < limit && wanted(name)) ++count;
    return count < limit;
  });
  if (!read) return std::unexpected(read.error().In(Cat("listing ", Printable(directory))));
  return count;
}

}  // namespace kdumpd
