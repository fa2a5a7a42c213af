// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/record_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/durable_file.h"
#include "daemon/host/open_kind.h"
#include "daemon/host/parsed_file.h"
#include "daemon/host/record_json.h"
#include "daemon/host/state_file.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kDirectory[] = "crashes";
constexpr std::string_view kRecordEnd = ".json", kAckEnd = ".ack", kPrunedEnd = ".pruned",
                           kSendEnd = ".send";
constexpr std::size_t kMaxRecords = 20'000;
constexpr std::size_t kMaxBytes = 512 << 10;  // a report has at most 256 KiB
constexpr std::size_t kMaxNoteBytes = 256;
constexpr std::size_t kMostTaken = 64;  // notes in one look: each waits for the disk twice

std::string FileOf(std::string_view id) { return Cat(id, kRecordEnd); }

// The id in "<id>.json"; nothing for any other name.
std::optional<std::string_view> IdIn(std::string_view name, std::string_view end) {
  if (!name.ends_with(end)) return std::nullopt;
  name.remove_suffix(end.size());
  return IsCrashId(name) ? std::optional(name) : std::nullopt;
}

// Ours alone; those of notes are whose who leaves them.
bool IsUnfinished(std::string_view name) {
  const std::string end = UnfinishedName(std::string(kRecordEnd));
  return IdIn(name, end).has_value();
}

std::string PlaceIn(std::string_view path) {
  return Cat(path, std::string_view(path.empty() ? "" : "/"), kDirectory);
}

}  // namespace

Result<RecordStore> RecordStore::Open(int state_directory, std::string_view path) {
  const std::string place = PlaceIn(path);
  if (mkdirat(state_directory, kDirectory, 0700) != 0 && errno != EEXIST) {
    return FailSystem(Cat("making ", place), errno);
  }
  auto fd = OpenKindAt(state_directory, kDirectory, S_IFDIR);
  if (!fd) return std::unexpected(fd.error().In(Cat("opening ", place)));
  if (fsync(state_directory) != 0) return FailSystem(Cat("making ", place), errno);
  RecordStore store(*std::move(fd), place);
  if (auto loaded = store.Load(true); !loaded) return std::unexpected(loaded.error());
  return store;
}

Result<RecordStore> RecordStore::Peek(int state_directory, std::string_view path) {
  const std::string place = PlaceIn(path);
  auto fd = OpenKindAt(state_directory, kDirectory, S_IFDIR);
  if (!fd) return std::unexpected(fd.error().In(Cat("opening ", place)));
  RecordStore store(*std::move(fd), place);
  if (auto loaded = store.Load(false); !loaded) return std::unexpected(loaded.error());
  store.ShowNotes();
  return store;
}

Result<RecordStore> RecordStore::Peek(const std::string& state_directory) {
  const auto fd = OpenStateDirectory(state_directory);
  if (!fd) return std::unexpected(fd.error());
  return Peek(fd->get(), state_directory);
}

Result<void> RecordStore::Load(bool writer) {
  const auto listing = NamesIn(directory_.get(), 2 * kMaxRecords);
  if (!listing) return std::unexpected(listing.error().In(place_));
  for (const std::string& name : listing->names) {
    if (IdIn(name, kRecordEnd)) {
      LoadFile(name, writer);
    } else if (writer && IsUnfinished(name) && unlinkat(directory_.get(), name.c_str(), 0) == 0) {
      notes_.push_back(Cat(place_, ": removed an unfinished ", name));
    }
  }
  if (listing->clipped) notes_.push_back(Cat(place_, ": more files than are read"));
  std::ranges::sort(records_, std::greater(), &CrashRecord::crash_time);
  if (!writer) return {};
  for (CrashRecord& record : records_) TakeUp(record);
  return {};
}

void RecordStore::LoadFile(const std::string& name, bool writer) {
  const std::string_view id = *IdIn(name, kRecordEnd);
  auto found =
      ReadStateFile(At(name, kMaxBytes, writer), kRecordSchema, [&](std::string_view text) {
        ParsedRecord parsed = ParseRecord(text);
        if (parsed.record && parsed.record->id != id) parsed.record.reset();
        return ParsedFile<CrashRecord>{parsed.schema, std::move(parsed.record)};
      });
  if (!found.ours) {
    foreign_.emplace_back(id);
    found.note += ", its crash is not known here";
  }
  if (!found.note.empty()) notes_.push_back(std::move(found.note));
  if (found.value) records_.push_back(*std::move(found.value));
}

