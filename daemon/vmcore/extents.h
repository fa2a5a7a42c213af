// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <vector>

namespace kdumpd {

// `size` bytes that lie at `at` in a file and stand for those at `start` of something else.
// start + size and at + size are within 64 bits.
struct Extent {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  std::uint64_t at = 0;

  [[nodiscard]] std::uint64_t end() const { return start + size; }
};

// The first extent that ends behind `address`, of disjoint ones by start.
template <class T>
[[nodiscard]] auto ExtentAt(const std::vector<T>& extents, std::uint64_t address) {
  return std::ranges::upper_bound(extents, address, {}, &T::end);
}

// Cuts extents (none empty) where they overlap, so that they are disjoint and by start:
// `wins(a, b)`, a strict order, says which is seen where both are. O(n log n) whatever they are.
template <class T, class Wins>
void MakeDisjoint(std::vector<T>& extents, Wins wins) {
  std::ranges::sort(extents, {}, &T::start);
  const auto overlap = [](const T& a, const T& b) { return b.start < a.end(); };
  if (std::ranges::adjacent_find(extents, overlap) == extents.end()) return;

  const auto below = [&](std::uint32_t a, std::uint32_t b) { return wins(extents[b], extents[a]); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(below)> open(below);
  std::vector<T> seen;
  std::uint64_t here = 0;  // everything before it is decided
  for (std::uint32_t next = 0; next < extents.size() || !open.empty();) {
    if (open.empty()) here = extents[next].start;
    while (next < extents.size() && extents[next].start <= here) open.push(next++);
    const T& top = extents[open.top()];
    if (top.end() <= here) {
      open.pop();
      continue;
    }
    T piece = top;
    piece.start = here;
    piece.at += here - top.start;
    here = next < extents.size() ? std::min(top.end(), extents[next].start) : top.end();
    piece.size = here - piece.start;
    const bool goes_on = !seen.empty() && seen.back().end() == piece.start &&
                         seen.back().at + seen.back().size == piece.at;
    if (goes_on) {
      seen.back().size += piece.size;
    } else {
      seen.push_back(piece);
    }
  }
  extents = std::move(seen);
}

}  // namespace kdumpd
