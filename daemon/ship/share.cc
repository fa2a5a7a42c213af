// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/share.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

bool IsFile(int fd, struct stat& status) {
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// One step down, made where it is missing.
Uploaded<UniqueFd> Step(int parent, const std::string& name, bool make) {
  UniqueFd next(openat(parent, name.c_str(), kDirectory | O_NOFOLLOW));
  if (next || (errno == ENOENT && !make)) return next;
  if (errno != ENOENT) return FailErrno(Cat("opening directory ", Printable(name)));
  if (mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST) {
    return FailErrno(Cat("making directory ", Printable(name)));
  }
  if (fsync(parent) != 0) return FailErrno("bringing a directory to disk");
  next.Reset(openat(parent, name.c_str(), kDirectory | O_NOFOLLOW));
  if (!next) return FailErrno(Cat("opening directory ", Printable(name)));
  return next;
}

}  // namespace

std::unexpected<UploadError> FailErrno(std::string_view doing) {
  const int error = errno;
  // Those of a server that does not answer pass; all others are for somebody to look at.
  const bool away = error == EIO || error == ESTALE || error == ETIMEDOUT || error == EHOSTDOWN ||
                    error == EHOSTUNREACH || error == ENOTCONN || error == ECONNREFUSED;
  return FailUpload(away ? UploadProblem::kUnreachable : UploadProblem::kRefused,
                    Cat(doing, ": ", std::generic_category().message(error)));
}

Uploaded<Share> Share::Open(const std::string& path) {
  UniqueFd directory(open(path.c_str(), kDirectory));
  if (directory) return Share(std::move(directory));
  if (errno == ENOENT || errno == ENOTDIR) {
    return FailUpload(UploadProblem::kRefused,
                      Cat("expected a mounted directory at ", Printable(path)));
  }
  return FailErrno(Cat("opening ", Printable(path)));
}

Uploaded<UniqueFd> Share::Directory(std::string_view name, bool make) const {
  UniqueFd at(fcntl(directory_.get(), F_DUPFD_CLOEXEC, 0));
  if (!at) return FailErrno("duplicating a descriptor");
  auto parts = Split(name, '/');
  parts.pop_back();
  for (const std::string_view part : parts) {
    auto next = Step(at.get(), std::string(part), make);
    if (!next || !*next) return next;
    at = *std::move(next);
  }
  return at;
}

Uploaded<SharedFile> OpenShared(int directory, const std::string& name) {
  // Not blocking: a pipe of that name must not hold us.
  SharedFile file{UniqueFd(
      openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY))};
  if (!file.fd && errno == ENOENT) return file;
  struct stat status{};
  if (!file.fd && errno != ELOOP) return FailErrno("opening what is stored");
  if (!file.fd || !IsFile(file.fd.get(), status)) {
    return FailUpload(UploadProblem::kMismatch, "what is there is no regular file");
  }
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Uploaded<SharedFile> OpenPart(int directory, const std::string& name) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  SharedFile file{UniqueFd(openat(directory, name.c_str(), kFlags))};
  struct stat status{};
  if (file.fd && IsFile(file.fd.get(), status) && status.st_nlink == 1) {
    file.bytes = static_cast<std::uint64_t>(status.st_size);
    return file;
  }
  if (unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT) {
    return FailErrno("removing what is in the way");
  }
  file.fd.Reset(openat(directory, name.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
  if (!file.fd) return FailErrno("making a file");
  return file;
}

}  // namespace kdumpd
