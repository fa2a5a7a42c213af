// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/mounts.h"

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
  const auto mounts = kdumpd::ParseMountinfo(text);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  Require(mounts.size() <= std::min<std::size_t>(lines, 20000));
  for (const auto& mount : mounts) {
    Require(mount.id >= 0 && mount.parent >= 0);
    Require(mount.point.starts_with('/') && !mount.fstype.empty());
    Require(mount.point.size() <= text.size());
  }
  if (!mounts.empty()) {
    const std::string path = mounts.front().point;
    const kdumpd::Mount* holder = kdumpd::MountOf(mounts, path);
    // At least the mount itself, or a later one on the same directory.
    Require(holder != nullptr && holder->point.size() == path.size());
    const kdumpd::Mount* below = kdumpd::MountOf(mounts, path + "/x");
    Require(below != nullptr && below->point.size() >= path.size());
  }
  for (const auto& entry : kdumpd::ParseFstab(text)) {
    Require(!entry.spec.empty() && !entry.point.empty() && !entry.fstype.empty());
    Require(!entry.options.empty());
    static_cast<void>(entry.NoAuto());
  }
  return 0;
}
