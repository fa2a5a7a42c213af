// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/inspection_text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/crash_text.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr std::size_t kPathBytes = 4096;
constexpr std::size_t kLabelWidth = 12;
constexpr std::uint64_t kLongAgoUs = 60'000'000;

// In the order of DumpState.
struct Headline {
  std::string_view words;
  std::string_view colour;
};
constexpr std::array<Headline, kDumpStates> kHeadlines{{{"being written", kYellow},
                                                        {"whole", kGreen},
                                                        {"INCOMPLETE", kRed},
                                                        {"TRUNCATED", kRed},
                                                        {"DAMAGED", kRed},
                                                        {"a kernel log", kGreen},
                                                        {"cannot tell", kMagenta},
                                                        {"gone", kYellow}}};
constexpr Headline kNoDump{"not a dump", kYellow};

constexpr std::array<std::string_view, kDumpFormats> kFormats{
    "", "kdump-compressed", "ELF core", "flattened", "compressed as a whole", "", "kernel log"};

Headline HeadlineOf(const Inspection& inspection) {
  if (ExitStatus(inspection) == 2) return kNoDump;
  return kHeadlines[static_cast<std::size_t>(inspection.wholeness.state)];
}

// "8.3 MiB of 13.8 MiB", and to the byte where that would say nothing.
std::string HasOf(std::uint64_t has, std::uint64_t needs) {
  const std::string have = FormatBytes(has), want = FormatBytes(needs);
  if (have == want) return Cat("has ", has, " of ", needs, " bytes");
  return Cat("has ", have, " of ", want);
}

// "whole", "TRUNCATED: has 8.3 MiB of 13.8 MiB (data_cut)"
std::string Verdict(const Inspection& inspection, bool colour) {
  const Wholeness& whole = inspection.wholeness;
  const Headline headline = HeadlineOf(inspection);
  std::string line = Coloured(headline.words, headline.colour, colour);
  if (ExitStatus(inspection) == 0) return line;
  const bool cut = whole.state == DumpState::kTruncated && whole.needs_bytes &&
                   *whole.needs_bytes > inspection.bytes;
  if (cut) line += Cat(": ", HasOf(inspection.bytes, *whole.needs_bytes));
  if (!cut && !whole.detail.empty()) line += Cat(": ", Shown(whole.detail));
  return Cat(line, " (", Shown(whole.reason), ')');
}

// What crashed, where that is known; whether the dump is whole then follows below.
std::string FirstLine(const Inspection& inspection, std::string_view path, bool colour) {
  const std::string start = path.empty() ? "" : Cat(Printable(path, kPathBytes), ": ");
  if (!inspection.crash) {
    const bool log = inspection.wholeness.state == DumpState::kLogOnly;
    return Cat(start, Verdict(inspection, colour), log ? ", no crash in it" : "", '\n');
  }
  const CrashReport& crash = *inspection.crash;
  return Cat(start, Coloured(Shown(crash.title), crash.fatal ? kRed : kYellow, colour),
             crash.fatal ? "" : " (the log tells of no end)", '\n');
}

// Those that say something, in one line.
std::string Joined(const std::vector<std::string>& parts) {
  std::string line;
  for (const std::string& part : parts) {
    if (!part.empty()) line += Cat(line.empty() ? "" : ", ", Shown(part));
  }
  return line;
}

std::string FormatRow(const Inspection& inspection) {
  const std::string_view format = kFormats[static_cast<std::size_t>(inspection.format)];
  if (format.empty() && inspection.bytes == 0) return "";
  const std::string& container = inspection.container;
  const std::string& pages = inspection.compression;
  const auto level = inspection.dump_level;
  const auto page_size = inspection.page_size;
  return Joined(
      {std::string(format),
       container == "flattened" || container.empty() ? container : Cat("inside ", container),
       pages.empty()     ? ""
       : pages == "none" ? "not compressed"
                         : pages,
       level ? Cat("dump level ", *level) : "",
       page_size ? Cat(FormatBytes(*page_size), " pages") : "", FormatBytes(inspection.bytes)});
}

