// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/clean_text.h"

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kEllipsis = "…";

}  // namespace

std::string CleanText(std::string_view text, std::size_t most) {
  std::string clean;
  // Escaping only lengthens: what is cut off here would be clipped anyway.
  for (const std::string_view piece : Split(text.substr(0, most + kEllipsis.size()), '\\')) {
    clean += Printable(piece, 8 * most);
    clean += '\\';
  }
  clean.pop_back();
  if (clean.size() <= most) return clean;
  std::size_t end = most - kEllipsis.size();
  while (end > 0 && IsContinuation(clean[end])) --end;
  return clean.substr(0, end).append(kEllipsis);
}

}  // namespace kdumpd
