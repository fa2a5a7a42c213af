// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crashkernel.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <expected>
#include <limits>

namespace kdumpd {
namespace {

constexpr std::string_view kName = "crashkernel=";
constexpr std::array<std::string_view, 3> kSuffixes{",high", ",low", ",cma"};
constexpr std::size_t kMaxArgs = 64;  // the last ones are kept; only they can count
constexpr std::uint64_t kRamStep = 128ULL << 20U;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

struct Refusal {
  CrashkernelError error;
  std::string_view at;
};
template <class T>
using Parsed = std::expected<T, Refusal>;

std::unexpected<Refusal> Refuse(CrashkernelError error, std::string_view at) {
  return std::unexpected(Refusal{error, at});
}

std::string_view SuffixOf(std::string_view value) {
  for (const std::string_view suffix : kSuffixes) {
    if (value.ends_with(suffix)) return suffix.substr(1);
  }
  return {};
}

// By substring, not by word: "xcrashkernel=1G" counts, and quotes mean nothing. Only a blank ends a
// value (get_last_crashkernel).
std::vector<CrashkernelArg> FindArgs(std::string_view cmdline) {
  std::vector<CrashkernelArg> args;
  // /proc/cmdline adds a newline to the kernel's string, which ends at the first NUL.
  cmdline = cmdline.substr(0, cmdline.find('\0'));
  if (cmdline.ends_with('\n')) cmdline.remove_suffix(1);
  for (auto at = cmdline.find(kName); at != cmdline.npos; at = cmdline.find(kName, at + 1)) {
    std::string_view value = cmdline.substr(at + kName.size());
    value = value.substr(0, value.find(' '));
    if (args.size() == kMaxArgs) args.erase(args.begin());
    args.push_back({std::string(value), std::string(SuffixOf(value))});
  }
  return args;
}

std::optional<std::size_t> LastWith(const std::vector<CrashkernelArg>& args,
                                    std::string_view suffix) {
  const auto found = std::find_if(args.rbegin(), args.rend(),
                                  [&](const auto& arg) { return arg.suffix == suffix; });
  if (found == args.rend()) return std::nullopt;
  return static_cast<std::size_t>(args.rend() - found) - 1;
}

Parsed<std::uint64_t> ParseSize(std::string_view& text) {
  if (const auto size = MemParse(text)) return *size;
  return Refuse(CrashkernelError::kNotANumber, text);
}

std::string_view RangeText(std::string_view text) {
  return text.substr(0, text.find_first_of(",@"));
}

// START-[END]:SIZE, as far as the kernel reads it.
Parsed<CrashkernelRange> ParseRange(std::string_view& text) {
  const std::string_view whole = RangeText(text);
  const auto expect = [&](char separator) {
    if (!text.starts_with(separator)) return false;
    text.remove_prefix(1);
    return true;
  };
  CrashkernelRange range;
  range.text = whole;
  const auto start = ParseSize(text);
  if (!start) return Refuse(start.error().error, whole);
  range.start = *start;
  if (!expect('-')) return Refuse(CrashkernelError::kDashExpected, whole);
  if (!text.starts_with(':')) {
    const auto end = ParseSize(text);
    if (!end) return Refuse(end.error().error, whole);
    if (*end <= range.start) return Refuse(CrashkernelError::kEndNotAfterStart, whole);
    range.end = *end;
  }
  if (!expect(':')) return Refuse(CrashkernelError::kColonExpected, whole);
  const auto size = ParseSize(text);
  if (!size) return Refuse(size.error().error, whole);
  range.size = *size;
  return range;
}

std::uint64_t RoundedRam(std::uint64_t ram) {
  if (ram > kMax - (kRamStep - 1)) return kMax / kRamStep * kRamStep;
  return (ram + kRamStep - 1) / kRamStep * kRamStep;
}

bool Covers(const CrashkernelRange& range, std::uint64_t ram) {
  return ram >= range.start && (!range.end || ram < *range.end);
}

// The ranges behind the one that matched. This kernel never looks at them; one with more memory
// does.
void ReadLaterRanges(std::string_view text, Crashkernel& result) {
  while (!text.empty() && !text.starts_with('@')) {
    const std::string_view whole = text;
    const bool more = text.starts_with(',');
    if (more) text.remove_prefix(1);
    const auto range = more ? ParseRange(text) : Refuse(CrashkernelError::kTrailingText, whole);
    if (!range) {
      result.later_range_malformed = true;
      result.later_range_text = range.error().at;
      return;
    }
    result.last_range_end = range->end;
  }
}

// "@OFFSET" behind the range that matched, whatever stands in between.
Parsed<std::optional<std::uint64_t>> ParseOffset(std::string_view text) {
  const auto at = text.find('@');
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at + 1);
  const auto offset = MemParse(text);
  if (!offset) return Refuse(CrashkernelError::kNotANumber, text);
  return offset;
}

// The range that matched; the kernel reads an offset only behind a size that is not zero.
Parsed<std::uint64_t> TakeRange(const CrashkernelRange& range, std::string_view rest,
                                Crashkernel& result) {
  result.range = range;
  ReadLaterRanges(rest, result);
  if (range.size == 0) return 0;
  const auto offset = ParseOffset(rest);
  if (!offset) return std::unexpected(offset.error());
  result.offset = *offset;
  return range.size;
}

// RANGE[,RANGE...][@OFFSET] (parse_crashkernel_mem).
Parsed<std::uint64_t> ParseExtended(std::string_view text, std::uint64_t ram, Crashkernel& result) {
  const std::uint64_t rounded = RoundedRam(ram);
  for (;;) {
    const std::string_view whole = RangeText(text);
    const auto range = ParseRange(text);
    if (!range) return std::unexpected(range.error());
    result.last_range_end = range->end;
    // Ranges that do not match must be smaller than this machine too.
    if (range->size >= rounded) return Refuse(CrashkernelError::kSizeNotBelowRam, whole);
    if (Covers(*range, rounded)) return TakeRange(*range, text, result);
    if (!text.starts_with(',')) break;
    text.remove_prefix(1);
  }
  // The kernel says no more than "zero bytes" for both.
  const bool whole = text.empty() || text.starts_with('@');
  return Refuse(whole ? CrashkernelError::kNoRangeMatches : CrashkernelError::kTrailingText, text);
}

// SIZE[@OFFSET] (parse_crashkernel_simple). An offset is not checked, nor is what follows it.
Parsed<std::uint64_t> ParseSimple(std::string_view text, Crashkernel& result) {
  const auto size = ParseSize(text);
  if (!size) return size;
  if (text.starts_with('@')) {
    text.remove_prefix(1);
    result.offset = MemParse(text).value_or(0);
  } else if (!text.empty()) {
    return Refuse(CrashkernelError::kTrailingText, text);
  }
  return size;
}

Parsed<std::uint64_t> ParsePlain(const std::string& value, std::uint64_t ram, Crashkernel& result) {
  if (value.starts_with("auto")) return Refuse(CrashkernelError::kAuto, value);
  return value.find(':') != value.npos ? ParseExtended(value, ram, result)
                                       : ParseSimple(value, result);
}

// SIZE,SUFFIX (parse_crashkernel_suffix).
Parsed<std::uint64_t> ParseSuffixed(const CrashkernelArg& arg) {
  std::string_view text = arg.value;
  const auto size = ParseSize(text);
  if (size && text.size() != arg.suffix.size() + 1) {
    return Refuse(CrashkernelError::kTrailingText, text);
  }
  return size;
}

// SIZE,high and the SIZE,low beside it, which may be zero and must not be malformed.
Parsed<std::uint64_t> ParseHigh(const CrashkernelArg& high, const CrashkernelArg* low,
                                Crashkernel& result) {
  const auto size = ParseSuffixed(high);
  if (!size || *size == 0 || low == nullptr) return size;
  const auto low_size = ParseSuffixed(*low);
  if (!low_size) return low_size;
  result.low_bytes = *low_size;
  return size;
}

// What parse_crashkernel checks at its end. Not against the rounded memory.
Parsed<std::uint64_t> Fitting(Parsed<std::uint64_t> size, std::uint64_t ram) {
  if (size && *size == 0) return Refuse(CrashkernelError::kZero, "");
  if (size && *size >= ram) return Refuse(CrashkernelError::kSizeNotBelowRam, "");
  return size;
}

struct ErrorText {
  CrashkernelError error;
  std::string_view code;
  std::string_view sentence;
};
constexpr std::array kErrorTexts{
    ErrorText{CrashkernelError::kNone, "none", "the kernel accepts it"},
    ErrorText{CrashkernelError::kMissing, "missing",
              "no crashkernel=SIZE on the kernel command line"},
    ErrorText{CrashkernelError::kNotANumber, "not_a_number", "memory value expected"},
    ErrorText{CrashkernelError::kTrailingText, "trailing_text", "unrecognized char after the size"},
    ErrorText{CrashkernelError::kDashExpected, "dash_expected", "'-' expected"},
    ErrorText{CrashkernelError::kColonExpected, "colon_expected", "':' expected"},
    ErrorText{CrashkernelError::kEndNotAfterStart, "end_not_after_start", "end <= start"},
    ErrorText{CrashkernelError::kSizeNotBelowRam, "size_not_below_ram",
              "invalid size: not smaller than this machine's memory"},
    ErrorText{CrashkernelError::kNoRangeMatches, "no_range_matches",
              "crashkernel size resulted in zero bytes: no range covers this machine's memory"},
    ErrorText{CrashkernelError::kZero, "zero", "crashkernel size resulted in zero bytes"},
    ErrorText{CrashkernelError::kAuto, "auto",
              "memory value expected: this kernel does not know crashkernel=auto"},
    ErrorText{CrashkernelError::kLowWithoutHigh, "low_without_high",
              "SIZE,low reserves nothing without SIZE,high"},
};

const ErrorText& TextOf(CrashkernelError error) {
  return *std::ranges::find(kErrorTexts, error, &ErrorText::error);
}

}  // namespace

