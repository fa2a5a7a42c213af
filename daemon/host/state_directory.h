// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/dump.h"
#include "daemon/core/error.h"
#include "daemon/core/facts.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// /var/lib/kdumpd, held by one daemon. The lock lives as long as the object.
//
// boot.json remembers when the daemon first started here and which dumps were there already: those
// are historic. Written by temporary file, fsync, rename, fsync of the directory. A file of a newer
// schema is left untouched, and what lies there now counts as historic for as long as we run; one
// that does not parse is set aside; Notes() says so; neither stops the daemon.
class StateDirectory {
 public:
  // Makes the directory (0700) when it is not there; its parent must be. kBusy when another daemon
  // holds it after `lock_wait_ms`; kPermission when it cannot be written.
  static Result<StateDirectory> Open(const std::string& path, int lock_wait_ms = 2000);

  // Remembers for as long as it lives and writes nothing: for a node whose state directory cannot
  // be used. Dumps that are there at the first look are historic, since nobody can tell.
  static StateDirectory Forgetful();
  // What a daemon recorded at `path`, without its lock and without writing: for a look beside it.
  // Knows nothing when there is nothing to read.
  static StateDirectory Peek(const std::string& path);
  // Makes it (0700) when it is not there, and takes no lock.
  static Result<void> Make(const std::string& path);
  // Whether a daemon holds the one at `path` at this moment.
  [[nodiscard]] static bool IsHeld(const std::string& path);

  // True until a first inventory has been recorded.
  [[nodiscard]] bool NeedsInventory() const { return needs_inventory_; }
  // Records `dumps` as having been there before us, save newcomers. The first call decides what is
  // historic; after one that could not write, the next writes the same.
  Result<void> RecordInventory(const std::vector<Dump>& dumps, std::int64_t now);
  // Sets Dump::historic of those that were.
  void MarkHistoric(std::vector<Dump>& dumps) const;
  // Both for a look: records the inventory once every dump has been looked at, and marks what is
  // historic. True when it recorded. Till the listing is whole, all that it named is historic.
  Result<bool> Remember(Facts& facts);
  // The open directory; -1 when nothing is kept there.
  [[nodiscard]] int fd() const { return directory_.get(); }
  // What was odd when opening: one sentence each.
  [[nodiscard]] const std::vector<std::string>& Notes() const { return notes_; }

 private:
  StateDirectory() = default;
  Result<void> Load();
  void SetAside(std::string_view why);

  std::string path_;
  UniqueFd directory_;
  UniqueFd lock_;
  bool needs_inventory_ = true;
  bool read_only_ = false;               // a newer schema owns the file
  std::int64_t first_start_ = 0;         // seconds since the epoch; 0: no inventory yet
  std::vector<std::uint64_t> historic_;  // sorted keys of dumps
  std::vector<std::string> notes_;
};

}  // namespace kdumpd
