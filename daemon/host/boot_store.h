// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/boot_record.h"
#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// What is remembered of boots, in the state directory: "heartbeat.json", the running boot and those
// that nobody has decided on, written often and small; "boots.json", the newest kMostBoots that are
// decided, written once for each. Each by temporary file, fsync, rename, fsync of the directory.
//
// A file of a newer schema, or one that cannot be read, is left untouched: then nothing is
// remembered, and Notes() says so. One that does not parse is set aside.
class BootStore {
 public:
  // For whoever holds the lock of the state directory. `state_directory`: an open one; `path`: what
  // problems and notes call it.
  static Result<BootStore> Open(int state_directory, std::string_view path = "");
  // To read beside the writer. kNotFound: there is no such directory.
  static Result<BootStore> Peek(const std::string& state_directory);

  // The last of the boot in which the daemon was last there.
  [[nodiscard]] const std::optional<Heartbeat>& beat() const { return beat_; }
  // Of boots that are over and not decided, the oldest first.
  [[nodiscard]] const std::vector<Heartbeat>& undecided() const { return undecided_; }
  // Whether every boot before that one is decided.
  [[nodiscard]] bool IsDone(std::string_view boot_id) const { return done_for_ == boot_id; }
  // The newest first.
  [[nodiscard]] const std::vector<BootRecord>& boots() const { return boots_; }

  // One of a new boot makes the last of the boot before an undecided one.
  Result<void> Beat(const Heartbeat& beat);
  // Takes the place of the record of the same boot.
  Result<void> Record(const BootRecord& boot);
  // Nothing is undecided any more: every boot before `boot_id`.
  Result<void> Done(std::string_view boot_id);
  // What could not be written is known all the same. Nothing to do once it is on disk.
  Result<void> WriteAgain();

  [[nodiscard]] const std::vector<std::string>& Notes() const { return notes_; }

 private:
  struct Place {
    const char* name;
    bool ours = true;    // else the file is not to be written
    bool waits = false;  // what is known here is not on disk
  };
  BootStore(UniqueFd directory, std::string path, bool writer);
  Result<void> Write(Place& place, std::string_view text);
  Result<void> WriteBeat();
  Result<void> WriteBoots();

  UniqueFd directory_;
  std::string path_;
  Place beat_at_{"heartbeat.json"};
  Place boots_at_{"boots.json"};
  std::optional<Heartbeat> beat_;
  std::vector<Heartbeat> undecided_;
  std::string done_for_;
  std::vector<BootRecord> boots_;
  std::vector<std::string> notes_;
};
inline constexpr std::size_t kMostBoots = 32;
inline constexpr std::size_t kMostUndecided = 64;  // a crash loop faster than any decision

}  // namespace kdumpd
