// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/prune.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "daemon/core/part_name.h"
#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxFiles = 256;  // as the scanner: more is no dump of one crash
constexpr std::uint64_t kBlock = 512;   // of st_blocks, stat(2)

struct File {
  std::string name;
  struct stat status{};
};

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool Is(const struct stat& status, const DumpMark& mark) {
  return status.st_dev == mark.device && status.st_ino == mark.inode &&
         static_cast<std::uint64_t>(status.st_size) == mark.bytes &&
         status.st_mtim.tv_sec == mark.mtime;
}

// Why a name is not ours to remove; "" when it is.
std::string ObstacleAt(const File& file, dev_t device) {
  if (RoleOf(file.name) == DumpRole::kOther) {
    return Cat("it holds ", Printable(file.name), ", which no dump writer makes");
  }
  if (!S_ISREG(file.status.st_mode)) return Cat(Printable(file.name), " is no regular file");
  if (file.status.st_dev != device) return Cat(Printable(file.name), " is on another file system");
  return "";
}

Result<File> FileAt(int directory, const std::string& name) {
  File file{.name = name};
  if (fstatat(directory, name.c_str(), &file.status, AT_SYMLINK_NOFOLLOW) != 0) {
    return FailSystem(Printable(name), errno);
  }
  return file;
}

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// As it was listed: no time can be set back in st_ctim.
Result<void> Unlink(int directory, const File& file) {
  const auto now = FileAt(directory, file.name);
  if (!now) return std::unexpected(now.error());
  if (!SameFile(now->status, file.status) || !S_ISREG(now->status.st_mode) ||
      now->status.st_size != file.status.st_size ||
      !SameTime(now->status.st_ctim, file.status.st_ctim)) {
    return Fail(ErrorCode::kInvalid, Cat(Printable(file.name), " is another file now"));
  }
  if (unlinkat(directory, file.name.c_str(), 0) == 0) return {};
  return FailSystem(Cat("removing ", Printable(file.name)), errno);
}

// Two crashes may share a directory: only one of them is known.
std::string ObstacleBeside(const std::string& name, const std::string& main) {
  const DumpRole role = RoleOf(name);
  const bool vmcore = role == DumpRole::kVmcore || role == DumpRole::kVmcoreUnfinished;
  if (!vmcore || name == main) return "";
  const auto part = PartNameOf(name), first = PartNameOf(main);
  if (part && first && part->stem == first->stem) return "";
  return Cat("it holds ", Printable(name), " as well, which is not what was inspected");
}

// The directory of one dump, held open.
class DumpDirectory {
 public:
  static Result<DumpDirectory> Open(int crash_directory, const Dump& dump) {
    const std::string& name = dump.directory;
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    DumpDirectory directory;
    directory.fd_ = UniqueFd(openat(crash_directory, name.c_str(), kFlags));
    if (!directory.fd_) return FailSystem(Printable(name), errno);
    struct stat above{};
    if (fstat(crash_directory, &above) != 0 ||
        fstat(directory.fd_.get(), &directory.status_) != 0) {
      return FailSystem(Printable(name), errno);
    }
    if (above.st_dev != directory.status_.st_dev) {
      return Fail(ErrorCode::kInvalid, Cat(Printable(name), " is on another file system"));
    }
    if (auto listed = directory.List(dump.main()); !listed) return std::unexpected(listed.error());
    return directory;
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::vector<File>& files() const { return files_; }
  [[nodiscard]] const std::string& obstacle() const { return obstacle_; }
  [[nodiscard]] bool Is(const struct stat& status) const { return SameFile(status_, status); }

 private:
  Result<void> List(const std::string& main) {
    const auto listing = NamesIn(fd_.get(), kMaxFiles);
    if (!listing) return std::unexpected(listing.error());
    if (listing->clipped) obstacle_ = Cat("it holds more than ", kMaxFiles, " files");
    for (const std::string& name : listing->names) {
      auto file = FileAt(fd_.get(), name);
      if (!file) return std::unexpected(file.error());
      if (obstacle_.empty()) obstacle_ = ObstacleAt(*file, status_.st_dev);
      if (obstacle_.empty()) obstacle_ = ObstacleBeside(name, main);
      files_.push_back(*std::move(file));
    }
    std::ranges::sort(files_, {}, &File::name);
    return {};
  }

  UniqueFd fd_;
  struct stat status_{};
  std::vector<File> files_;
  std::string obstacle_;
};

Removal Kept(std::string problem) { return {false, std::move(problem)}; }

constexpr char kChanged[] = " has changed since it was acknowledged";

Removal RemoveFile(int crash_directory, const std::string& name, const DumpMark& mark,
                   std::int64_t acknowledged_at) {
  const auto file = FileAt(crash_directory, name);
  if (!file) return Kept(file.error().message);
  if (RoleOf(name) == DumpRole::kOther || !Is(file->status, mark)) {
    return Kept("it is not what was inspected");
  }
  if (file->status.st_ctim.tv_sec >= acknowledged_at) return Kept(Printable(name) + kChanged);
  const auto gone = Unlink(crash_directory, *file);
  return gone ? Removal{true, ""} : Kept(gone.error().message);
}

}  // namespace

