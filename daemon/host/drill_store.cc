// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/drill_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/drill_json.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/lock_within.h"
#include "daemon/host/state_file.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kPending[] = "drill.pending";
constexpr char kHistory[] = "drill.json";
constexpr std::size_t kMaxBytes = 64 << 10;  // two results take some 2 KiB
constexpr int kLockWaitMs = 2000;

// A file that is complete and durable under a name of its own, and takes a name that nobody has.
Result<void> WriteNew(int directory, const std::string& name, std::string_view bytes) {
  const std::string own = Cat(name, ".new");
  if (auto written = ReplaceFile(directory, own, bytes); !written) return written;
  const bool made = linkat(directory, own.c_str(), directory, name.c_str(), 0) == 0;
  const int number = errno;
  unlinkat(directory, own.c_str(), 0);
  if (!made) return FailSystem(Cat("writing ", name), number);
  if (fsync(directory) != 0) return FailSystem(Cat("writing ", name), errno);
  return {};
}

Result<void> Remove(int directory, const char* name) {
  if (unlinkat(directory, name, 0) != 0 && errno != ENOENT) {
    return FailSystem(Cat("removing ", name), errno);
  }
  if (fsync(directory) != 0) return FailSystem(Cat("removing ", name), errno);
  return {};
}

}  // namespace

Result<DrillStore> DrillStore::Open(int state_directory, std::string_view path) {
  auto fd = OpenAgain(state_directory, path);
  if (!fd) return std::unexpected(fd.error());
  return DrillStore(*std::move(fd), std::string(path), true);
}

Result<DrillStore> DrillStore::Peek(const std::string& state_directory) {
  auto fd = OpenStateDirectory(state_directory);
  if (!fd) return std::unexpected(fd.error());
  return DrillStore(*std::move(fd), state_directory, false);
}

StateFile DrillStore::At(const char* name) const {
  return {directory_.get(), path_, name, kMaxBytes, writer_};
}

// Of those who change the files one goes after the other, so that each changes what it has seen.
Result<UniqueFd> DrillStore::Locked(std::string_view what) const {
  auto fd = OpenAgain(directory_.get(), path_);
  const auto locked = fd ? LockWithin(fd->get(), kLockWaitMs) : std::unexpected(fd.error());
  if (!locked) return std::unexpected(locked.error().In(Cat(what, ": locking ", path_)));
  return fd;
}

DrillStore::Answer DrillStore::Read() {
  Answer answer;
  std::vector<std::string> notes;
  const auto read = [&](const char* name, const auto& parse) {
    auto found = ReadStateFile(At(name), kDrillSchema, parse);
    if (!found.note.empty()) notes.push_back(std::move(found.note));
    return std::move(found.value);
  };
  if (auto history = read(kHistory, ParseHistory)) answer.drills = *std::move(history);
  answer.drills.pending = read(kPending, ParseIntent);
  const auto& pending = answer.drills.pending;
  if (pending && answer.drills.last && answer.drills.last->intent.id == pending->id) {
    if (writer_) {
      const auto removed = Cancel(pending->id);
      if (!removed && removed.error().code != ErrorCode::kNotFound) {
        notes.push_back(removed.error().message);
      }
    }
    answer.drills.pending.reset();
  }
  std::ranges::copy_if(notes, std::back_inserter(answer.notes), [this](const std::string& note) {
    return std::ranges::find(said_, note) == said_.end();
  });
  said_ = std::move(notes);
  return answer;
}

Result<void> DrillStore::IsPending(std::string_view id) const {
  const auto text = At(kPending).Text();
  if (!text) return std::unexpected(text.error().In(At(kPending).Named()));
  const auto parsed = ParseIntent(*text);
  if (parsed.value && parsed.value->id == id) return {};
  return Fail(ErrorCode::kNotFound,
              Cat(At(kPending).Named(), ": drill ", Printable(id, 64), " is not pending"));
}

Result<void> DrillStore::Begin(const DrillIntent& intent) {
  if (!IsDrillId(intent.id)) return Fail(ErrorCode::kInvalid, "not the id of a drill");
  const auto lock = Locked("beginning a drill");
  if (!lock) return std::unexpected(lock.error());
  auto written = WriteNew(directory_.get(), kPending, IntentJson(intent));
  struct stat status{};
  if (!written && fstatat(directory_.get(), kPending, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return Fail(ErrorCode::kBusy, Cat(At(kPending).Named(), " is there already"));
  }
  if (!written) return std::unexpected(written.error().In(path_));
  return {};
}

Result<void> DrillStore::MarkCrashing(const DrillIntent& intent) {
  const auto lock = Locked("marking the crash");
  if (!lock) return std::unexpected(lock.error());
  if (auto ours = IsPending(intent.id); !ours) return ours;
  auto written = ReplaceFile(directory_.get(), kPending, IntentJson(intent));
  if (!written) return std::unexpected(written.error().In(path_));
  return {};
}

Result<void> DrillStore::Cancel(std::string_view id) {
  const auto lock = Locked("cancelling a drill");
  if (!lock) return std::unexpected(lock.error());
  if (auto ours = IsPending(id); !ours) return ours;
  auto removed = Remove(directory_.get(), kPending);
  if (!removed) return std::unexpected(removed.error().In(path_));
  return {};
}

Result<void> DrillStore::Finish(const DrillRecord& record) {
  Drills drills;
  if (const auto text = At(kHistory).Text()) {
    const auto before = ParseHistory(*text);
    if (before.schema > kDrillSchema) {
      return Fail(ErrorCode::kInvalid, Cat(At(kHistory).Named(), " is not ours to write"));
    }
    if (before.value) drills = *before.value;
  } else if (text.error().code != ErrorCode::kNotFound && !IsOdd(text.error())) {
    return std::unexpected(text.error().In(At(kHistory).Named()));
  }
  drills.last = record;
  if (record.result == DrillResult::kPassed) drills.last_pass = record;
  auto written = ReplaceFile(directory_.get(), kHistory, HistoryJson(drills));
  if (!written) return std::unexpected(written.error().In(path_));
  auto removed = Cancel(record.intent.id);
  // Somebody else has removed it: what counts is on record.
  if (!removed && removed.error().code == ErrorCode::kNotFound) return {};
  return removed;
}

}  // namespace kdumpd
