// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/host/host_root.h"

// The names in a directory, without "." and "..", and never more than asked for.
namespace kdumpd {

struct NameList {
  std::vector<std::string> names;
  bool clipped = false;  // there were more
};
// Of an open directory, in the order of the disk.
[[nodiscard]] Result<NameList> NamesIn(int directory, std::size_t limit);
// By the node's name of it, sorted.
[[nodiscard]] Result<NameList> NamesIn(const HostRoot& root, std::string_view directory,
                                       std::size_t limit);
// How many names satisfy `wanted`, counting no further than `limit`.
[[nodiscard]] Result<std::size_t> CountNames(const HostRoot& root, std::string_view directory,
                                             const std::function<bool(std::string_view)>& wanted,
                                             std::size_t limit);

}  // namespace kdumpd
