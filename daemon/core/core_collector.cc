// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/core_collector.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/config_dialects.h"
#include "daemon/core/makedumpfile_options.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum DumpOption;

constexpr std::string_view kProgram = "makedumpfile";
constexpr int kMaxLevel = 31;
constexpr std::size_t kMaxLevels = 32;
constexpr std::array kCompressions{kZlib, kLzo, kSnappy, kZstd};
constexpr std::array<std::string_view, 4> kCompressionNames{"zlib", "lzo", "snappy", "zstd"};

// What one option means for a dump.
struct Presence {
  DumpOption option;
  bool fatal;
  std::string_view reason;
  std::string_view text;  // follows the quoted word
};
constexpr Presence kPresence[] = {
    {kUnknown, kFatal, "unknown_option", "is no option of makedumpfile(8)"},
    {kAmbiguous, kFatal, "ambiguous_option", "begins several options; expected one in full"},
    {kNoArgument, kFatal, "option_without_argument", "has no argument; expected one after it"},
    {kHasArgument, kFatal, "option_with_argument", "takes no argument; expected none"},
    {kOperand, kFatal, "operand", "is no option; expected options only, kdump adds the files"},
    {kNoDump, kFatal, "no_dump", "makes makedumpfile write no dump"},
    {kDmesgOnly, kFatal, "dmesg_only", "writes the kernel log and no dump"},
    {kSplit, kFatal, "split", "needs several output files; kdump gives one"},
    {kVmcoreinfo, kWarning, "pointless_option",
     "is not needed: /proc/vmcore carries its vmcoreinfo"},
    {kPointless, kWarning, "pointless_option", "only prints debug messages"},
    {kFilter, kWarning, "needs_file", "names a file that the kdump image must hold (extra_bins)"},
    {kEppic, kWarning, "needs_file", "names a file that the kdump image must hold (extra_bins)"},
};

struct Pair {
  DumpOption first;
  DumpOption second;
  std::string_view reason;
  std::string_view text;
};
// makedumpfile.c check_param_for_creating_dumpfile.
constexpr Pair kConflicts[] = {
    {kElf, kZlib, "elf_compressed", "-E with -c: an ELF dump is never compressed"},
    {kElf, kLzo, "elf_compressed", "-E with -l: an ELF dump is never compressed"},
    {kElf, kSnappy, "elf_compressed", "-E with -p: an ELF dump is never compressed"},
    {kElf, kZstd, "elf_compressed", "-E with -z: an ELF dump is never compressed"},
    {kThreads, kElf, "threads_with_elf", "--num-threads with -E; expected one of them"},
    {kThreads, kSplit, "threads_with_split", "--num-threads with --split; expected one of them"},
    {kVmlinux, kVmcoreinfo, "vmlinux_with_vmcoreinfo", "-x with -i; expected one of them"},
};
constexpr Pair kNeeds[] = {
    {kFilter, kVmlinux, "config_without_vmlinux", "--config without -x; expected -x VMLINUX"},
    {kExcludeUnusedVmemmap, kWorkDirectory, "no_work_directory",
     "-e without --work-dir; expected --work-dir DIRECTORY"},
};

// atoi(3), clipped: nothing when there are no digits at its beginning.
std::optional<int> LeadingNumber(std::string_view text) {
  text = Trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  text = text.substr(0, text.find_first_not_of("0123456789"));
  if (text.empty()) return std::nullopt;
  const auto number =
      static_cast<int>(std::min<std::uint64_t>(ParseUnsigned(text).value_or(1'000'000), 1'000'000));
  return negative ? -number : number;
}

bool InRange(int level) { return level >= 0 && level <= kMaxLevel; }

class Judge {
 public:
  Judge(ConfigDialect dialect, TargetKind target) : dialect_(dialect), target_(target) {}

  Collector Read(std::string_view command) {
    words_ = Words(command);
    if (words_.empty()) {
      Problem(kFatal, "empty", "the collector is empty; expected makedumpfile and its options");
      return std::move(collector_);
    }
    collector_.program = words_.front();
    collector_.is_makedumpfile = words_.front() == kProgram;
    CheckProgram();
    CheckShell(command);
    if (IsMakedumpfile()) ReadOptions(command);
    return std::move(collector_);
  }

 private:
  // Each reason once, with its first example.
  void Problem(bool fatal, std::string_view reason, std::string message) {
    auto& problems = collector_.problems;
    if (std::ranges::find(problems, reason, &CollectorProblem::reason) != problems.end()) return;
    problems.push_back({fatal, std::string(reason), std::move(message)});
  }

  // By name or by path.
  [[nodiscard]] bool IsMakedumpfile() const {
    const std::string_view program = collector_.program;
    const auto slash = program.rfind('/');
    return program.substr(slash == std::string_view::npos ? 0 : slash + 1) == kProgram;
  }

  [[nodiscard]] bool Streams() const {
    return target_ == TargetKind::kSsh || target_ == TargetKind::kRaw;
  }

  void CheckProgram() {
    if (collector_.is_makedumpfile) return;
    const std::string program = Quoted(collector_.program);
    if (IsMakedumpfile()) {
      Problem(kWarning, "collector_path",
              Cat(program,
                  " is a path; expected the word makedumpfile: mkdumprd checks no options "
                  "behind a path"));
    } else if (collector_.program == "scp" && target_ != TargetKind::kSsh) {
      Problem(kWarning, "scp_without_ssh", "scp without an ssh target; expected makedumpfile");
    } else {
      Problem(kWarning, "not_makedumpfile",
              Cat(program, " is not makedumpfile: the dump is as large as memory"));
    }
  }

