// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/drill_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/drill_json.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kPending[] = "drill.pending";
constexpr char kHistory[] = "drill.json";
constexpr std::size_t kMaxBytes = 64 << 10;  // two results take some 2 KiB
constexpr int kLockWaitMs = 2000;
constexpr int kLockStepMs = 20;

Result<std::string> ReadText(int directory, const char* name) {
  const auto fd = OpenKindAt(directory, name, S_IFREG);
  if (!fd) return std::unexpected(fd.error());
  return ReadAll(fd->get(), kMaxBytes);
}

bool IsOdd(const Error& error) {
  return error.code == ErrorCode::kInvalid || error.code == ErrorCode::kTooLarge;
}

Result<UniqueFd> OpenAgain(int directory) {
  UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem("opening the state directory", errno);
  return fd;
}

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
  auto fd = OpenAgain(state_directory);
  if (!fd) return std::unexpected(fd.error().In(path));
  return DrillStore(*std::move(fd), std::string(path), true);
}

Result<DrillStore> DrillStore::Peek(const std::string& state_directory) {
  UniqueFd fd(open(state_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailSystem(Cat("opening ", state_directory), errno);
  return DrillStore(std::move(fd), state_directory, false);
}

std::string DrillStore::Named(std::string_view name) const {
  return Cat(path_, std::string_view(path_.empty() ? "" : "/"), name);
}

// Of those who change the files one goes after the other, so that each changes what it has seen.
Result<UniqueFd> DrillStore::Locked(std::string_view what) const {
  auto fd = OpenAgain(directory_.get());
  if (!fd) return std::unexpected(fd.error().In(what));
  for (int waited = 0; flock(fd->get(), LOCK_EX | LOCK_NB) != 0; waited += kLockStepMs) {
    if (errno != EWOULDBLOCK && errno != EINTR) return FailSystem(what, errno);
    if (waited >= kLockWaitMs) {
      return Fail(ErrorCode::kBusy, Cat(what, ": another program holds ", path_));
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = kLockStepMs * 1'000'000L};
    nanosleep(&pause, nullptr);
  }
  return fd;
}

std::string DrillStore::SetAside(const char* name) {
  const std::string aside = Cat(name, ".corrupt");
  const bool moved =
      writer_ && renameat(directory_.get(), name, directory_.get(), aside.c_str()) == 0;
  return moved ? Cat("set aside as ", aside) : "not read";
}

template <class T, class Parse>
std::optional<T> DrillStore::ReadFile(const char* name, const Parse& parse,
                                      std::vector<std::string>& notes) {
  const auto text = ReadText(directory_.get(), name);
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return std::nullopt;
    const std::string left = IsOdd(text.error()) ? SetAside(name) : "left untouched";
    notes.push_back(Cat(Named(name), ": ", text.error().message, "; ", left));
    return std::nullopt;
  }
  ParsedDrillFile<T> parsed = parse(*text);
  if (parsed.schema > kDrillSchema) {
    notes.push_back(Cat(Named(name), " has schema ", parsed.schema, ", newer than our ",
                        kDrillSchema, ": left untouched"));
  } else if (!parsed.value) {
    const std::string_view why = text->empty() ? "it is empty" : "it does not parse";
    notes.push_back(Cat(Named(name), ": ", why, "; ", SetAside(name)));
  }
  return std::move(parsed.value);
}

DrillStore::Answer DrillStore::Read() {
  Answer answer;
  std::vector<std::string> notes;
  auto history = ReadFile<Drills>(kHistory, ParseHistory, notes);
  if (history) answer.drills = *std::move(history);
  answer.drills.pending = ReadFile<DrillIntent>(kPending, ParseIntent, notes);
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
  const auto text = ReadText(directory_.get(), kPending);
  if (!text) return std::unexpected(text.error().In(Named(kPending)));
  const auto parsed = ParseIntent(*text);
  if (parsed.value && parsed.value->id == id) return {};
  return Fail(ErrorCode::kNotFound,
              Cat(Named(kPending), ": drill ", Printable(id, 64), " is not pending"));
}

Result<void> DrillStore::Begin(const DrillIntent& intent) {
  if (!IsDrillId(intent.id)) return Fail(ErrorCode::kInvalid, "not the id of a drill");
  const auto lock = Locked("beginning a drill");
  if (!lock) return std::unexpected(lock.error());
  auto written = WriteNew(directory_.get(), kPending, IntentJson(intent));
  struct stat status{};
  if (!written && fstatat(directory_.get(), kPending, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return Fail(ErrorCode::kBusy, Cat(Named(kPending), " is there already"));
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
  if (const auto text = ReadText(directory_.get(), kHistory)) {
    const auto before = ParseHistory(*text);
    if (before.schema > kDrillSchema) {
      return Fail(ErrorCode::kInvalid, Cat(Named(kHistory), " is not ours to write"));
    }
    if (before.value) drills = *before.value;
  } else if (text.error().code != ErrorCode::kNotFound && !IsOdd(text.error())) {
    return std::unexpected(text.error().In(Named(kHistory)));
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
