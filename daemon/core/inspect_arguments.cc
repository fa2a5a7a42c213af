// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/inspect_arguments.h"

#include <algorithm>
#include <array>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

struct NumberFlag {
  std::string_view prefix;
  std::uint64_t InspectArguments::* value;
  std::uint64_t least, most;
};
constexpr std::array<NumberFlag, 4> kNumbers{{
    {"--log-bytes=", &InspectArguments::log_bytes, 0, 16 << 20},
    {"--files=", &InspectArguments::files, 1, kMaxDumpFiles},
    {"--memory-bytes=", &InspectArguments::memory_bytes, 1 << 20, std::uint64_t{1} << 40},
    {"--cpu-seconds=", &InspectArguments::cpu_seconds, 0, 1'000'000},
}};
constexpr std::string_view kLevel = "--level=";

bool ParseLevel(std::string_view name, CheckLevel& level) {
  for (int i = 0; i < kCheckLevels; ++i) {
    level = static_cast<CheckLevel>(i);
    if (Name(level) == name) return true;
  }
  return false;
}

bool Parse(std::string_view word, InspectArguments& arguments) {
  if (word.starts_with(kLevel)) return ParseLevel(word.substr(kLevel.size()), arguments.level);
  const auto* flag = std::ranges::find_if(
      kNumbers, [&](const NumberFlag& number) { return word.starts_with(number.prefix); });
  if (flag == kNumbers.end()) return false;
  const auto number = ParseUnsigned(word.substr(flag->prefix.size()));
  if (!number || *number < flag->least || *number > flag->most) return false;
  arguments.*flag->value = *number;
  return true;
}

}  // namespace

std::vector<std::string> CommandLine(const InspectArguments& arguments) {
  std::vector<std::string> words{Cat(kLevel, Name(arguments.level))};
  for (const NumberFlag& flag : kNumbers) {
    words.push_back(Cat(flag.prefix, std::clamp(arguments.*flag.value, flag.least, flag.most)));
  }
  return words;
}

Result<InspectArguments> ParseCommandLine(const std::vector<std::string_view>& words) {
  InspectArguments arguments;
  for (const std::string_view word : words) {
    if (!Parse(word, arguments)) {
      return Fail(ErrorCode::kInvalid, Cat("not understood: ", Printable(word)));
    }
  }
  return arguments;
}

}  // namespace kdumpd
