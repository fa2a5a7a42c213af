// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/sysctl_files.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto settings = kdumpd::ParseSysctlFile(text, "f");
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  Require(settings.size() <= std::min<std::size_t>(lines, 1000));
  std::size_t bytes = 0;
  for (const auto& one : settings) {
    bytes += one.key.size() + one.value.size();
    Require(!one.key.empty() && one.key.find_first_of("*?[=\n") == std::string::npos);
    Require(one.value.find('\n') == std::string::npos);
    Require(kdumpd::SysctlKey(one.key) == one.key);  // it is spelled with dots already
    static_cast<void>(kdumpd::JudgesSysctl(one.key));
  }
  Require(bytes <= text.size());
  return 0;
}
