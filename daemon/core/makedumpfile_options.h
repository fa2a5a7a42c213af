// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// The options of makedumpfile that a rule asks about; the rest are kOther.
enum class DumpOption {
  kOther,
  kZlib,
  kLzo,
  kSnappy,
  kZstd,
  kElf,
  kFlatten,
  kDumpLevel,
  kMessageLevel,
  kSplit,
  kThreads,
  kExcludeUnusedVmemmap,  // -e
  kWorkDirectory,
  kVmlinux,     // -x
  kVmcoreinfo,  // -i
  kFilter,      // --config
  kEppic,
  kPointless,    // -D: only for people at a terminal
  kDmesgOnly,    // --dump-dmesg
  kNoDump,       // does something else and leaves no dump
  kOperand,      // a word that is no option
  kUnknown,      // not an option of makedumpfile
  kAmbiguous,    // a prefix of several long options
  kNoArgument,   // an option that wants an argument has none
  kHasArgument,  // --option=value where it takes none
};

struct OptionUse {
  DumpOption option = DumpOption::kOther;
  std::string_view word;   // as it stands on the command line
  std::string_view value;  // its argument
};

// The words after the program, read as getopt_long reads them: clusters of short options, unique
// prefixes of long ones, operands anywhere, "--" ends the options. makedumpfile.c getopt
// tables, 1.7.
[[nodiscard]] std::vector<OptionUse> ReadDumpOptions(std::span<const std::string_view> words);

}  // namespace kdumpd