// Where it could not be written the next start comes to the same.
void RecordStore::TakeUp(CrashRecord& record) {
  CrashRecord after = record;
  AfterRestart(after);
  if (after == record) return;
  if (IsInspectionOver(after)) {
    notes_.push_back(Cat(place_, ": gave up the inspection of ", after.id, " after ",
                         after.attempts, " attempts: ", after.failure));
  }
  record = after;
  if (auto written = Write(after); !written) notes_.push_back(written.error().message);
}

StateFile RecordStore::At(const std::string& name, std::size_t most, bool writer) const {
  return {directory_.get(), place_, name, most, writer};
}

const CrashRecord* RecordStore::Find(std::string_view id) const {
  const auto found = std::ranges::find(records_, id, &CrashRecord::id);
  return found == records_.end() ? nullptr : &*found;
}

bool RecordStore::IsForeign(std::string_view id) const {
  return std::ranges::find(foreign_, id) != foreign_.end();
}

Result<void> RecordStore::Write(const CrashRecord& record, std::string_view report) {
  if (!IsCrashId(record.id)) return Fail(ErrorCode::kInvalid, "not the id of a crash");
  if (IsForeign(record.id)) {
    return Fail(ErrorCode::kInvalid, Cat("the file of ", record.id, " is not ours to write"));
  }
  std::string kept(report);
  if (report.empty()) {
    auto before = Report(record.id);
    if (!before && before.error().code != ErrorCode::kNotFound) {
      return std::unexpected(before.error());
    }
    kept = before.value_or("");
  }
  auto written = ReplaceFile(directory_.get(), FileOf(record.id), RecordJson(record, kept));
  if (!written) return std::unexpected(written.error().In(place_));
  const auto found = std::ranges::find(records_, record.id, &CrashRecord::id);
  if (found != records_.end()) {
    *found = record;
  } else {
    const auto place = std::ranges::upper_bound(records_, record.crash_time, std::greater(),
                                                &CrashRecord::crash_time);
    records_.insert(place, record);
  }
  return {};
}

Result<std::string> RecordStore::Report(std::string_view id) const {
  if (!IsCrashId(id)) return Fail(ErrorCode::kInvalid, "not the id of a crash");
  const auto text = At(FileOf(id), kMaxBytes).Text();
  if (!text) return std::unexpected(text.error().In(Cat("reading ", FileOf(id))));
  return ParseRecord(*text).report;
}

Result<void> RecordStore::Acknowledge(std::string_view id, std::string_view by,
                                      std::int64_t now) const {
  const CrashRecord* record = Find(id);
  if (record == nullptr) return Fail(ErrorCode::kNotFound, Cat("no crash ", Printable(id)));
  // A clock that was set back does not make it older than what it is about.
  return Note(Cat(id, kAckEnd), Cat(std::max(now, record->sealed_at), ' ', by, '\n'));
}

Result<void> RecordStore::NotePruned(std::string_view id, std::int64_t now) const {
  if (Find(id) == nullptr) return Fail(ErrorCode::kNotFound, Cat("no crash ", Printable(id)));
  return Note(Cat(id, kPrunedEnd), Cat(now, " retention\n"));
}

Result<std::int64_t> RecordStore::AskForUpload(std::string_view id,
                                               std::vector<std::string> destinations,
                                               std::int64_t now) const {
  if (!IsCrashId(id)) return Fail(ErrorCode::kInvalid, "not the id of a crash");
  const CrashRecord* record = Find(id);
  const std::string name = Cat(id, kSendEnd);
  if (const auto before = At(name, kMaxNoteBytes).Text()) {
    const auto words = Words(Trim(*before));
    for (std::size_t i = 1; i < words.size(); ++i) destinations.emplace_back(words[i]);
  }
  std::ranges::sort(destinations);
  const auto same = std::ranges::unique(destinations);
  destinations.erase(same.begin(), same.end());
  const auto last = [&](std::int64_t time) {
    return record != nullptr && std::ranges::any_of(record->uploads, [time](const auto& item) {
             return item.second.queued_at == time;
           });
  };
  while (last(now)) ++now;
  std::string text = std::to_string(now);
  for (const std::string& destination : destinations) text += Cat(" ", destination);
  if (auto noted = Note(name, text + "\n"); !noted) return std::unexpected(noted.error());
  return now;
}

