// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"

namespace kdumpd {

// "crashes" in the state directory: one JSON file for each crash, its record and what the
// inspection said. Written by temporary file, fsync, rename, fsync of the directory. A file of a
// newer schema is left untouched and its crash is not known; one that does not parse is set aside:
// Notes() says so.
//
// One writer: whoever holds the lock of the state directory. Others may read, and may acknowledge:
// an acknowledgement is a file of its own, "<id>.ack", which the writer takes into the record.
class RecordStore {
 public:
  // Makes the directory (0700) and reads what is there. `state_directory`: an open one.
  static Result<RecordStore> Open(int state_directory);
  // To read beside the writer: nothing is made, moved or removed.
  static Result<RecordStore> Peek(int state_directory);

  [[nodiscard]] const std::vector<CrashRecord>& records() const { return records_; }
  [[nodiscard]] const CrashRecord* Find(std::string_view id) const;
  // Takes the place of the record of the same id, on disk first. `report`: what kdumpd-inspect
  // answered, JSON; "": as it was.
  Result<void> Write(const CrashRecord& record, std::string_view report = "");
  // The report of a crash as JSON; "" when there is none.
  [[nodiscard]] Result<std::string> Report(std::string_view id) const;

  // Leaves a file that says so; needs no lock. kNotFound: no such record.
  Result<void> Acknowledge(std::string_view id, std::string_view by, std::int64_t now) const;
  // Takes acknowledgements that others have left into the records. True when there were any.
  Result<bool> TakeAcknowledgements();

  [[nodiscard]] const std::vector<std::string>& Notes() const { return notes_; }

 private:
  explicit RecordStore(UniqueFd directory) : directory_(std::move(directory)) {}
  Result<void> Load(bool writer);
  Result<void> LoadFile(const std::string& name, bool writer);
  void SetAside(const std::string& name, std::string_view why, bool writer);

  UniqueFd directory_;
  std::vector<CrashRecord> records_;  // by crash time, the newest first
  std::vector<std::string> foreign_;  // ids whose files are not ours to write
  std::vector<std::string> notes_;
};

}  // namespace kdumpd
