// SPDX-License-Identifier: Apache-2.0
// The first four bytes are the memory in units of 16 MiB, the rest is the command line.
#include "daemon/core/crashkernel.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "daemon/core/cmdline.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void CheckMemParse(std::string_view text) {
  for (;;) {
    const std::string_view before = text;
    const auto value = kdumpd::MemParse(text);
    Require(before.ends_with(text));
    Require(value ? text.size() < before.size() : text.size() == before.size());
    if (text.empty()) return;
    text.remove_prefix(1);
  }
}

void CheckSizes(const kdumpd::Crashkernel& found, std::uint64_t ram) {
  if (found.error == kdumpd::CrashkernelError::kNone) {
    Require(found.size_bytes > 0 && found.size_bytes < ram);
    Require(found.used.has_value() && found.error_at.empty());
  } else {
    Require(found.size_bytes == 0);
  }
  if (found.range && found.size_bytes > 0) Require(found.range->size == found.size_bytes);
  if (found.range && found.range->end) Require(found.range->start < *found.range->end);
  Require(found.last_range_bounded == found.last_range_end.has_value());
}

void CheckArgs(const kdumpd::Crashkernel& found, std::string_view cmdline) {
  for (const auto& arg : found.args) {
    Require(cmdline.find("crashkernel=" + arg.value) != cmdline.npos);
    Require(arg.suffix.empty() || arg.value.ends_with("," + arg.suffix));
  }
  if (found.used) {
    const auto& used = found.args.at(*found.used);
    Require(used.suffix.empty() || used.suffix == "high");
    Require(used.suffix.empty() || !(found.repeated || found.high_ignored || found.range));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint32_t units = 0;
  if (size < sizeof units) return 0;
  std::memcpy(&units, data, sizeof units);
  const std::uint64_t ram = static_cast<std::uint64_t>(units) << 24U;
  const std::string_view cmdline(reinterpret_cast<const char*>(data) + sizeof units,
                                 size - sizeof units);
  CheckMemParse(cmdline);
  const kdumpd::Crashkernel found = kdumpd::EvaluateCrashkernel(cmdline, ram);
  CheckSizes(found, ram);
  CheckArgs(found, cmdline);
  for (const auto& arg : kdumpd::ParseCmdline(cmdline)) {
    if (arg.key == "crashkernel" && arg.value) Require(!found.args.empty());
    Require(kdumpd::CmdlineValue(cmdline, arg.key).has_value());
    break;
  }
  return 0;
}
