// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/characters.h"
#include "daemon/core/redact_log.h"

// Any text: its lines stay lines, it does not grow without bound, and no address of a kernel is
// left that stands alone.
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool HasKernelAddress(std::string_view text) {
  for (auto at = text.find("ffff8"); at != text.npos; at = text.find("ffff8", at + 1)) {
    const auto end = std::min(text.find_first_not_of("0123456789abcdef", at), text.size());
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
    const bool ends = end == text.size() || text[end] == ' ' || text[end] == '\n';
    if (begins && ends && end - at == 16) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string redacted = kdumpd::RedactLog(text);
  Require(std::ranges::count(text, '\n') == std::ranges::count(redacted, '\n'));
  Require(redacted.size() <= 9 * text.size());
  Require(!HasKernelAddress(redacted));
  Require(text.ends_with('\n') == redacted.ends_with('\n'));
  return 0;
}
