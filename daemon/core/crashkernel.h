// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The kernel's own reading of crashkernel=: kernel/crash_reserve.c (parse_crashkernel,
// parse_crashkernel_mem, parse_crashkernel_simple, get_last_crashkernel), lib/cmdline.c (memparse).
namespace kdumpd {

enum class CrashkernelError {
  kNone,
  kMissing,           // no crashkernel= at all, or only SIZE,cma
  kNotANumber,        // "Memory value expected" or a value that memparse does not move over
  kTrailingText,      // "unrecognized char": text after SIZE[@OFFSET]
  kDashExpected,      // "'-' expected"
  kColonExpected,     // "':' expected"
  kEndNotAfterStart,  // "end <= start"
  kSizeNotBelowRam,   // "invalid size"
  kNoRangeMatches,    // well formed, and no range covers this machine's memory
  kZero,              // "crashkernel size resulted in zero bytes"
  kAuto,              // crashkernel=auto: a patch of RHEL 8 and before; a parse error elsewhere
  kLowWithoutHigh,    // only crashkernel=SIZE,low: reserves nothing
};

// One crashkernel= occurrence, in the order of the command line.
struct CrashkernelArg {
  std::string value;   // what follows '=', to the next blank
  std::string suffix;  // "", "high", "low" or "cma"
};

struct CrashkernelRange {
  std::uint64_t start = 0;           // bytes, inclusive
  std::optional<std::uint64_t> end;  // bytes, exclusive; none: no upper bound
  std::uint64_t size = 0;            // bytes
  std::string text;                  // as written: "4G-64G:256M"
};

// What the kernel makes of the whole command line on a machine with `ram` bytes.
struct Crashkernel {
  std::vector<CrashkernelArg> args;  // every occurrence
  std::optional<std::size_t> used;   // index into args of the one that decides
  CrashkernelError error = CrashkernelError::kMissing;
  std::string error_at;                    // the token that is wrong, "" without one
  std::uint64_t size_bytes = 0;            // main region; 0 when nothing is reserved
  std::optional<std::uint64_t> low_bytes;  // an explicit SIZE,low beside SIZE,high
  std::optional<std::uint64_t> offset;     // bytes, of "@OFFSET"; none or 0: the kernel chooses
  std::optional<CrashkernelRange> range;   // the one that matched, extended syntax only
  bool last_range_bounded = false;         // extended syntax whose last range has an end
  std::optional<std::uint64_t> last_range_end;
  // Extended syntax: a range after the one that matched is malformed. Works here, and reserves
  // nothing on a machine with more memory: the kernel parses ranges only up to the first match.
  bool later_range_malformed = false;
  std::string later_range_text;
  bool high_ignored = false;      // ",high" beside an un-suffixed one, which alone counts
  bool low_without_high = false;  // ",low" that has no effect
  bool repeated = false;          // several un-suffixed ones: the last counts
};

// kNone means 0 < size_bytes < ram_bytes, but for crashkernel=auto that is allowed: there the
// kernel takes a size from its own table, and size_bytes is 0. `ram_bytes` as the kernel counts it
// (memblock); rounded up to 128 MiB in here, as the kernel does before it compares ranges.
// `allow_auto`: a kernel that knows crashkernel=auto (RHEL 8 and before).
[[nodiscard]] Crashkernel EvaluateCrashkernel(std::string_view cmdline, std::uint64_t ram_bytes,
                                              bool allow_auto = false);

// Linux memparse(): 0x hex, leading 0 octal, else decimal, then one of K M G T P E in either case.
// Moves `text` past what it read. As in the kernel, a unit without digits is 0. Nothing, and `text`
// where it was, when there is neither or the value overflows (the kernel wraps it).
[[nodiscard]] std::optional<std::uint64_t> MemParse(std::string_view& text);

// Stable snake_case code, and one sentence in the kernel's own words.
[[nodiscard]] std::string_view ReasonCode(CrashkernelError error);
[[nodiscard]] std::string_view Sentence(CrashkernelError error);

}  // namespace kdumpd
