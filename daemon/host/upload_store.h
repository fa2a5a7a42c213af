// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"
#include "daemon/core/upload_journal.h"

namespace kdumpd {

// "uploads" in the state directory (0700): the journal of each upload that is not verified yet,
// "<crash id>.<destination>" (0600). kdumpd-ship writes them, one process at a time; they hold the
// keys of what is under way.
class UploadStore {
 public:
  // Makes the directory when it is not there. `path`: what problems call the state directory.
  static Result<UploadStore> Open(int state_directory, std::string_view path = "");
  // Beside whoever writes. kNotFound: there is none.
  static Result<UploadStore> Peek(int state_directory, std::string_view path = "");

  // For kdumpd-ship: made when it is not there.
  [[nodiscard]] Result<UniqueFd> Journal(std::string_view id, std::string_view destination) const;
  // What it says now; nothing of one that is not there.
  [[nodiscard]] UploadJournal Read(std::string_view id, std::string_view destination) const;
  // It is not needed any more. No error when it is not there.
  Result<void> Remove(std::string_view id, std::string_view destination) const;

 private:
  UploadStore(UniqueFd directory, std::string place)
      : directory_(std::move(directory)), place_(std::move(place)) {}

  UniqueFd directory_;
  std::string place_;
};

}  // namespace kdumpd
