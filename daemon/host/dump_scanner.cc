// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/dump_scanner.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

using Clock = std::chrono::steady_clock;

bool NewerCrash(const Dump& a, const Dump& b) {
  const auto key = [](const Dump& dump) {
    return std::tuple(dump.crash_time, dump.mtime, std::string_view(dump.directory),
                      std::string_view(dump.vmcore));
  };
  return key(a) > key(b);
}

// The coarsest clock of a file system: FAT counts in steps of two seconds.
bool Settled(const struct stat& status, std::int64_t now) {
  const std::int64_t changed = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
  return changed <= now - 2 || changed >= now + 2;
}

}  // namespace

struct DumpScanner::Place {
  const HostRoot& root;
  const DumpRules& rules;
  UniqueFd directory;
  std::string above;  // the directory's path after symlinks; "" for the root
};

DumpScanner::Marks DumpScanner::MarksOf(const struct stat& status) {
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
  return {number(status.st_dev),         number(status.st_ino),
          number(status.st_size),        number(status.st_nlink),
          number(status.st_mtim.tv_sec), number(status.st_mtim.tv_nsec),
          number(status.st_ctim.tv_sec), number(status.st_ctim.tv_nsec)};
}

Result<DumpList> DumpScanner::Look(const HostRoot& root, std::string_view crash_directory,
                                   const DumpRules& rules, Budget budget,
                                   const std::vector<Dump>* before) {
  const std::vector<Dump> none;
  if (before == nullptr || before->size() != count_) Forget();
  Place place{root, rules, {}, {}};
  if (auto listed = List(place, crash_directory); !listed) {
    Forget();
    return std::unexpected(listed.error());
  }
  ++looks_;
  const auto begin = Clock::now();  // listing thousands of names takes a while of its own
  const auto after = [&](auto start, int tenths) {
    return budget ? End(start + *budget * tenths / 10) : std::nullopt;
  };
  // Half for those that are being written: however many, the others have their turn.
  WorkThrough(place, Unsteady(), after(begin, 5));
  WorkThrough(place, Unseen(), after(begin, 10));
  const End end = after(begin, 10), fifth = after(Clock::now(), 2);
  WorkInTurn(place, std::min(end, fifth));

  DumpList list{.dumps = {}, .clipped = clipped_};
  list.partial =
      std::ranges::any_of(entries_, [](const auto& item) { return item.second.looked == 0; });
  list.dumps = Dumps(before != nullptr ? *before : none);
  return list;
}

// Opens the directory and brings entries_ up to date with the names in it.
Result<void> DumpScanner::List(Place& place, std::string_view crash_directory) {
  const auto where = place.root.Stat(crash_directory);
  if (!where) return std::unexpected(where.error());
  auto directory = place.root.OpenDirectory(crash_directory);
  if (!directory) return std::unexpected(directory.error());
  place.directory = *std::move(directory);
  if (where->resolved != "/") place.above = where->resolved;
  struct stat status{};
  if (fstat(place.directory.get(), &status) != 0) return FailSystem("crash directory", errno);
  const Marks marks = MarksOf(status);
  if (marks == listed_ && list_settled_) return {};
  auto names = NamesIn(place.directory.get(), kMaxDumpDirectories);
  if (!names) return std::unexpected(names.error().In(Cat("reading ", crash_directory)));
  if (marks[0] != listed_[0] || marks[1] != listed_[1]) {
    entries_.clear();
    looks_ = 0;
    changed_ = true;
  }
  listed_ = marks;
  list_settled_ = Settled(status, place.rules.now);
  clipped_ = names->clipped;
  Keep(std::move(names->names));
  return {};
}

// What is known of those that are still there, and the new ones.
void DumpScanner::Keep(std::vector<std::string> names) {
  Entries kept;
  for (std::string& name : names) {
    if (auto known = entries_.extract(name)) {
      kept.insert(std::move(known));
    } else {
      const std::int64_t stamp = StampOf(name).value_or(0);
      Entry& entry = kept[std::move(name)];
      entry.stamp = stamp;
      entry.newcomer = looks_ > 0;
    }
  }
  changed_ = changed_ || !entries_.empty();  // those are gone
  entries_ = std::move(kept);
}

