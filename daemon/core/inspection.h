// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_report.h"
#include "daemon/core/dump.h"

// What one look into a dump found: the answer of kdumpd-inspect, and what its parent makes of it.
// Every text in it comes from the dump and is hostile.
namespace kdumpd {

// How far a dump is checked; each level does what the ones before it do.
enum class CheckLevel {
  kHeaders,      // L0: header, notes, what the writer says of itself
  kCheap,        // L1: also the bitmap, the last descriptors, the end of the data
  kSampled,      // L1s: also some 64 pages, spread over the dump, decompressed
  kDescriptors,  // L2: every page descriptor within bounds
  kPages,        // L3: every page decompressed
};
inline constexpr int kCheckLevels = 5;
[[nodiscard]] std::string_view Name(CheckLevel level);  // "headers", "cheap", "sampled", ...

// Whether the dump is whole. The reason is a stable code (docs/inspect.md lists them all), the
// detail one sentence with the numbers.
struct Wholeness {
  DumpState state = DumpState::kUnknown;
  std::string reason;
  std::string detail;
  CheckLevel level = CheckLevel::kHeaders;   // how far the check came
  std::optional<std::uint64_t> needs_bytes;  // where the data end by the dump's own account
  std::optional<std::uint64_t> pages;        // in the dump
  std::uint64_t pages_checked = 0;           // descriptors (L2) or contents (L1s, L3) looked at
  std::uint64_t pages_bad = 0;

  friend bool operator==(const Wholeness&, const Wholeness&) = default;
};

// One file of `makedumpfile --split`: the page frames it holds.
struct SplitRange {
  std::uint64_t start_pfn = 0;
  std::uint64_t end_pfn = 0;  // one past the last
  std::uint64_t parts = 1;    // how many files of the set were looked at together

  friend bool operator==(const SplitRange&, const SplitRange&) = default;
};

// The kernel log that was found in the dump.
struct LogFacts {
  std::string kind;           // "ring" (5.10+), "records" (3.5 to 5.9), "" when there is none
  std::string reason;         // why there is none, or why it is not whole: stable code; else ""
  std::string detail;         // the same as a sentence
  std::uint64_t records = 0;  // kept
  std::uint64_t dropped_older = 0;  // records or bytes older than what is kept, by the caps
  std::uint64_t lost = 0;           // records that could not be read, with kept ones around them
  std::optional<std::uint64_t> first_sequence;  // of the first record kept; printk's own number
  // Of the newest record that the kernel itself wrote (facility 0): microseconds since boot.
  std::optional<std::uint64_t> uptime_us;

  friend bool operator==(const LogFacts&, const LogFacts&) = default;
};

// Times in seconds since the epoch; nothing or "" where it is not known.
struct Inspection {
  DumpFormat format = DumpFormat::kNone;  // of what is inside: kdump, elf, other ...
  std::string container;    // "", "flattened", "gzip", "bzip2", "xz", "lz4", "zstd", "lzop"
  std::uint64_t bytes = 0;  // size of the file (of all files of a split set)
  std::string compression;  // "none", "zlib", "lzo", "snappy", "zstd"; "" not known
  std::optional<int> header_version;  // kdump: 1 to 6
  std::optional<int> dump_level;      // kdump: 0 to 31
  std::optional<std::uint64_t> page_size;
  bool erased = false;  // makedumpfile's filter has overwritten some data
  std::optional<SplitRange> split;
  Wholeness wholeness;

  std::string architecture;  // "x86_64", "aarch64", "ppc64le", "s390x" ... as uname -m
  std::string kernel_release;
  std::string kernel_version;  // uname -v
  std::string node;            // the host name the kernel had
  std::string build_id;        // hexadecimal
  std::optional<std::int64_t> crash_time;
  std::optional<std::uint32_t> cpus;  // that saved their registers
  std::string translation;            // why virtual addresses could not be read; "" when they could
  LogFacts log;
  std::optional<CrashReport> crash;  // what the log says of it

  friend bool operator==(const Inspection&, const Inspection&) = default;
};

// Clips every text and makes it valid UTF-8 without control characters, and turns what contradicts
// the documented ranges (dump_level 0 to 31, page size a power of two ...) to unknown. The helper
// applies it before it answers, and its parent again: it does not trust the helper.
void Sanitize(Inspection& inspection);
// In the place of a reason that is no code.
inline constexpr std::string_view kInvalidReason = "invalid_reason";

// Of a look that did not come to an answer: unknown, with the reason.
[[nodiscard]] Inspection Uninspected(std::uint64_t bytes, std::string_view reason,
                                     std::string_view detail);

// Whether by that reason the helper ended over what it had to do. A log can be made to cost more
// than there is: whether the dump is whole can be told without.
[[nodiscard]] bool CostTooMuch(std::string_view reason);
// What the log beside it says, of a dump whose own cannot be read: the capture kernel saves it
// first. `path`: of that log. Nothing when it is no log.
void TakeLogBeside(const Inspection& beside, std::string_view path, Inspection& inspection);

// Turns to kWriting "recent_change" what is not whole and has changed a moment ago (`recent`), and
// what has changed while it was looked at (`changed`): then no two bytes belong together.
void DoubtWhileWritten(Inspection& inspection, bool changed, bool recent);

// `kdumpd inspect` exits so: 0 whole, 1 incomplete, truncated or damaged, 2 not a dump, 3 cannot
// tell.
[[nodiscard]] int ExitStatus(const Inspection& inspection);
// Of several paths the worst: a dump that is not whole, then what cannot be told, then what is no
// dump.
[[nodiscard]] int Worse(int one, int other);

}  // namespace kdumpd
