// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/dump_scanner.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxFiles = 256;  // in one dump directory
constexpr std::size_t kMaxReadmeBytes = 8 << 10;

struct Listing {
  std::vector<std::string> names;
  bool clipped = false;
};

// At most `limit` names in a directory, without "." and "..", in the order of the disk.
Result<Listing> NamesIn(int directory, std::size_t limit) {
  UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? fdopendir(fd.get()) : nullptr, closedir);
  if (!stream) return std::unexpected(SystemError(errno));
  static_cast<void>(fd.Release());  // the stream closes it
  Listing listing;
  for (;;) {
    errno = 0;
    // Safe: the stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) return std::unexpected(SystemError(errno));
    if (entry == nullptr) return listing;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    listing.clipped = listing.names.size() == limit;
    if (listing.clipped) return listing;
    listing.names.emplace_back(name);
  }
}

std::optional<DumpProbe> ProbeFile(int directory, const std::string& name) {
  const auto fd = OpenKindAt(directory, name, S_IFREG);
  struct stat status{};
  if (!fd || fstat(fd->get(), &status) != 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto head = ReadAt(fd->get(), 0, std::min<std::uint64_t>(size, kDumpHeadBytes));
  const auto tail_size = std::min<std::uint64_t>(size, kDumpTailBytes);
  const auto tail = ReadAt(fd->get(), size - tail_size, tail_size);
  if (!head || !tail) return std::nullopt;
  return ProbeDump(std::as_bytes(std::span(*head)), std::as_bytes(std::span(*tail)), size);
}

bool IsVmcore(std::string_view name) {
  const DumpRole role = RoleOf(name);
  return role == DumpRole::kVmcore || role == DumpRole::kVmcoreUnfinished;
}

DumpFile ReadFile(int directory, const std::string& name, const struct stat& status) {
  DumpFile file{.name = name,
                .regular = S_ISREG(status.st_mode),
                .bytes = static_cast<std::uint64_t>(status.st_size),
                .mtime = status.st_mtim.tv_sec,
                .device = status.st_dev,
                .inode = status.st_ino};
  if (file.regular && IsVmcore(name)) file.probe = ProbeFile(directory, name);
  return file;
}

std::string ReadReadme(int directory, const std::string& name) {
  const auto fd = OpenKindAt(directory, name, S_IFREG);
  return fd ? ReadAt(fd->get(), 0, kMaxReadmeBytes).value_or("") : "";
}

class Scan {
 public:
  Scan(std::int64_t now, std::int64_t settle_seconds) : now_(now), settle_(settle_seconds) {}

  // One name in the crash directory; nothing when it is no dump.
  [[nodiscard]] std::optional<Dump> Look(int crash_directory, const std::string& name) const {
    struct stat status{};
    if (fstatat(crash_directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return std::nullopt;  // gone since it was listed
    }
    std::optional<Dump> dump;
    if (S_ISDIR(status.st_mode)) {
      dump = LookInto(crash_directory, name, status);
    } else if (IsVmcore(name)) {
      dump = JudgeDump("", {ReadFile(crash_directory, name, status)}, "", Settled(status));
    }
    if (dump) dump->inode = status.st_ino;
    return dump;
  }

 private:
  // A time in the future is a clock that was wrong, not a writer.
  [[nodiscard]] bool Settled(const struct stat& status) const {
    const std::int64_t changed = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
    return changed <= now_ - settle_ || changed >= now_ + settle_;
  }

  [[nodiscard]] std::optional<Dump> LookInto(int crash_directory, const std::string& name,
                                             const struct stat& status) const {
    const auto directory = OpenKindAt(crash_directory, name, S_IFDIR);
    if (!directory) return Unreadable(name, status, directory.error());
    const auto listing = NamesIn(directory->get(), kMaxFiles);
    if (!listing) return Unreadable(name, status, listing.error());
    std::vector<DumpFile> files;
    std::string readme;
    bool settled = Settled(status);
    for (const std::string& file : listing->names) {
      struct stat of_file{};
      if (fstatat(directory->get(), file.c_str(), &of_file, AT_SYMLINK_NOFOLLOW) != 0) continue;
      settled = settled && Settled(of_file);
      files.push_back(ReadFile(directory->get(), file, of_file));
      if (RoleOf(file) == DumpRole::kReadme) readme = ReadReadme(directory->get(), file);
    }
    auto dump = JudgeDump(name, files, readme, settled);
    if (dump && files.empty()) dump->mtime = status.st_mtim.tv_sec;
    if (dump && listing->clipped) Doubt(*dump, "too_many_files");
    return dump;
  }

  // A directory that we cannot look into may hold a dump. Only fsck's own never does.
  static std::optional<Dump> Unreadable(const std::string& name, const struct stat& status,
                                        const Error& error) {
    const bool gone = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalid;
    if (gone || name == "lost+found") return std::nullopt;
    Dump dump;
    dump.directory = name;
    dump.mtime = status.st_mtim.tv_sec;
    dump.crash_time = StampOf(name).value_or(dump.mtime);
    Doubt(dump, "unreadable");
    return dump;
  }

  static void Doubt(Dump& dump, std::string_view reason) {
    dump.state = DumpState::kUnknown;
    dump.reason = reason;
  }

  std::int64_t now_;
  std::int64_t settle_;
};

}  // namespace

Result<DumpList> ScanDumps(const HostRoot& root, std::string_view crash_directory, std::int64_t now,
                           std::int64_t settle_seconds) {
  const auto place = root.Stat(crash_directory);
  if (!place) return std::unexpected(place.error());
  const auto directory = root.OpenDirectory(crash_directory);
  if (!directory) return std::unexpected(directory.error());
  const auto listing = NamesIn(directory->get(), kMaxDumpDirectories);
  if (!listing) return std::unexpected(listing.error().In(Cat("reading ", crash_directory)));
  DumpList list{.dumps = {}, .clipped = listing->clipped};
  const Scan scan(now, settle_seconds);
  const std::string above = place->resolved == "/" ? "" : place->resolved;
  for (const std::string& name : listing->names) {
    if (root.Avoids(Cat(above, '/', name))) continue;  // a mount in here that may hang
    if (auto dump = scan.Look(directory->get(), name)) list.dumps.push_back(*std::move(dump));
  }
  std::ranges::sort(list.dumps, std::ranges::greater(), [](const Dump& dump) {
    return std::tuple(dump.crash_time, dump.mtime, std::string_view(dump.directory),
                      std::string_view(dump.vmcore));
  });
  return list;
}

}  // namespace kdumpd
