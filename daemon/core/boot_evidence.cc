// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_evidence.h"

#include <algorithm>
#include <array>

#include "daemon/core/characters.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kDumpSights> kSights{"here", "remote", "raw", "unmounted",
                                                            "unknown"};

}  // namespace

std::string_view Name(DumpSight sight) {
  return kSights[std::min<std::size_t>(static_cast<std::size_t>(sight), kDumpSights - 1)];
}

std::string BootIdOf(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  std::string id;
  for (char c : text) {
    if (c == '-') continue;
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (!IsHexDigit(c) || id.size() == kDigits) return "";
    id += c;
  }
  return id.size() == kDigits ? id : "";
}

}  // namespace kdumpd
