// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/dump.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kDumpStates> kStateNames = {
    "writing", "complete", "incomplete", "truncated", "damaged", "log_only", "unknown", "gone"};
constexpr std::array<std::string_view, kDumpFormats> kFormatNames = {
    "none", "kdump", "elf", "flattened", "compressed_file", "other", "log"};

struct RoleRow {
  std::string_view name;
  DumpRole role;
};
constexpr RoleRow kWholeNames[] = {
    {"vmcore-dmesg.txt", DumpRole::kDmesg},  // RHEL family
    {"vmcore-dmesg-incomplete.txt", DumpRole::kDmesgUnfinished},
    {"kexec-dmesg.log", DumpRole::kKexecDmesg},
    {"kexec-dmesg-incomplete.log", DumpRole::kKexecDmesg},
    {"dmesg", DumpRole::kDmesg},  // SUSE
    {"dmesg.txt", DumpRole::kDmesg},
    {"README.txt", DumpRole::kReadme},
};
// Names whose first piece decides, when every further piece between dots is a stamp, the number of
// a part, or a known ending.
constexpr RoleRow kFirstPieces[] = {
    {"vmcore", DumpRole::kVmcore},
    {"vmcore-incomplete", DumpRole::kVmcoreUnfinished},
    {"dump", DumpRole::kVmcore},  // Debian; always with a stamp
    {"dump-incomplete", DumpRole::kVmcoreUnfinished},
    {"dmesg", DumpRole::kDmesg},
};
constexpr std::string_view kEndings[] = {"flat", "gz", "bz2", "xz", "lz4", "zst", "lzo"};

bool KnownPiece(std::string_view piece) {
  return AreDigits(piece) || std::ranges::find(kEndings, piece) != std::end(kEndings);
}

// The number at the end of "vmcore.0" or "dump.202611220715.1": makedumpfile --split. A stamp has
// twelve digits.
std::optional<std::uint64_t> PartOf(std::string_view name) {
  const auto piece = Split(name, '.').back();
  return piece.size() <= 3 ? ParseUnsigned(piece) : std::nullopt;
}

// 'd' is a digit, everything else itself.
constexpr std::string_view kStampShapes[] = {"dddd-dd-dd-dd:dd:dd", "dddd-dd-dd-dd:dd",
                                             "dddd-dd-dd-dd-dd", "dddddddddddd"};

bool HasShape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape,
                            [](char c, char want) { return want == 'd' ? IsDigit(c) : c == want; });
}

// Year, month, day, hour, minute and perhaps second, from digits alone.
std::optional<std::int64_t> TimeOf(std::string_view digits) {
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (const char c : digits.substr(std::min(at, digits.size()), length)) {
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int hour = number(8, 2), minute = number(10, 2), second = number(12, 2);
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(6, 2)))};
  if (!day.ok() || number(0, 4) < 1970 || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

// What SUSE's README.txt says (dracut/kdump-save): a temporary text until the dump is over, then a
// report with one line for each file.
struct ReadmeReport {
  bool temporary = false;
  std::string_view vmcore;  // what follows "vmcore status:"
};

ReadmeReport ReadReadme(std::string_view text) {
  constexpr std::string_view kStatus = "vmcore status:";
  for (const auto line : Lines(text)) {
    const auto trimmed = Trim(line);
    if (trimmed.starts_with(kStatus)) return {false, Trim(trimmed.substr(kStatus.size()))};
  }
  const auto says = [&](std::string_view words) { return text.find(words) != text.npos; };
  return {says("overwritten") || says("incomplete"), {}};
}

// Better first: a final name before an unfinished one, a file before anything else, then what its
// bytes say, the first part of a split set, the larger one. The name makes the order total.
auto Preference(const DumpFile& file) {
  const bool unfinished = RoleOf(file.name) == DumpRole::kVmcoreUnfinished;
  const int state = file.probe ? static_cast<int>(file.probe->state) : kDumpStates;
  return std::tuple(!file.regular, unfinished, state, PartOf(file.name).value_or(0), ~file.bytes,
                    std::string_view(file.name));
}

const DumpFile* ChooseVmcore(const std::vector<DumpFile>& files) {
  const DumpFile* best = nullptr;
  for (const DumpFile& file : files) {
    const DumpRole role = RoleOf(file.name);
    if (role != DumpRole::kVmcore && role != DumpRole::kVmcoreUnfinished) continue;
    if (best == nullptr || Preference(file) < Preference(*best)) best = &file;
  }
  return best;
}

const DumpFile* ChooseLog(const std::vector<DumpFile>& files) {
  for (const auto role : {DumpRole::kDmesg, DumpRole::kDmesgUnfinished, DumpRole::kKexecDmesg}) {
    const auto file = std::ranges::find_if(files, [&](const DumpFile& candidate) {
      return candidate.regular && RoleOf(candidate.name) == role;
    });
    if (file != files.end()) return &*file;
  }
  return nullptr;
}

struct Judgement {
  DumpState state;
  std::string_view reason;
};

Judgement JudgeVmcore(const DumpFile& vmcore, std::string_view directory,
                      const ReadmeReport& readme) {
  if (!vmcore.regular) return {DumpState::kUnknown, "not_a_regular_file"};
  if (RoleOf(vmcore.name) == DumpRole::kVmcoreUnfinished) {
    return {DumpState::kIncomplete, "unfinished_name"};
  }
  // ABRT renames its copy when it is done (abrt-harvest-vmcore).
  if (directory.ends_with(".new")) return {DumpState::kIncomplete, "unfinished_copy"};
  if (readme.temporary) return {DumpState::kIncomplete, "readme_temporary"};
  if (readme.vmcore.starts_with("error")) return {DumpState::kIncomplete, "readme_error"};
  if (!vmcore.probe) return {DumpState::kUnknown, "unreadable"};
  const bool part = PartOf(vmcore.name) && vmcore.probe->state == DumpState::kComplete;
  return {vmcore.probe->state, part ? "split_set" : std::string_view(vmcore.probe->reason)};
}

Judgement JudgeWithoutVmcore(bool log, const ReadmeReport& readme) {
  if (readme.temporary) return {DumpState::kIncomplete, "readme_temporary"};
  if (readme.vmcore.starts_with("error")) return {DumpState::kIncomplete, "readme_error"};
  if (readme.vmcore.starts_with("deleted")) return {DumpState::kLogOnly, "discarded"};
  if (readme.vmcore.starts_with("skipped")) return {DumpState::kLogOnly, "skipped"};
  if (log) return {DumpState::kLogOnly, "no_vmcore"};
  return {DumpState::kUnknown, "no_dump_files"};
}

}  // namespace

