// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/dump.h"
#include "daemon/host/dump_entry.h"
#include "daemon/host/host_root.h"

struct stat;

namespace kdumpd {

struct DumpList {
  std::vector<Dump> dumps;  // newest crash first
  bool clipped = false;     // there were more entries than kMaxDumpDirectories
  bool partial = false;     // the time was over before every entry had been looked at once
};
inline constexpr std::size_t kMaxDumpDirectories = 10'000;

// Every dump directory below a crash directory and every bare vmcore in it. Symbolic links,
// devices, FIFOs and sockets are not followed and not opened. Reads at most a few KiB of each
// vmcore, and nothing of one that is what it was at an earlier look.
//
// Remembers what it has seen, and lists the names again only when the directory has changed. With a
// `budget`, a look takes, in this order and at least one of each:
// 1. what was being written or could not be read, the longest not looked at first, for half of it;
// 2. what is new, the newest stamps first, till the end of it;
// 3. what is settled, in turn, for a fifth of it: whether anything in there has changed.
// So one look may take more than its budget by the listing and three entries.
class DumpScanner {
 public:
  using Budget = std::optional<std::chrono::milliseconds>;  // none: as long as it takes
  // `before`: the list of the look before, which is not kept here; what is done to `historic` in it
  // stays. Null: every dump is looked at again.
  [[nodiscard]] Result<DumpList> Look(const HostRoot& root, std::string_view crash_directory,
                                      const DumpRules& rules, Budget budget = {},
                                      const std::vector<Dump>* before = nullptr);

 private:
  struct Entry {
    std::uint64_t fingerprint = 0;
    std::int64_t stamp = 0;                 // of the name; 0 without one
    std::unique_ptr<Dump> fresh;            // what this look found
    std::optional<std::uint32_t> position;  // else: in the list before; none: it is no dump
    std::uint32_t looked = 0;               // the number of the look that saw it last; 0: none yet
    bool steady = false;
    bool newcomer = false;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  using Queue = std::vector<Entries::value_type*>;
  using End = std::optional<std::chrono::steady_clock::time_point>;
  struct Place;  // what one look is about

  [[nodiscard]] Result<void> List(Place& place, std::string_view crash_directory);
  void Keep(std::vector<std::string> names);
  void Forget();
  void WorkOn(const Place& place, Entries::value_type& item);
  void WorkThrough(const Place& place, const Queue& queue, End end);
  void WorkInTurn(const Place& place, End end);
  [[nodiscard]] Queue Unsteady();
  [[nodiscard]] Queue Unseen();
  [[nodiscard]] std::vector<Dump> Dumps(const std::vector<Dump>& before);

  Entries entries_;
  // Of the crash directory when its names were listed: device, inode, size, links, mtime, ctime.
  using Marks = std::array<std::uint64_t, 8>;
  static Marks MarksOf(const struct stat& status);
  Marks listed_{};
  bool list_settled_ = false;  // a change since then must show in listed_
  bool clipped_ = false;
  bool changed_ = false;     // this look's list is another one than the list before
  std::size_t count_ = 0;    // of dumps in the list before
  std::string turn_;         // the settled entry that was looked at last
  std::uint32_t looks_ = 0;  // of this directory
};

}  // namespace kdumpd
