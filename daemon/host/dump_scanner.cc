// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/dump_scanner.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <tuple>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

using Clock = std::chrono::steady_clock;

bool NewerCrash(const Dump* a, const Dump* b) {
  const auto key = [](const Dump& dump) {
    return std::tuple(dump.crash_time, dump.mtime, std::string_view(dump.directory),
                      std::string_view(dump.vmcore));
  };
  return key(*a) > key(*b);
}

}  // namespace

Result<DumpList> DumpScanner::Look(const HostRoot& root, std::string_view crash_directory,
                                   const DumpRules& rules, Budget budget) {
  const auto place = root.Stat(crash_directory);
  if (!place) return std::unexpected(place.error());
  const auto directory = root.OpenDirectory(crash_directory);
  if (!directory) return std::unexpected(directory.error());
  struct stat status{};
  if (fstat(directory->get(), &status) != 0) return FailSystem("crash directory", errno);
  if (status.st_dev != device_ || status.st_ino != inode_) entries_.clear();
  device_ = status.st_dev;
  inode_ = status.st_ino;
  auto listing = NamesIn(directory->get(), kMaxDumpDirectories);
  if (!listing) return std::unexpected(listing.error().In(Cat("reading ", crash_directory)));
  Keep(root, place->resolved == "/" ? "" : place->resolved, std::move(listing->names));

  ++looks_;
  const auto begin = Clock::now();  // listing thousands of names takes a while of its own
  // Half for those that are being written: however many, the others have their turn.
  const auto after = [&](int parts) {
    return budget ? std::optional(begin + *budget * parts / 2) : std::nullopt;
  };
  Work(directory->get(), rules, Unsteady(), after(1));
  Work(directory->get(), rules, Rest(), after(2));

  DumpList list{.dumps = {}, .clipped = listing->clipped};
  std::vector<const Dump*> found;
  for (const auto& [name, entry] : entries_) {
    if (entry.dump) found.push_back(entry.dump.get());
    list.partial = list.partial || entry.looked == 0;
  }
  std::ranges::sort(found, NewerCrash);
  list.dumps.reserve(found.size());
  for (const Dump* dump : found) list.dumps.push_back(*dump);
  return list;
}

// What is known of those that are still there, and the new ones.
void DumpScanner::Keep(const HostRoot& root, const std::string& above,
                       std::vector<std::string> names) {
  Entries kept;
  for (std::string& name : names) {
    if (root.Avoids(Cat(above, '/', name))) continue;  // a mount in here that may hang
    if (auto known = entries_.extract(name)) {
      kept.insert(std::move(known));
    } else {
      const std::int64_t stamp = StampOf(name).value_or(0);
      kept[std::move(name)].stamp = stamp;
    }
  }
  entries_ = std::move(kept);
}

// At least one, and then until `end`.
void DumpScanner::Work(int directory, const DumpRules& rules, const Queue& queue,
                       std::optional<Clock::time_point> end) {
  for (auto* const item : queue) {
    auto& [name, entry] = *item;
    DumpEntry now = LookAtEntry(directory, name, rules, entry.steady ? entry.fingerprint : 0);
    if (!now.unchanged) {
      entry.dump = now.dump ? std::make_unique<const Dump>(*std::move(now.dump)) : nullptr;
    }
    entry.fingerprint = now.fingerprint;
    entry.steady = now.steady;
    entry.looked = looks_;
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

// Everything else that this look has not looked at yet: first what no look ever has.
DumpScanner::Queue DumpScanner::Rest() {
  Queue queue;
  for (auto& item : entries_) {
    const Entry& entry = item.second;
    if (entry.looked == 0 || (entry.steady && entry.looked != looks_)) queue.push_back(&item);
  }
  std::ranges::sort(queue, [](const auto* a, const auto* b) {
    return std::tuple(a->second.looked, -a->second.stamp, std::string_view(b->first)) <
           std::tuple(b->second.looked, -b->second.stamp, std::string_view(a->first));
  });
  return queue;
}

}  // namespace kdumpd
