// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/unique_fd.h"
#include "daemon/core/upload.h"

namespace kdumpd {

// A mounted directory that others may write to. No link below it is followed, so nothing that they
// plant there leads out of it; the path to it is the administrator's and may have links.
class Share {
 public:
  // kRefused: it is not there. It is never made: what is written where nothing is mounted is lost.
  static Uploaded<Share> Open(const std::string& path);

  // The directory that holds `name`'s last part. `make`: those on the way too, for root alone
  // (what is in a dump is secret). Without it, none (-1) where one is missing.
  [[nodiscard]] Uploaded<UniqueFd> Directory(std::string_view name, bool make) const;

 private:
  explicit Share(UniqueFd directory) : directory_(std::move(directory)) {}
  UniqueFd directory_;
};

// A regular file to read, with its size; none (-1) when there is none. kMismatch: it is no file.
struct SharedFile {
  UniqueFd fd;
  std::uint64_t bytes = 0;
};
[[nodiscard]] Uploaded<SharedFile> OpenShared(int directory, const std::string& name);
// The file to write to, with what is in it. A link, or a file that has a second name, is not what
// we left: it is removed, and a new file made.
[[nodiscard]] Uploaded<SharedFile> OpenPart(int directory, const std::string& name);

// What `errno` says, as an error of the store.
[[nodiscard]] std::unexpected<UploadError> FailErrno(std::string_view doing);

}  // namespace kdumpd
