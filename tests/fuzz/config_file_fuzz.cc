// SPDX-License-Identifier: Apache-2.0
// The daemon's own configuration file: YAML, hostile.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/config.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto choices = kdumpd::ParseConfigFile(text, "config.yaml");
  if (!choices) {
    Require(!choices.error().message.empty());
    Require(choices.error().message.size() < (1U << 20));  // it goes into one log line
    return 0;
  }
  // What the file's reader accepts makes a configuration.
  Require(kdumpd::MakeConfig(*choices, {}).has_value());
  return 0;
}
