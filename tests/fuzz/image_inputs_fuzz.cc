// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/core/image_inputs.h"

namespace {

using namespace kdumpd;

void CheckInputs(Distribution distribution, std::string_view text) {
  const KdumpConfig config = ParseKdumpConfig(ProfileOf(distribution).dialect, text);
  Target target;
  target.kind = config.target.kind;
  target.spec = config.target.spec;
  const auto inputs = ImageInputs(distribution, config, target, "5.14.0");
  if (inputs.empty() || inputs.size() > kMaxImageInputs) __builtin_trap();
  for (const ImageInput& input : inputs) {
    if (input.path.empty() || input.path.find_first_of(" \t*?") != std::string::npos) {
      __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const auto distribution :
       {Distribution::kRhel, Distribution::kDebian, Distribution::kSuse}) {
    CheckInputs(distribution, text);
  }
  const std::string interpreter = ScriptInterpreter(text);
  if (interpreter.find_first_of(" \t\n") != std::string::npos) __builtin_trap();
  if (!interpreter.empty() && !text.starts_with("#!")) __builtin_trap();
  static_cast<void>(SaysGenerated(text));
  return 0;
}