DumpContents ContentsOf(int crash_directory, const Dump& dump) {
  // What has another name stays.
  const auto bytes = [](const File& file) {
    const bool frees = file.status.st_nlink <= 1;
    return frees ? static_cast<std::uint64_t>(std::max<blkcnt_t>(file.status.st_blocks, 0)) * kBlock
                 : 0;
  };
  if (dump.directory.empty()) {
    const auto file = FileAt(crash_directory, dump.main());
    struct stat above{};
    if (!file) return {0, file.error().message};
    if (fstat(crash_directory, &above) != 0) return {0, SystemError(errno).message};
    return {bytes(*file), ObstacleAt(*file, above.st_dev), file->name, file->status.st_ctim.tv_sec};
  }
  const auto directory = DumpDirectory::Open(crash_directory, dump);
  if (!directory) return {0, directory.error().message};
  DumpContents contents{0, directory->obstacle()};
  for (const File& file : directory->files()) {
    contents.bytes += bytes(file);
    if (file.status.st_ctim.tv_sec <= contents.changed_at) continue;
    contents.changed = file.name;
    contents.changed_at = file.status.st_ctim.tv_sec;
  }
  return contents;
}

Removal RemoveDump(int crash_directory, const Dump& dump, const DumpMark& mark,
                   std::int64_t acknowledged_at) {
  const std::string& main = dump.main();
  if (main.empty()) return Kept("there is no dump in it");
  if (dump.directory.empty()) return RemoveFile(crash_directory, main, mark, acknowledged_at);
  const auto directory = DumpDirectory::Open(crash_directory, dump);
  if (!directory) return Kept(directory.error().message);
  if (!directory->obstacle().empty()) return Kept(directory->obstacle());
  const auto file = std::ranges::find(directory->files(), main, &File::name);
  if (file == directory->files().end()) return Kept(Cat(Printable(main), " is not there"));
  if (!Is(file->status, mark)) return Kept("it is not what was inspected");
  for (const File& each : directory->files()) {
    if (each.status.st_ctim.tv_sec >= acknowledged_at) return Kept(Printable(each.name) + kChanged);
  }
  const auto where = [&](const Error& error) {
    return error.In(Printable(dump.directory)).message;
  };
  // The dump itself last: whoever is interrupted before it finds the dump again.
  for (const File& beside : directory->files()) {
    if (&beside == &*file) continue;
    if (auto gone = Unlink(directory->fd(), beside); !gone) return Kept(where(gone.error()));
  }
  if (auto gone = Unlink(directory->fd(), *file); !gone) return Kept(where(gone.error()));
  struct stat now{};
  const char* name = dump.directory.c_str();
  if (fstatat(crash_directory, name, &now, AT_SYMLINK_NOFOLLOW) != 0 || !directory->Is(now)) {
    return {true, "its directory is another one now and stays"};
  }
  if (unlinkat(crash_directory, name, AT_REMOVEDIR) == 0) return {true, ""};
  return {true, Cat("its directory stays: ", SystemError(errno).message)};
}

Result<std::uint64_t> FreeBytes(int directory) {
  struct statvfs status{};
  if (fstatvfs(directory, &status) != 0) return FailSystem("statvfs", errno);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(status.f_bavail, status.f_frsize, &bytes)) {
    return Fail(ErrorCode::kInvalid, "statvfs: sizes past 2^64");
  }
  return bytes;
}

}  // namespace kdumpd
