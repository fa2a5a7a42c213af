// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/error.h"

struct sd_journal;

namespace kdumpd {

// The journal files of one directory, as one list of entries in the order of their writing. Maps
// files that others write and may damage: only for a process that may be lost. One thread.
class Journal {
 public:
  // The files of the system itself, not those of its users, directly in `directory`, which stays
  // the caller's and open. Files that cannot be read are left out without a word.
  static Result<Journal> Open(int directory);

  // What a step goes to from now on: entries with all of these "FIELD=value"; several of one field
  // are alternatives. Where we stand stays.
  void Only(const std::vector<std::string>& matches);
  // Or entries with all of these.
  void Or(const std::vector<std::string>& matches);

  // To the first or last entry, or the one after or before; false: there is none.
  bool ToFirst();
  bool ToLast();
  bool Next();
  bool Previous();
  // Behind the last entry, for Previous().
  bool SeekEnd();

  // Of the entry where we stand; "" or 0 when it has no such thing.
  [[nodiscard]] std::string Field(const std::string& name, std::size_t most = 4096) const;
  [[nodiscard]] std::string BootId() const;
  [[nodiscard]] std::int64_t Seconds() const;  // since the epoch

 private:
  struct Close {
    void operator()(sd_journal* journal) const;
  };
  explicit Journal(sd_journal* journal) : journal_(journal) {}
  void Add(const std::vector<std::string>& matches);

  std::unique_ptr<sd_journal, Close> journal_;
};

}  // namespace kdumpd
