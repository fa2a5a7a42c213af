// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/named_dump.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <utility>

#include "daemon/core/dump.h"
#include "daemon/core/part_name.h"
#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxNames = 1024;  // in one directory

std::unexpected<Inspection> CannotTell(std::string_view reason, std::string_view detail) {
  return std::unexpected(Uninspected(0, reason, detail));
}

std::unexpected<Inspection> CannotTell(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return CannotTell("not_found", error.message);
    case ErrorCode::kPermission:
      return CannotTell("permission", Cat(error.message, ": ask as root, or take a copy"));
    case ErrorCode::kInvalid:
      return CannotTell("not_a_regular_file", error.message);
    default:
      return CannotTell("unreadable", error.message);
  }
}

// What a name resolves to: an O_PATH descriptor and where it lies after symbolic links.
struct Place {
  UniqueFd fd;
  std::string resolved;
};

Result<Place> Resolve(const HostRoot* root, const std::string& path) {
  if (root != nullptr) {
    auto entry = root->Stat(path);
    if (!entry) return std::unexpected(std::move(entry).error());
    auto fd = root->OpenPath(entry->resolved);
    if (!fd) return std::unexpected(std::move(fd).error());
    return Place{*std::move(fd), std::move(entry->resolved)};
  }
  UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return std::unexpected(SystemError(errno));
  std::array<char, PATH_MAX> link{};
  const ssize_t length =
      readlink(Cat("/proc/self/fd/", fd.get()).c_str(), link.data(), link.size());
  return Place{std::move(fd),
               std::string(link.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)))};
}

Result<UniqueFd> OpenDirectory(const HostRoot* root, const std::string& path) {
  if (root != nullptr) return root->OpenDirectory(path);
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::unexpected(SystemError(errno));
  return fd;
}

// The other files of the set that `name` may be part of, by their numbers.
void AddSiblings(int directory, std::string_view name, NamedDump& dump) {
  std::vector<UniqueFd>& files = dump.files;
  const auto part = PartNameOf(name);
  const auto listing = part ? NamesIn(directory, kMaxNames) : Result<NameList>(NameList{});
  dump.parts_unreadable = !listing;
  if (!part || !listing) return;
  std::vector<std::pair<std::uint64_t, std::string>> others;
  for (const std::string& other : listing->names) {
    const auto candidate = PartNameOf(other);
    if (other == name || !candidate || candidate->stem != part->stem) continue;
    others.emplace_back(candidate->number, other);
  }
  std::ranges::sort(others);
  for (const auto& [number, other] : others) {
    auto fd = files.size() < kMaxParts ? OpenKindAt(directory, other, S_IFREG)
                                       : Result<UniqueFd>(Fail(ErrorCode::kTooLarge, ""));
    if (fd) {
      files.push_back(*std::move(fd));
    } else {
      dump.parts_unreadable = true;
    }
  }
}

// The dump among the files of a directory and the log of the crash; "" when there is none.
struct DumpNames {
  std::string vmcore, log;
  std::size_t directories = 0;
};
DumpNames DumpIn(int directory, const std::vector<std::string>& names) {
  DumpNames found;
  std::vector<DumpFile> files;
  for (const std::string& name : names) {
    struct stat status{};
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(status.st_mode)) ++found.directories;
    files.push_back({.name = name,
                     .regular = S_ISREG(status.st_mode),
                     .bytes = static_cast<std::uint64_t>(status.st_size),
                     .mtime = status.st_mtim.tv_sec});
  }
  const auto dump = JudgeDump("directory", files, "", true);
  if (!dump) return found;
  found.vmcore = dump->vmcore;
  if (RoleOf(dump->log) != DumpRole::kKexecDmesg) found.log = dump->log;
  return found;
}

