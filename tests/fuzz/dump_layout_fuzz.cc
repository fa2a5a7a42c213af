// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "daemon/core/dump.h"
#include "daemon/core/text.h"

// Lines: the directory's name, the README on one line, then one file name each. A file's size and
// kind come from its own name.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto lines = kdumpd::Lines({reinterpret_cast<const char*>(data), size});
  if (lines.size() < 2) return 0;
  std::vector<kdumpd::DumpFile> files;
  for (size_t i = 2; i < lines.size(); ++i) {
    kdumpd::DumpFile file;
    file.name = lines[i];
    file.regular = lines[i].size() % 7 != 3;
    file.bytes = lines[i].size() * 1000;
    file.mtime = static_cast<int64_t>(i);
    const auto bytes = std::as_bytes(std::span(lines[i]));
    if (file.regular) file.probe = kdumpd::ProbeDump(bytes, bytes, bytes.size());
    files.push_back(std::move(file));
  }
  for (const bool settled : {true, false}) {
    const auto dump = kdumpd::JudgeDump(lines[0], files, lines[1], settled);
    if (!dump) continue;
    if (dump->reason.empty() || dump->historic) __builtin_trap();
    if (settled == (dump->state == kdumpd::DumpState::kWriting)) __builtin_trap();
    if (lines[0].empty() && dump->vmcore.empty() && lines[1].empty()) __builtin_trap();
  }
  const auto stamp = kdumpd::StampOf(lines[0]);
  if (stamp && *stamp < 0) __builtin_trap();
  return 0;
}