// True when there was anything new in it.
bool RecordStore::TakeAsked(std::string_view names, std::int64_t when, CrashRecord& record) {
  bool any = false;
  for (const std::string_view name : Words(names)) {
    if (record.uploads.size() >= 2 * kMostTargets && !record.uploads.contains(name)) break;
    UploadRecord& upload = record.uploads[std::string(name)];
    if (when == upload.queued_at) continue;  // taken before
    upload.mark = record.mark;
    kdumpd::AskForUpload(upload, when);
    any = true;
  }
  return any;
}

// Of several that write the same note one goes after the other.
Result<void> RecordStore::Note(const std::string& name, std::string_view text) const {
  const auto turn = OpenAgain(directory_.get(), place_);
  if (!turn) return std::unexpected(turn.error());
  if (flock(turn->get(), LOCK_EX) != 0) {
    return FailSystem(Cat(place_, ": writing ", name), errno);
  }
  auto written = ReplaceFile(directory_.get(), name, text);
  if (!written) return std::unexpected(written.error().In(place_));
  return {};
}

std::optional<CrashRecord> RecordStore::Noted(const std::string& name) const {
  const auto acknowledged = IdIn(name, kAckEnd), pruned = IdIn(name, kPrunedEnd),
             asked = IdIn(name, kSendEnd);
  const auto id = acknowledged ? acknowledged : pruned ? pruned : asked;
  const CrashRecord* before = id ? Find(*id) : nullptr;
  const auto text = before != nullptr ? At(name, kMaxNoteBytes).Text()
                                      : Result<std::string>(Fail(ErrorCode::kNotFound, ""));
  if (!text) return std::nullopt;
  CrashRecord record = *before;
  const auto space = text->find(' ');
  const auto when = ParseUnsigned(text->substr(0, space));
  if (!when || space == std::string::npos || !std::in_range<std::int64_t>(*when)) return record;
  const auto time = std::max<std::int64_t>(static_cast<std::int64_t>(*when), 1);
  // Before what lies there now was there: of something else. A later one is said again, by name.
  if (acknowledged && time >= record.sealed_at && time > record.acknowledged_at) {
    record.acknowledged_at = time;
    record.acknowledged_by = Printable(Trim(text->substr(space + 1)), 64);
  }
  if (asked) TakeAsked(Trim(text->substr(space + 1)), time, record);
  if (pruned && record.pruned_at == 0) {
    record.pruned_at = time;
    if (record.gone_at == 0) record.gone_at = time;
  }
  return record;
}

Result<bool> RecordStore::TakeAcknowledgements() {
  const auto listing = NamesIn(directory_.get(), 2 * kMaxRecords);
  if (!listing) return std::unexpected(listing.error().In(place_));
  std::size_t taken = 0;
  asked_.clear();
  for (const std::string& name : listing->names) {
    const auto noted = Noted(name);
    const auto asked = IdIn(name, kSendEnd);
    const bool waits = asked && Find(*asked) == nullptr && asked_.size() < kMostTaken;
    if (waits) asked_.emplace_back(*asked);
    if (!noted) continue;
    if (*noted != *Find(noted->id)) {
      if (auto written = Write(*noted); !written) return std::unexpected(written.error());
      ++taken;
    }
    // Only now: whoever is killed before it finds the same again.
    (void)unlinkat(directory_.get(), name.c_str(), 0);
    if (taken == kMostTaken) break;
  }
  return taken > 0;
}

// In memory, for whoever only looks.
void RecordStore::ShowNotes() {
  const auto listing = NamesIn(directory_.get(), 2 * kMaxRecords);
  for (const std::string& name : listing ? listing->names : std::vector<std::string>()) {
    if (const auto noted = Noted(name)) {
      *std::ranges::find(records_, noted->id, &CrashRecord::id) = *noted;
    }
  }
}

}  // namespace kdumpd
