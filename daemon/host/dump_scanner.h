// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/dump.h"
#include "daemon/host/dump_entry.h"
#include "daemon/host/host_root.h"

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
// Remembers what it found. A look that may spend `budget` besides the listing looks first at what
// is new, the newest names first, and at what is being written; then at what it has not looked at
// for longest, so that with thousands of dumps a change inside of one shows after a few looks. Some
// of each always.
class DumpScanner {
 public:
  using Budget = std::optional<std::chrono::milliseconds>;  // none: as long as it takes
  [[nodiscard]] Result<DumpList> Look(const HostRoot& root, std::string_view crash_directory,
                                      const DumpRules& rules, Budget budget = {});

 private:
  struct Entry {
    std::uint64_t fingerprint = 0;
    std::int64_t stamp = 0;    // of the name; 0 without one
    std::uint32_t looked = 0;  // the number of the look that saw it last; 0: none yet
    bool steady = false;
    std::unique_ptr<const Dump> dump;  // none: it is no dump
  };
  using Entries = std::map<std::string, Entry>;
  using Queue = std::vector<Entries::value_type*>;

  void Keep(const HostRoot& root, const std::string& above, std::vector<std::string> names);
  void Work(int directory, const DumpRules& rules, const Queue& queue,
            std::optional<std::chrono::steady_clock::time_point> end);
  [[nodiscard]] Queue Unsteady();
  [[nodiscard]] Queue Rest();

  Entries entries_;
  std::uint64_t device_ = 0;  // of the crash directory
  std::uint64_t inode_ = 0;
  std::uint32_t looks_ = 0;
};

}  // namespace kdumpd
