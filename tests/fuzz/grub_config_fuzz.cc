// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/grub_config.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

struct Extent {
  std::size_t items = 0;
  std::size_t depth = 0;
};
void Measure(const std::vector<kdumpd::GrubItem>& items, std::size_t depth, Extent& extent) {
  for (const kdumpd::GrubItem& item : items) {
    ++extent.items;
    extent.depth = std::max(extent.depth, depth);
    Require(item.submenu || item.items.empty());
    Require(!item.submenu || item.kernel.empty());
    Measure(item.items, depth + 1, extent);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kdumpd::GrubMenu menu = kdumpd::ParseGrubConfig(text);
  Extent extent;
  Measure(menu.items, 1, extent);
  Require(extent.items <= 1000 && extent.depth <= 8);
  for (const std::string_view choice :
       {std::string_view("0"), std::string_view("1>0"), text.substr(0, 64)}) {
    const auto* item = kdumpd::ChooseItem(menu.items, choice);
    Require(item == nullptr || !item->submenu);
  }
  const auto block = kdumpd::ParseGrubEnvironment(text);
  Require(!block || block->size() <= 256);
  const std::string once = kdumpd::ExpandGrubVariables(text, block.value_or(menu.variables));
  Require(once.size() <= (64U << 10U) + text.size());
  const std::array<std::string, 2> twice{std::string(text), std::string(text)};
  const auto configured = kdumpd::ConfiguredGrubCmdline(twice);
  Require(!configured || configured->find('$') == std::string::npos);
  return 0;
}