  void CheckShell(std::string_view command) {
    const auto at = command.find_first_of(";&|<>$`(){}");
    if (at == std::string_view::npos) return;
    Problem(kWarning, "shell_characters",
            Cat("the collector holds '", command.substr(at, 1),
                "', which the capture script gives to a shell; expected words only"));
  }

  void ReadOptions(std::string_view command) {
    uses_ = ReadDumpOptions(std::span(words_).subspan(1));
    for (const OptionUse& use : uses_) Take(use);
    for (const Presence& row : kPresence) {
      if (const OptionUse* use = Find(row.option)) {
        Problem(row.fatal, row.reason, Cat(Quoted(use->word), ' ', row.text));
      }
    }
    for (const Pair& row : kConflicts) {
      if (Has(row.first) && Has(row.second)) Problem(kFatal, row.reason, std::string(row.text));
    }
    for (const Pair& row : kNeeds) {
      if (Has(row.first) && !Has(row.second)) Problem(kFatal, row.reason, std::string(row.text));
    }
    if (!Has(kDumpLevel)) {
      Problem(kWarning, "dump_level_missing", "no -d: every page is dumped; expected -d 31");
    }
    if (dialect_ == ConfigDialect::kKdumpConf) CheckFlattened(command);
  }

  void Take(const OptionUse& use) {
    switch (use.option) {
      case kFlatten:
        collector_.flattened = true;
        return;
      case kElf:
        collector_.elf = true;
        return;
      case kDumpLevel:
        TakeLevels(use.value);
        return;
      case kMessageLevel:
        TakeMessageLevel(use.value);
        return;
      default:
        TakeCompression(use.option);
    }
  }

  void TakeCompression(DumpOption option) {
    const auto* found = std::ranges::find(kCompressions, option);
    if (found == kCompressions.end()) return;
    const std::string_view name = kCompressionNames.at(found - kCompressions.begin());
    if (!collector_.compression.empty() && collector_.compression != name) {
      Problem(kWarning, "several_compressions",
              "more than one of -c, -l, -p and -z; expected one, the last counts");
    }
    collector_.compression = name;
  }

  // Several levels are steps: the next one is tried when the disk is full.
  void TakeLevels(std::string_view value) {
    collector_.dump_levels.clear();
    for (const std::string_view piece : Split(value, ',')) {
      if (collector_.dump_levels.size() >= kMaxLevels) return;
      if (piece.empty() && value != piece) continue;
      const auto level = LeadingNumber(piece);
      if (!level) {
        Problem(kWarning, "dump_level_not_a_number",
                Cat("dump level ", Quoted(piece), " counts as 0; expected 0 to 31"));
      } else if (!InRange(*level)) {
        Problem(kFatal, "dump_level_invalid", Cat("dump level ", *level, "; expected 0 to 31"));
        continue;
      }
      collector_.dump_levels.push_back(level.value_or(0));
    }
  }

  void TakeMessageLevel(std::string_view value) {
    const int level = LeadingNumber(value).value_or(0);
    if (!InRange(level)) {
      Problem(kFatal, "message_level_invalid", Cat("message level ", level, "; expected 0 to 31"));
    } else if (level == kMaxLevel) {
      Problem(kWarning, "message_level_verbose",
              "message level 31 prints everything, slowly on a serial console; expected 7");
    }
  }

  // kdumpctl looks for the letters "-F" anywhere behind the program when the dump is a stream, and
  // lets makedumpfile --check-params judge; that refuses -F together with an output file, which it
  // names for every other target (mkdumprd verify_core_collector). Behind a path nothing is
  // checked, and the capture script takes a literal -F away again (kdump.sh dump_fs).
  void CheckFlattened(std::string_view command) {
    const std::string_view options = Trim(command).substr(collector_.program.size());
    const bool literal = options.find("-F") != std::string_view::npos;
    if (Streams()) {
      const bool seen = literal || !collector_.is_makedumpfile;
      if (collector_.flattened && seen) return;
      Problem(kFatal, "flatten_missing",
              Cat("a ", Name(target_),
                  " target needs -F, written by itself; expected makedumpfile -F"));
    } else if (collector_.flattened) {
      const bool removed = literal && !collector_.is_makedumpfile;
      Problem(
          !removed, "flatten_unwanted",
          Cat("-F with a ", Name(target_), " target, which is for ssh and raw; expected no -F"));
    }
  }

  [[nodiscard]] const OptionUse* Find(DumpOption option) const {
    const auto found = std::ranges::find(uses_, option, &OptionUse::option);
    return found == uses_.end() ? nullptr : &*found;
  }

  // --num-threads 0 is the default and conflicts with nothing.
  [[nodiscard]] bool Has(DumpOption option) const {
    const OptionUse* use = Find(option);
    return use != nullptr && (option != kThreads || LeadingNumber(use->value).value_or(0) > 0);
  }

  ConfigDialect dialect_;
  TargetKind target_;
  std::vector<std::string_view> words_;
  std::vector<OptionUse> uses_;
  Collector collector_;
};

}  // namespace

Collector ParseCollector(std::string_view command, ConfigDialect dialect, TargetKind target) {
  return Judge(dialect, target).Read(command);
}

}  // namespace kdumpd