// Everything has to be looked at again; which names are new is still known.
void DumpScanner::Forget() {
  for (auto& [name, entry] : entries_) {
    entry.looked = 0;
    entry.steady = false;
    entry.position.reset();
  }
  changed_ = true;
}

void DumpScanner::WorkOn(const Place& place, Entries::value_type& item) {
  auto& [name, entry] = item;
  const bool avoided = place.root.Avoids(Cat(place.above, '/', name));  // a mount that may hang
  DumpEntry now;
  if (!avoided) {
    now =
        LookAtEntry(place.directory.get(), name, place.rules, entry.steady ? entry.fingerprint : 0);
  }
  if (!now.unchanged) {
    changed_ = changed_ || entry.position || now.dump;
    entry.position.reset();
    entry.fresh = now.dump ? std::make_unique<Dump>(*std::move(now.dump)) : nullptr;
    if (entry.fresh) entry.fresh->newcomer = entry.newcomer;
  }
  entry.fingerprint = now.fingerprint;
  entry.steady = now.steady;
  entry.looked = looks_;
}

// At least one, and then until `end`.
void DumpScanner::WorkThrough(const Place& place, const Queue& queue, End end) {
  for (auto* const item : queue) {
    WorkOn(place, *item);
    if (end && Clock::now() >= *end) return;
  }
}

// The settled ones, each once at most, from where the look before ended.
void DumpScanner::WorkInTurn(const Place& place, End end) {
  auto next = entries_.upper_bound(turn_);
  for (std::size_t i = 0; i < entries_.size(); ++i, ++next) {
    if (next == entries_.end()) next = entries_.begin();
    if (!next->second.steady || next->second.looked == looks_) continue;
    WorkOn(place, *next);
    turn_ = next->first;
    if (end && Clock::now() >= *end) return;
  }
}

// Those that an earlier look found changing or unreadable, the longest not looked at first.
DumpScanner::Queue DumpScanner::Unsteady() {
  Queue queue;
  for (auto& item : entries_) {
    if (item.second.looked != 0 && !item.second.steady) queue.push_back(&item);
  }
  std::ranges::sort(queue, {}, [](const auto* item) { return item->second.looked; });
  return queue;
}

// What no look has come to yet, the newest first.
DumpScanner::Queue DumpScanner::Unseen() {
  Queue queue;
  for (auto& item : entries_) {
    if (item.second.looked == 0) queue.push_back(&item);
  }
  std::ranges::sort(queue, std::ranges::greater{}, [](const auto* item) {
    return std::tuple(item->second.stamp, std::string_view(item->first));
  });
  return queue;
}

// The list of this look, and where each entry stands in it.
std::vector<Dump> DumpScanner::Dumps(const std::vector<Dump>& before) {
  if (!std::exchange(changed_, false)) return before;
  std::vector<std::pair<const Dump*, Entry*>> found;
  for (auto& [name, entry] : entries_) {
    if (entry.fresh) found.emplace_back(entry.fresh.get(), &entry);
    if (entry.position) found.emplace_back(&before[*entry.position], &entry);
  }
  std::ranges::sort(found,
                    [](const auto& a, const auto& b) { return NewerCrash(*a.first, *b.first); });
  std::vector<Dump> dumps;
  dumps.reserve(found.size());
  for (const auto& [dump, entry] : found) {
    entry->position = static_cast<std::uint32_t>(dumps.size());
    if (const auto fresh = std::move(entry->fresh)) {
      dumps.push_back(std::move(*fresh));
    } else {
      dumps.push_back(*dump);
    }
  }
  count_ = dumps.size();
  return dumps;
}

}  // namespace kdumpd