std::string_view Name(DumpState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < kStateNames.size() ? kStateNames[index] : "unknown";
}

std::string_view Name(DumpFormat format) {
  const auto index = static_cast<std::size_t>(format);
  return index < kFormatNames.size() ? kFormatNames[index] : "other";
}

DumpRole RoleOf(std::string_view file_name) {
  const auto* whole = std::ranges::find(kWholeNames, file_name, &RoleRow::name);
  if (whole != std::end(kWholeNames)) return whole->role;
  const auto pieces = Split(file_name, '.');
  const auto* first = std::ranges::find(kFirstPieces, pieces.front(), &RoleRow::name);
  const bool stamped = pieces.size() > 1 && AreDigits(pieces[1]);
  if (first == std::end(kFirstPieces) || (first->name == "dump" && !stamped)) {
    return DumpRole::kOther;
  }
  return std::all_of(pieces.begin() + 1, pieces.end(), KnownPiece) ? first->role : DumpRole::kOther;
}

std::optional<std::int64_t> StampOf(std::string_view directory_name) {
  for (const std::string_view shape : kStampShapes) {
    if (directory_name.size() < shape.size()) continue;
    const std::size_t begin = directory_name.size() - shape.size();
    const std::string_view stamp = directory_name.substr(begin);
    const bool begins = begin == 0 || (begin > 1 && directory_name[begin - 1] == '-');
    if (!begins || !HasShape(stamp, shape)) continue;
    std::string digits;
    std::ranges::copy_if(stamp, std::back_inserter(digits), IsDigit);
    return TimeOf(digits);
  }
  return std::nullopt;
}

bool IsSelfTest(std::string_view directory_name) {
  constexpr std::string_view kPrefix = "kdump-test-";
  if (!directory_name.starts_with(kPrefix)) return false;
  const auto parts = Split(directory_name.substr(kPrefix.size()), '-');
  return parts.size() == 2 && std::ranges::all_of(parts, AreDigits);
}

bool IsWritersWord(DumpState state, std::string_view reason) {
  constexpr std::string_view kWords[] = {"unfinished_name", "unfinished_copy", "readme_temporary",
                                         "readme_error"};
  return state == DumpState::kIncomplete && std::ranges::find(kWords, reason) != std::end(kWords);
}

std::optional<Dump> JudgeDump(std::string_view directory, const std::vector<DumpFile>& files,
                              std::string_view readme, bool settled) {
  const DumpFile* vmcore = ChooseVmcore(files);
  const DumpFile* log = directory.empty() ? nullptr : ChooseLog(files);
  const ReadmeReport report = ReadReadme(readme);
  const auto stamp = StampOf(directory);
  const bool reported = report.temporary || !report.vmcore.empty();
  if (vmcore == nullptr && log == nullptr && !stamp && !reported) return std::nullopt;

  Dump dump;
  dump.directory = directory;
  if (vmcore != nullptr) dump.vmcore = vmcore->name;
  if (log != nullptr) dump.log = log->name;
  if (const DumpFile* main = vmcore != nullptr ? vmcore : log) {
    dump.bytes = main->bytes;
    dump.mark = {main->device, main->inode, main->bytes, main->mtime};
  }
  for (const DumpFile& file : files) dump.mtime = std::max(dump.mtime, file.mtime);
  const auto probe = vmcore != nullptr ? vmcore->probe : std::nullopt;
  if (probe) dump.format = probe->format;
  dump.crash_time = probe && probe->crash_time ? *probe->crash_time : stamp.value_or(dump.mtime);
  dump.dated = probe && probe->crash_time;
  if (probe && probe->crash_time && vmcore->mtime > *probe->crash_time) {
    dump.capture_seconds = vmcore->mtime - *probe->crash_time;
  }
  const Judgement judgement = !settled            ? Judgement{DumpState::kWriting, "recent_change"}
                              : vmcore != nullptr ? JudgeVmcore(*vmcore, directory, report)
                                                  : JudgeWithoutVmcore(log != nullptr, report);
  dump.state = judgement.state;
  dump.reason = judgement.reason;
  return dump;
}

}  // namespace kdumpd
