// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/next_boot.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// The text is one entry, and each of its lines the name of another.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kdumpd::BootEntry entry = kdumpd::ParseBootEntry(text, "/boot/loader/entries/a.conf");
  Require(kdumpd::IdOf(entry) == "a");
  Require(entry.options.size() <= text.size());
  Require(entry.options.find('\n') == std::string::npos);

  std::vector<kdumpd::BootEntry> entries{entry};
  for (std::size_t at = 0; at < text.size() && entries.size() < 16;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view name = text.substr(at, std::min<std::size_t>(end - at, 256));
    entries.push_back(kdumpd::ParseBootEntry(text.substr(at), name));
    at = end + 1;
  }
  for (const auto& a : entries) {
    Require(kdumpd::CompareVersions(a.file, a.file) == 0);
    for (const auto& b : entries) {
      Require(kdumpd::CompareVersions(a.file, b.file) == -kdumpd::CompareVersions(b.file, a.file));
    }
  }
  const std::size_t count = entries.size();
  kdumpd::SortForGrub(entries);
  Require(kdumpd::ChooseForGrub(entries, entry.title).value() < count);
  kdumpd::SortForSystemdBoot(entries);
  Require(entries.size() == count);
  Require(kdumpd::ChooseForSystemdBoot(entries, "*") == 0U);
  Require(kdumpd::ChooseForSystemdBoot(entries, text.substr(0, 256)).value_or(0) < count);
  Require(kdumpd::LoaderSetting(text, "default").size() <= text.size());
  Require(kdumpd::ZiplSetting(text, "default").size() <= text.size());
  Require(kdumpd::EfiName(text).size() <= text.size() / 2);
  return 0;
}