std::optional<std::uint64_t> MemParse(std::string_view& text) {
  constexpr std::string_view kUnits = "kmgtpe";
  constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
  const auto lower = [&](std::size_t i) { return i < text.size() ? text[i] | 0x20 : 0; };
  const bool hex = text.starts_with('0') && lower(1) == 'x' && text.size() > 2 &&
                   kHexDigits.find(text[2]) != kHexDigits.npos;
  const int base = hex ? 16 : text.starts_with('0') ? 8 : 10;
  const char* const first = text.data() + (hex ? 2 : 0);
  std::uint64_t value = 0;
  const auto [last, code] = std::from_chars(first, text.data() + text.size(), value, base);
  if (code == std::errc::result_out_of_range) return std::nullopt;
  auto read = static_cast<std::size_t>(last - text.data());
  const auto unit = kUnits.find(static_cast<char>(lower(read)));
  if (unit != kUnits.npos) {
    const std::size_t shift = 10 * (unit + 1);
    if (value > kMax >> shift) return std::nullopt;
    value <<= shift;
    ++read;
  }
  if (read == 0) return std::nullopt;
  text.remove_prefix(read);
  return value;
}

Crashkernel EvaluateCrashkernel(std::string_view cmdline, std::uint64_t ram_bytes,
                                bool allow_auto) {
  Crashkernel result;
  result.args = FindArgs(cmdline);
  const auto plain = LastWith(result.args, "");
  const auto high = LastWith(result.args, "high");
  const auto low = LastWith(result.args, "low");
  result.used = plain ? plain : high;
  result.repeated = std::ranges::count(result.args, "", &CrashkernelArg::suffix) > 1;
  result.high_ignored = plain && high;
  result.low_without_high = low && (plain || !high);
  if (!result.used) {
    result.error = low ? CrashkernelError::kLowWithoutHigh : CrashkernelError::kMissing;
    return result;
  }
  const CrashkernelArg& used = result.args[*result.used];
  if (plain && allow_auto && used.value.starts_with("auto")) {
    result.error = CrashkernelError::kNone;
    return result;
  }
  const CrashkernelArg* const beside = low ? &result.args[*low] : nullptr;
  const auto size =
      Fitting(plain ? ParsePlain(used.value, ram_bytes, result) : ParseHigh(used, beside, result),
              ram_bytes);
  result.last_range_bounded = result.last_range_end.has_value();
  result.error = size ? CrashkernelError::kNone : size.error().error;
  if (size) result.size_bytes = *size;
  if (!size) result.error_at = size.error().at;
  return result;
}

std::string_view ReasonCode(CrashkernelError error) { return TextOf(error).code; }
std::string_view Sentence(CrashkernelError error) { return TextOf(error).sentence; }

}  // namespace kdumpd
