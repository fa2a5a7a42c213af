// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/cmdline.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t bytes = 0;
  for (const kdumpd::CmdlineArg& arg : kdumpd::ParseCmdline(text)) {
    bytes += arg.key.size() + arg.value.value_or("").size();
    Require(arg.key.find('=', 1) == std::string::npos);  // a leading one belongs to the key
    Require(text.find(arg.key) != std::string_view::npos);
    // What was parsed can be asked for, under either spelling.
    Require(kdumpd::CmdlineValue(text, arg.key).has_value());
    std::string dashed = arg.key;
    for (char& c : dashed) c = c == '_' ? '-' : c;
    Require(kdumpd::CmdlineValue(text, dashed).has_value());
    if (bytes > 1024) break;  // quadratic in the test, not in what is tested
  }
  Require(bytes <= text.size());
  return 0;
}
