// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/memory.h"

#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto map = kdumpd::ParseIomem(text);
  if (map) {
    std::uint64_t largest = 0;
    for (const auto& region : map->crash_regions) {
      Require(region.first <= region.last);
      if (region.Bytes() > largest) largest = region.Bytes();
    }
    Require(map->CrashBytes() >= largest);
    Require(map->crash_regions.size() <= text.size());
  } else {
    Require(map.error().code == kdumpd::ErrorCode::kInvalid ||
            map.error().code == kdumpd::ErrorCode::kPermission);
  }
  const auto meminfo = kdumpd::ParseMeminfo(text);
  if (meminfo) Require(meminfo->total % 1024 == 0 && text.find("MemTotal:") != text.npos);
  return 0;
}