Named OpenIn(int path_fd, const std::string& path) {
  const auto directory = OpenKind(path_fd, S_IFDIR);
  if (!directory) return CannotTell(directory.error());
  const auto listing = NamesIn(directory->get(), kMaxNames);
  if (!listing) return CannotTell(listing.error());
  const DumpNames found = DumpIn(directory->get(), listing->names);
  const std::string& name = found.vmcore.empty() ? found.log : found.vmcore;
  if (name.empty() && listing->clipped) {
    return CannotTell("too_many_files",
                      Cat("more than ", kMaxNames, " names in it: name the dump"));
  }
  if (name.empty()) {
    const std::string below = found.directories == 0 ? ""
                                                     : Cat(", but ", found.directories,
                                                           " directories: name one of those, or ",
                                                           path, path.ends_with('/') ? "*" : "/*");
    return CannotTell("no_dump_files", Cat("no vmcore and no kernel log in it", below));
  }
  auto fd = OpenKindAt(directory->get(), name, S_IFREG);
  if (!fd) return CannotTell(fd.error().In(name));
  const std::string prefix = Cat(path, path.ends_with('/') ? "" : "/");
  NamedDump dump{.path = prefix + name, .files = {}, .log = {}, .log_path = {}};
  dump.files.push_back(*std::move(fd));
  AddSiblings(directory->get(), name, dump);
  if (found.log.empty() || found.vmcore.empty()) return dump;
  auto log = OpenKindAt(directory->get(), found.log, S_IFREG);
  if (log) {
    dump.log = *std::move(log);
    dump.log_path = prefix + found.log;
  }
  return dump;
}

}  // namespace

Named OpenNamed(const HostRoot* root, const std::string& path) {
  const auto place = Resolve(root, path);
  if (!place) return CannotTell(place.error());
  struct stat status{};
  if (fstat(place->fd.get(), &status) != 0) return CannotTell(SystemError(errno));
  if (S_ISDIR(status.st_mode)) return OpenIn(place->fd.get(), path);
  auto fd = OpenKind(place->fd.get(), S_IFREG);
  if (!fd) return CannotTell(fd.error());
  NamedDump dump{.path = path, .files = {}, .log = {}, .log_path = {}};
  dump.files.push_back(*std::move(fd));
  const auto slash = place->resolved.rfind('/');
  if (slash == std::string::npos) return dump;
  const auto parent =
      OpenDirectory(root, place->resolved.substr(0, std::max<std::size_t>(slash, 1)));
  if (parent) AddSiblings(parent->get(), place->resolved.substr(slash + 1), dump);
  return dump;
}

UniqueFd RedirectedFile() {
  struct stat status{};
  if (fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode)) return UniqueFd();
  return UniqueFd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

Result<std::string> ReadStandardInput(std::size_t head, std::size_t limit,
                                      const std::function<bool(std::string_view)>& wanted) {
  constexpr std::size_t kStep = 64 << 10;
  std::string text;
  bool judged = false;
  for (;;) {
    std::array<char, kStep> some;
    const ssize_t got = read(STDIN_FILENO, some.data(), some.size());
    if (got < 0 && errno == EAGAIN) {
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      (void)poll(&input, 1, -1);
    } else if (got < 0 && errno != EINTR) {
      return std::unexpected(SystemError(errno));
    }
    if (got == 0) break;
    if (got > 0) text.append(some.data(), static_cast<std::size_t>(got));
    if (!judged && text.size() >= head) {
      judged = true;
      if (!wanted(text)) break;
    }
    if (text.size() > 2 * limit) text.erase(0, text.size() - limit);
  }
  if (text.size() > limit) text.erase(0, text.size() - limit);
  return text;
}

std::vector<FileMark> MarksOf(std::span<const UniqueFd> files) {
  std::vector<FileMark> marks;
  for (const UniqueFd& file : files) {
    struct stat status{};
    if (fstat(file.get(), &status) != 0) status = {};
    marks.push_back({static_cast<std::uint64_t>(status.st_dev),
                     static_cast<std::uint64_t>(status.st_ino),
                     static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec});
  }
  return marks;
}

}  // namespace kdumpd
