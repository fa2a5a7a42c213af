// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
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
  // Of it what lies between these two.
  void Keep(std::uint64_t from, std::uint64_t to) {
    at += from - start;
    start = from;
    size = to - from;
  }
};

// The first extent that ends behind `address`, of disjoint ones by start.
template <class T>
[[nodiscard]] auto ExtentAt(const std::vector<T>& extents, std::uint64_t address) {
  return std::ranges::upper_bound(extents, address, {}, &T::end);
}

// Of the extent at `index`; where there is none, behind all.
template <class T>
[[nodiscard]] std::uint64_t StartOf(const std::vector<T>& extents, std::size_t index) {
  return index < extents.size() ? extents[index].start : std::numeric_limits<std::uint64_t>::max();
}

// Cuts extents (none empty) where they overlap, so that they are disjoint and by start:
// `wins(a, b)`, a strict order of all, says which is seen where both are. O(n log n) whatever they
// are, and within their own memory where few overlap. False when more than `most` come of it; they
// are of no use then.
template <class T, class Wins>
[[nodiscard]] bool MakeDisjoint(std::vector<T>& extents, Wins wins,
                                std::size_t most = std::numeric_limits<std::size_t>::max()) {
  std::ranges::sort(extents, {}, &T::start);
  const auto below = [&](const T& a, const T& b) { return wins(b, a); };
  std::priority_queue<T, std::vector<T>, decltype(below)> open(below);
  std::size_t next = 0;   // what is before it is in `open` or done,
  std::size_t ready = 0;  // so there is room for pieces,
  std::vector<T> more;    // and these are those that found none
  const auto put = [&](const T& piece) {
    if (ready < next) {
      extents[ready++] = piece;
    } else {
      more.push_back(piece);
    }
  };
  std::optional<T> piece;  // of the last one seen, which may go on
  T whole;
  std::uint64_t here = 0;  // everything before it is decided
  while (next < extents.size() || !open.empty()) {
    if (open.empty()) here = extents[next].start;
    while (next < extents.size() && extents[next].start <= here) open.push(extents[next++]);
    const T top = open.top();
    if (top.end() <= here) {
      open.pop();
      continue;
    }
    const std::uint64_t until = std::min(top.end(), StartOf(extents, next));
    const bool goes_on = piece && piece->end() == here && !wins(top, whole) && !wins(whole, top);
    const std::uint64_t from = goes_on ? piece->start : here;
    if (piece && !goes_on) put(*piece);
    whole = top;
    piece = top;
    piece->Keep(from, until);
    here = until;
    if (top.end() == here) open.pop();  // before those that touch it come
    if (ready + more.size() >= most) return false;
  }
  if (piece) put(*piece);
  extents.erase(extents.begin() + static_cast<std::ptrdiff_t>(ready), extents.end());
  if (more.empty()) return true;
  extents.insert(extents.end(), more.begin(), more.end());
  std::ranges::sort(extents, {}, &T::start);
  return true;
}

}  // namespace kdumpd