// With the verdict where the first line has none.
std::string DumpRow(const Inspection& inspection, bool colour) {
  std::string format = FormatRow(inspection);
  if (!inspection.crash || inspection.wholeness.state == DumpState::kLogOnly) return format;
  return Cat(Verdict(inspection, colour), format.empty() ? "" : "; ", format);
}

std::string SplitRow(const std::optional<SplitRange>& split) {
  if (!split) return "";
  return Cat("page frames ", split->start_pfn, " to ", split->end_pfn, ", ", split->parts,
             split->parts == 1 ? " file" : " files", " of the set looked at");
}

std::string WhenRow(const Inspection& inspection) {
  const auto uptime = inspection.log.uptime_us;
  const auto at = inspection.crash ? inspection.crash->at_us : std::nullopt;
  const bool long_ago = at && uptime && *uptime > *at + kLongAgoUs;
  return Joined({inspection.crash_time ? Rfc3339(*inspection.crash_time) : "",
                 uptime ? Cat("up ", FormatSeconds(*uptime / 1'000'000)) : "",
                 long_ago ? Cat("reported when up ", FormatSeconds(*at / 1'000'000)) : ""});
}

std::string CheckedRow(const Inspection& inspection) {
  constexpr std::string_view kEnds = "headers, the end of the data";
  constexpr std::array<std::string_view, kCheckLevels> kLooked{
      "headers", kEnds, kEnds, "headers, every page descriptor", "headers, every page"};
  if (inspection.format != DumpFormat::kKdump && inspection.format != DumpFormat::kElf) return "";
  const Wholeness& whole = inspection.wholeness;
  std::string counts;
  if (whole.pages_checked > 0) {
    counts = Cat("; ", whole.pages_checked, whole.pages ? Cat(" of ", *whole.pages) : "",
                 " pages, ", whole.pages_bad, " bad");
  }
  const bool deeper = whole.level == CheckLevel::kSampled && whole.state == DumpState::kComplete;
  return Cat(kLooked[static_cast<std::size_t>(whole.level)], counts,
             deeper ? "; --deep reads all" : "");
}

std::string LogRow(const LogFacts& log) {
  const std::string why = log.reason.empty() ? "" : Cat(log.detail, " (", log.reason, ')');
  if (log.reason == "no_translation") return "none: it needs the memory";
  if (log.kind.empty() || (log.records == 0 && !why.empty()))
    return why.empty() ? "" : Cat("none: ", Shown(why));
  return Joined({Cat(log.records, " records"),
                 log.dropped_older > 0 ? Cat(log.dropped_older, " older left out") : "",
                 log.lost > 0 ? Cat(log.lost, " lost") : "", why});
}

// What the first line had no room for.
std::string ProblemRow(const Inspection& inspection) {
  const Wholeness& whole = inspection.wholeness;
  const bool told = whole.state != DumpState::kTruncated || !whole.needs_bytes;
  return told ? "" : Shown(whole.detail);
}

}  // namespace

std::string InspectionText(const Inspection& inspection, std::string_view path, bool colour) {
  const std::string translation =
      inspection.translation.empty() ? "" : Cat("not readable: ", Shown(inspection.translation));
  std::vector<TextRow> rows{
      {"when", WhenRow(inspection)},
      {"where", Joined({inspection.node, inspection.kernel_release, inspection.architecture,
                        inspection.kernel_version})},
      {"dump", DumpRow(inspection, colour)},
      {"problem", ProblemRow(inspection)},
      {"split", SplitRow(inspection.split)},
      {"erased", inspection.erased ? "some data, by makedumpfile's filter" : ""},
  };
  const auto add = [&rows](std::vector<TextRow> more) {
    std::ranges::move(more, std::back_inserter(rows));
  };
  if (inspection.crash) add(CrashRows(*inspection.crash));
  add({{"cpus", inspection.cpus ? Cat(*inspection.cpus) : ""},
       {"checked", CheckedRow(inspection)},
       {"memory", translation},
       {"log", LogRow(inspection.log)}});
  if (inspection.crash) add(LastLineRows(*inspection.crash));
  std::string text = FirstLine(inspection, path, colour);
  for (const auto& [label, value] : rows) {
    if (value.empty()) continue;
    text += Cat("  ", label, std::string(kLabelWidth - label.size(), ' '), value, '\n');
  }
  return text;
}

}  // namespace kdumpd
