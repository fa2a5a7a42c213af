// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/state_file.h"

namespace kdumpd {

// "crashes" in the state directory: one JSON file for each crash, its record and what the
// inspection said. Written by temporary file, fsync, rename, fsync of the directory. A file of a
// newer schema, or one that cannot be read, is left untouched and its crash is not known; one that
// does not parse is set aside: Notes() says so.
//
// One writer: whoever holds the lock of the state directory. Others may read, and may leave notes:
// that somebody has acknowledged ("<id>.ack"), that retention has removed the dump ("<id>.pruned"),
// that somebody wants it to be sent ("<id>.send"). The writer takes them into the records.
class RecordStore {
 public:
  // Makes the directory (0700) and reads what is there. `state_directory`: an open one; `path`:
  // what problems and notes call it.
  static Result<RecordStore> Open(int state_directory, std::string_view path = "");
  // To read beside the writer: nothing is made, moved or removed. Notes that the writer has not
  // taken yet show in the records. kNotFound: there is none.
  static Result<RecordStore> Peek(int state_directory, std::string_view path = "");
  static Result<RecordStore> Peek(const std::string& state_directory);

  [[nodiscard]] const std::vector<CrashRecord>& records() const { return records_; }
  [[nodiscard]] const CrashRecord* Find(std::string_view id) const;
  // Whether a file of that crash is there that is not ours to read or write.
  [[nodiscard]] bool IsForeign(std::string_view id) const;
  // Takes the place of the record of the same id, on disk first. `report`: what kdumpd-inspect
  // answered, JSON; "": as it was.
  Result<void> Write(const CrashRecord& record, std::string_view report = "");
  // The report of a crash as JSON; "" when there is none.
  [[nodiscard]] Result<std::string> Report(std::string_view id) const;

  // Leaves a file that says so; needs no lock. kNotFound: no such record.
  Result<void> Acknowledge(std::string_view id, std::string_view by, std::int64_t now) const;
  // The same of a dump that was removed.
  Result<void> NotePruned(std::string_view id, std::int64_t now) const;
  // The same of one that is to be sent now; what was asked for before and not taken yet stays
  // asked. Of a crash without a record it waits till there is one. Returns the time by which the
  // record will know this request: `now`, or a second later each when that is known for another
  // one. kInvalid: no id.
  Result<std::int64_t> AskForUpload(std::string_view id, std::vector<std::string> destinations,
                                    std::int64_t now) const;
  // Takes what others have left so into the records, some of it at a time: so that it may be asked
  // on the loop. True when there was anything, and there may be more.
  Result<bool> TakeAcknowledgements();
  // Ids that somebody wants to be sent and that have no record, as of the last time, some of them:
  // those of historic dumps, if of anything.
  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

  [[nodiscard]] const std::vector<std::string>& Notes() const { return notes_; }

 private:
  RecordStore(UniqueFd directory, std::string place)
      : directory_(std::move(directory)), place_(std::move(place)) {}
  Result<void> Load(bool writer);
  Result<void> Note(const std::string& name, std::string_view text) const;
  void LoadFile(const std::string& name, bool writer);
  void TakeUp(CrashRecord& record);
  static bool TakeAsked(std::string_view names, std::int64_t when, CrashRecord& record);
  [[nodiscard]] StateFile At(const std::string& name, std::size_t most, bool writer = false) const;
  // The record that a note changes, with the change; nothing for other names.
  [[nodiscard]] std::optional<CrashRecord> Noted(const std::string& name) const;
  void ShowNotes();

  UniqueFd directory_;
  std::string place_;                 // "/var/lib/kdumpd/crashes"
  std::vector<CrashRecord> records_;  // by crash time, the newest first
  std::vector<std::string> foreign_;  // ids whose files are not ours to write
  std::vector<std::string> asked_;
  std::vector<std::string> notes_;
};

}  // namespace kdumpd
