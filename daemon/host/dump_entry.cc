// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/dump_entry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxFiles = 256;  // in one dump directory
constexpr std::size_t kMaxReadmeBytes = 8 << 10;
// The coarsest clock of a file system: FAT counts mtime in steps of two seconds.
constexpr std::int64_t kClockStepSeconds = 2;

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

class EntryLook {
 public:
  EntryLook(const std::string& name, const DumpRules& rules) : name_(name), rules_(rules) {}

  [[nodiscard]] DumpEntry At(int crash_directory, std::uint64_t before) {
    // O_DIRECTORY is judged before anything is opened: no device, no FIFO.
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const UniqueFd directory(openat(crash_directory, name_.c_str(), kFlags));
    const int problem = directory ? 0 : errno;
    struct stat status{};
    const int stated = directory
                           ? fstat(directory.get(), &status)
                           : fstatat(crash_directory, name_.c_str(), &status, AT_SYMLINK_NOFOLLOW);
    if (stated != 0) return {};  // gone since it was listed
    Note("", status);
    inode_ = status.st_ino;
    if (directory) return LookInto(directory.get(), status, before);
    if (S_ISDIR(status.st_mode)) return Unreadable(status, SystemError(problem));
    return LookAtFile(crash_directory, status, before);
  }

 private:
  struct File {
    std::string name;
    struct stat status{};
  };

  void Mix(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15;  // odd: every step can be undone
    hash_ ^= hash_ >> 32;
  }

  void Note(std::string_view name, const struct stat& status) {
    for (const char c : name) Mix(static_cast<unsigned char>(c));
    const std::int64_t fields[] = {static_cast<std::int64_t>(status.st_dev),
                                   static_cast<std::int64_t>(status.st_ino),
                                   status.st_mode,
                                   status.st_size,
                                   status.st_mtim.tv_sec,
                                   status.st_mtim.tv_nsec,
                                   status.st_ctim.tv_sec,
                                   status.st_ctim.tv_nsec};
    for (const std::int64_t field : fields) Mix(static_cast<std::uint64_t>(field));
    const std::int64_t changed = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
    settled_ = settled_ && Quiet(changed, rules_.settle_seconds);
    steady_ = steady_ && settled_ && Quiet(changed, kClockStepSeconds);
  }

  // A time in the future is a clock that was wrong, not a writer.
  [[nodiscard]] bool Quiet(std::int64_t changed, std::int64_t seconds) const {
    return changed <= rules_.now - seconds || changed >= rules_.now + seconds;
  }

  [[nodiscard]] bool Unchanged(std::uint64_t before) const {
    return steady_ && before != 0 && Fingerprint() == before;
  }
  [[nodiscard]] std::uint64_t Fingerprint() const { return hash_ == 0 ? 1 : hash_; }

  [[nodiscard]] DumpEntry Looked(std::optional<Dump> dump) const {
    if (dump) dump->inode = inode_;
    return {std::move(dump), false, Fingerprint(), steady_};
  }
  [[nodiscard]] DumpEntry Same() const { return {std::nullopt, true, Fingerprint(), true}; }

  DumpFile Read(int directory, const File& file) {
    const struct stat& status = file.status;
    DumpFile read{.name = file.name,
                  .regular = S_ISREG(status.st_mode),
                  .bytes = static_cast<std::uint64_t>(status.st_size),
                  .mtime = status.st_mtim.tv_sec,
                  .device = status.st_dev,
                  .inode = status.st_ino};
    if (!read.regular || !IsVmcore(file.name)) return read;
    read.probe = ProbeFile(directory, file.name);
    steady_ = steady_ && read.probe.has_value();
    return read;
  }

  [[nodiscard]] DumpEntry LookAtFile(int crash_directory, const struct stat& status,
                                     std::uint64_t before) {
    if (!IsVmcore(name_)) return Looked(std::nullopt);
    if (Unchanged(before)) return Same();
    const DumpFile file = Read(crash_directory, {name_, status});
    return Looked(JudgeDump("", {file}, "", settled_));
  }

  [[nodiscard]] DumpEntry LookInto(int directory, const struct stat& status, std::uint64_t before) {
    auto listing = NamesIn(directory, kMaxFiles);
    if (!listing) return Unreadable(status, listing.error());
    std::vector<File> found;
    for (std::string& name : listing->names) {
      File file{std::move(name)};
      if (fstatat(directory, file.name.c_str(), &file.status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      Note(file.name, file.status);
      found.push_back(std::move(file));
    }
    if (Unchanged(before)) return Same();
    std::vector<DumpFile> files;
    std::string readme;
    for (const File& file : found) {
      files.push_back(Read(directory, file));
      if (RoleOf(file.name) == DumpRole::kReadme) readme = ReadReadme(directory, file.name);
    }
    auto dump = JudgeDump(name_, files, readme, settled_);
    if (dump && files.empty()) dump->mtime = status.st_mtim.tv_sec;
    if (dump && listing->clipped) Doubt(*dump, "too_many_files");
    return Looked(std::move(dump));
  }

  std::string ReadReadme(int directory, const std::string& name) {
    const auto fd = OpenKindAt(directory, name, S_IFREG);
    const auto text = fd ? ReadAt(fd->get(), 0, kMaxReadmeBytes) : std::unexpected(fd.error());
    steady_ = steady_ && text.has_value();
    return text.value_or("");
  }

  // A directory that we cannot look into may hold a dump. Only fsck's own never does.
  [[nodiscard]] DumpEntry Unreadable(const struct stat& status, const Error& error) {
    steady_ = false;
    const bool gone = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalid;
    if (gone || name_ == "lost+found") return Looked(std::nullopt);
    Dump dump;
    dump.directory = name_;
    dump.mtime = status.st_mtim.tv_sec;
    dump.crash_time = StampOf(name_).value_or(dump.mtime);
    Doubt(dump, "unreadable");
    return Looked(std::move(dump));
  }

  static void Doubt(Dump& dump, std::string_view reason) {
    dump.state = DumpState::kUnknown;
    dump.reason = reason;
  }

  const std::string& name_;
  DumpRules rules_;
  std::uint64_t inode_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  bool settled_ = true;
  bool steady_ = true;
};

}  // namespace

DumpEntry LookAtEntry(int crash_directory, const std::string& name, const DumpRules& rules,
                      std::uint64_t before) {
  return EntryLook(name, rules).At(crash_directory, before);
}

}  // namespace kdumpd
