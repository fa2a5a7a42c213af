// SPDX-License-Identifier: Apache-2.0
// What is taken from a file of the state directory is written again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/host/boot_json.h"

using namespace kdumpd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto file = ParseBeatFile(text).value) {
    const auto again = ParseBeatFile(BeatJson(*file)).value;
    if (!again || again->beat != file->beat || again->undecided != file->undecided) std::abort();
  }
  if (const auto boots = ParseBootsFile(text).value) {
    if (ParseBootsFile(BootsFileJson(*boots)).value != boots) std::abort();
  }
  return 0;
}
