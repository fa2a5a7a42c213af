// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/upload_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "daemon/core/crash_record.h"
#include "daemon/core/text.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/state_file.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kDirectory[] = "uploads";

std::string PlaceIn(std::string_view path) {
  return Cat(path, std::string_view(path.empty() ? "" : "/"), kDirectory);
}

Result<std::string> FileOf(std::string_view id, std::string_view destination) {
  const bool fit = IsCrashId(id) && !destination.empty() && destination.size() <= 32 &&
                   destination.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                       std::string_view::npos;
  if (!fit) return Fail(ErrorCode::kInvalid, "not the id of a crash and the name of a destination");
  return Cat(id, ".", destination);
}

}  // namespace

Result<UploadStore> UploadStore::Open(int state_directory, std::string_view path) {
  const std::string place = PlaceIn(path);
  if (mkdirat(state_directory, kDirectory, 0700) != 0 && errno != EEXIST) {
    return FailSystem(Cat("making ", place), errno);
  }
  if (fsync(state_directory) != 0) return FailSystem(Cat("making ", place), errno);
  return Peek(state_directory, path);
}

Result<UploadStore> UploadStore::Peek(int state_directory, std::string_view path) {
  const std::string place = PlaceIn(path);
  auto fd = OpenKindAt(state_directory, kDirectory, S_IFDIR);
  if (!fd) return std::unexpected(fd.error().In(Cat("opening ", place)));
  return UploadStore(*std::move(fd), place);
}

Result<UniqueFd> UploadStore::Journal(std::string_view id, std::string_view destination) const {
  const auto name = FileOf(id, destination);
  if (!name) return std::unexpected(name.error());
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  UniqueFd fd(openat(directory_.get(), name->c_str(), kFlags, 0600));
  struct stat status{};
  if (!fd || fstat(fd.get(), &status) != 0) return FailSystem(Cat(place_, "/", *name), errno);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalid, Cat(place_, "/", *name, " is no regular file"));
  }
  // Its name is there after a power loss.
  if (fsync(directory_.get()) != 0) return FailSystem(Cat(place_, "/", *name), errno);
  return fd;
}

UploadJournal UploadStore::Read(std::string_view id, std::string_view destination) const {
  const auto name = FileOf(id, destination);
  if (!name) return {};
  const auto text = StateFile{directory_.get(), place_, *name, kMostJournalBytes}.Text();
  return text ? ParseUploadJournal(*text) : UploadJournal{};
}

Result<void> UploadStore::Remove(std::string_view id, std::string_view destination) const {
  const auto name = FileOf(id, destination);
  if (!name) return std::unexpected(name.error());
  if (unlinkat(directory_.get(), name->c_str(), 0) == 0 || errno == ENOENT) return {};
  return FailSystem(Cat("removing ", place_, "/", *name), errno);
}

}  // namespace kdumpd
