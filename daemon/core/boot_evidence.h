// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is left of a boot that is over: what this daemon noted while it ran, and what others did.
// Times in seconds since the epoch, 0: not known. A boot id is 32 hexadecimal digits (BootIdOf).
namespace kdumpd {

// "1f2e3d4c-...", as /proc/sys/kernel/random/boot_id has it, or without dashes, as the journal has
// it: the 32 digits, in lower case; "" for anything else.
[[nodiscard]] std::string BootIdOf(std::string_view text);

// Whether this node can see the dumps that it writes.
enum class DumpSight {
  kHere,
  kRemote,     // on another machine: ssh, nfs, ...
  kRaw,        // a block device without a file system
  kUnmounted,  // a file system that is not mounted on the running node
  kUnknown,
};
inline constexpr int kDumpSights = 5;
[[nodiscard]] std::string_view Name(DumpSight sight);

// What the daemon notes while a boot runs: at its start, on change, else every kBeatSeconds.
struct Heartbeat {
  std::string boot_id;
  std::int64_t began = 0;     // of the boot: btime of /proc/stat
  std::int64_t first_at = 0;  // the daemon's first look in that boot
  std::int64_t beat_at = 0;   // the last
  std::optional<bool> armed;  // nothing: not known
  bool stopping = false;      // the system was going down in order
  bool left = false;          // the daemon was told to end while the system stayed up
  DumpSight sight = DumpSight::kUnknown;
  std::string target;  // where dumps would go, as a person reads it
  // crash_kexec_post_notifiers: pstore is written before the hop too. Also when it is not known.
  bool post_notifiers = false;
  bool watchdog = false;  // a watchdog said already then that it had reset the machine
  std::string kernel_release;
  std::vector<std::uint64_t> pstore;  // KeyOf the records that were there

  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
inline constexpr std::int64_t kBeatSeconds = 300;
// Between two changes that can wait: what flaps must not wear out the disk.
inline constexpr std::int64_t kBeatPauseSeconds = 10;

// One record of /var/log/wtmp that says when a boot began or ended, wtmp(5).
struct WtmpRecord {
  enum class Kind { kBoot, kShutdown };
  Kind kind = Kind::kBoot;
  std::int64_t time = 0;

  friend bool operator==(const WtmpRecord&, const WtmpRecord&) = default;
};

// A boot that is over, as the journal has it (sd-journal). Every text in it is hostile.
struct JournalBoot {
  std::string boot_id{};
  std::int64_t first = 0;       // its first entry
  std::int64_t last = 0;        // its last one
  bool shutdown = false;        // its last entries say that it went down in order
  bool capture_kernel = false;  // its kernel was started with elfcorehdr=: kdump was at work
  std::string panic{};          // the line of a panic, which seldom gets so far; "" none
  std::string text{};           // of a capture kernel: its newest lines, at most kJournalTextBytes

  friend bool operator==(const JournalBoot&, const JournalBoot&) = default;
};
inline constexpr std::size_t kJournalTextBytes = 64 << 10;
inline constexpr std::size_t kMostJournalBoots = 16;

}  // namespace kdumpd
