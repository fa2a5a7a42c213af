// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What a directory below the crash directory is, from names and a few bytes. File layouts:
// kdump-utils dracut/99kdumpbase/kdump.sh, Debian kdump-config, SUSE dracut/kdump-save. Bytes:
// makedumpfile diskdump_mod.h and IMPLEMENTATION, elf(5).
namespace kdumpd {

// Public contract (metric label, API): never renumbered, only added to.
enum class DumpState {
  kWriting = 0,
  kComplete = 1,
  kIncomplete = 2,  // the writer says so
  kTruncated = 3,   // the bytes end early
  kDamaged = 4,     // bytes contradict each other
  kLogOnly = 5,     // a kernel log and no vmcore
  kUnknown = 6,     // cannot tell, with the reason
  kGone = 7,        // was here
};
inline constexpr int kDumpStates = 8;
[[nodiscard]] std::string_view Name(DumpState state);

enum class DumpFormat { kNone, kKdump, kElf, kFlattened, kCompressedFile, kOther, kLog };
inline constexpr int kDumpFormats = 7;
[[nodiscard]] std::string_view Name(DumpFormat format);

// Enough for a flattened file's own header of 4 KiB and the dump header in its first record.
inline constexpr std::size_t kDumpHeadBytes = 8 << 10;
inline constexpr std::size_t kDumpTailBytes = 16;

// What the first and last bytes say. `head`: the first kDumpHeadBytes or the whole smaller file.
// `tail`: the last kDumpTailBytes. `bytes`: size of the file. Nothing in the bytes is trusted.
//
// Reasons: headers_checked (complete as far as the headers tell), end_marker_found,
// incomplete_flag, empty, header_cut, metadata_cut (before the pages begin), segments_cut,
// end_marker_missing, header_invalid, zero_filled, collector_refused,
// compressed_container, not_a_dump.
struct DumpProbe {
  DumpFormat format = DumpFormat::kNone;
  DumpState state = DumpState::kUnknown;
  std::string reason;                      // stable code: "end_marker_missing", ...
  std::optional<std::int64_t> crash_time;  // seconds since the epoch, from the dump header
};
[[nodiscard]] DumpProbe ProbeDump(std::span<const std::byte> head, std::span<const std::byte> tail,
                                  std::uint64_t bytes);

// One name in a dump directory.
struct DumpFile {
  std::string name;      // hostile
  bool regular = false;  // anything else is reported and never opened
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;  // seconds since the epoch
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::optional<DumpProbe> probe{};  // for a vmcore that could be opened
};

enum class DumpRole {
  kVmcore,
  kVmcoreUnfinished,
  kDmesg,
  kDmesgUnfinished,
  kKexecDmesg,
  kReadme,
  kOther,
};
[[nodiscard]] DumpRole RoleOf(std::string_view file_name);

// Crash time in a directory name, taken as UTC: "127.0.0.1-2026-11-22-07:15:03", "202611220715",
// "2026-11-22-07-15", "2026-11-22-07:15". Nothing for any other name.
[[nodiscard]] std::optional<std::int64_t> StampOf(std::string_view directory_name);

// "kdump-test-<seconds>-<nanoseconds>": where kdump.sh puts the dump of `kdumpctl test`. Somebody
// asked for that crash, so it is no news.
[[nodiscard]] bool IsSelfTest(std::string_view directory_name);

// Whether a judgement repeats what the writer says of its own work, by a name or SUSE's README:
// whole bytes do not refute it, since nobody else knows what was still to come.
[[nodiscard]] bool IsWritersWord(DumpState state, std::string_view reason);

// The same file with the same bytes, as far as can be told without reading it.
struct DumpMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;  // seconds since the epoch

  friend bool operator==(const DumpMark&, const DumpMark&) = default;
};

struct Dump {
  std::string directory;        // below the crash directory; hostile; "" for a file that lies in it
  std::string vmcore;           // file name; "" for log only
  std::string log;              // file name; "" without one
  std::uint64_t bytes = 0;      // of the vmcore; of the log when there is no vmcore
  std::int64_t mtime = 0;       // newest of the files
  std::int64_t crash_time = 0;  // dump header, else directory stamp, else mtime
  std::uint64_t inode = 0;      // of the directory; of the file that lies in none
  bool dated = false;           // the crash time is what the dump's header says
  DumpMark mark;                // of the vmcore; of the log when there is none
  DumpFormat format = DumpFormat::kNone;
  DumpState state = DumpState::kUnknown;
  std::string reason;
  bool historic = false;  // it was there before the first start on this node
  // Listed only after the first look of this process: whatever it is, it was not there before us.
  bool newcomer = false;
  // From the crash, by the dump's header, to the last byte of the vmcore; 0: not known.
  std::int64_t capture_seconds = 0;

  // The file that is looked at; "" in a directory without any.
  [[nodiscard]] const std::string& main() const { return vmcore.empty() ? log : vmcore; }
};

// Reads a directory's picture; directory "": a file that lies in the crash directory itself.
// `settled`: nothing in it has changed for as long as a writer may pause; `readme`: the text of
// SUSE's README.txt, "" without one. Nothing when it is no dump directory.
[[nodiscard]] std::optional<Dump> JudgeDump(std::string_view directory,
                                            const std::vector<DumpFile>& files,
                                            std::string_view readme, bool settled);

}  // namespace kdumpd
