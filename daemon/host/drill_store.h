// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/drill.h"
#include "daemon/core/error.h"
#include "daemon/core/unique_fd.h"
#include "daemon/host/state_file.h"

namespace kdumpd {

// What is on record of drills, in the state directory: "drill.pending", the intent of one, which
// `kdumpd drill` writes, and "drill.json", what came of the last ones, which only whoever holds the
// lock of the state directory writes. Each change is one rename or one unlink, made durable. Who
// changes either of them holds a lock of the directory for that moment (kBusy after two seconds).
//
// A file of a newer schema, or one that cannot be read, is left untouched; one that does not parse
// is set aside by the writer.
class DrillStore {
 public:
  // The writer's. `state_directory`: an open one; `path`: what problems and notes call it.
  static Result<DrillStore> Open(int state_directory, std::string_view path = "");
  // Beside the writer: Read() sets nothing aside. kNotFound: there is no such directory.
  static Result<DrillStore> Peek(const std::string& state_directory);

  struct Answer {
    Drills drills;
    std::vector<std::string> notes;  // what is odd and was not said by the Read() before
  };
  // A drill that is pending although its result is on record is over: a kill came in between. The
  // writer's Read() removes what is left of it.
  [[nodiscard]] Answer Read();

  // Makes it the pending one. kBusy: there is one, whatever it is.
  Result<void> Begin(const DrillIntent& intent);
  // The same drill, with the time of its crash. kNotFound: it was cancelled.
  Result<void> MarkCrashing(const DrillIntent& intent);
  // kNotFound: that drill is not pending.
  Result<void> Cancel(std::string_view id);
  // The writer's: the result, and then that its drill is no longer pending.
  Result<void> Finish(const DrillRecord& record);

 private:
  DrillStore(UniqueFd directory, std::string path, bool writer)
      : directory_(std::move(directory)), path_(std::move(path)), writer_(writer) {}
  [[nodiscard]] StateFile At(const char* name) const;
  Result<UniqueFd> Locked(std::string_view what) const;
  [[nodiscard]] Result<void> IsPending(std::string_view id) const;

  UniqueFd directory_;
  std::string path_;
  bool writer_;
  std::vector<std::string> said_;  // by the last Read()
};

}  // namespace kdumpd
