// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/core/fact.h"
#include "daemon/host/host_root.h"

namespace kdumpd {

// A tree of small kernel files, /proc or /sys. "There is no such file" is an answer only where the
// tree itself can be listed: an empty mount point says nothing. Borrows the root.
class KernelFiles {
 public:
  // `place`: a directory of the tree that is never empty.
  KernelFiles(const HostRoot& root, std::string_view place);

  // Whether the place could be listed, and if not, why.
  [[nodiscard]] const Fact<bool>& Listed() const { return listed_; }

  // The first of `paths` that is there: generations of one file, the newest first. Trimmed.
  [[nodiscard]] Fact<std::string> Read(std::span<const std::string_view> paths,
                                       std::size_t limit = 64 << 10) const;
  [[nodiscard]] Fact<std::string> Read(std::string_view path, std::size_t limit = 64 << 10) const;
  // The same for a file that every Linux has: when it is not there, we do not see the kernel's
  // tree.
  [[nodiscard]] Fact<std::string> ReadAlways(std::string_view path,
                                             std::size_t limit = 64 << 10) const;
  // Absent or unreadable, for a file that was not found.
  template <class T>
  [[nodiscard]] Fact<T> NotThere(std::string_view path) const {
    if (listed_.known()) return Fact<T>::Absent(std::string(path));
    return Fact<T>::Unreadable(std::string(path), why_);
  }

 private:
  const HostRoot& root_;
  Fact<bool> listed_;
  std::string why_;  // why it could not be listed
};

// The value of a kernel file as a number; anything else in it is unreadable.
[[nodiscard]] Fact<std::uint64_t> Unsigned(const Fact<std::string>& text);
[[nodiscard]] Fact<std::int64_t> Signed(const Fact<std::string>& text);
[[nodiscard]] Fact<bool> Flag(const Fact<std::string>& text);  // 0 or 1

// A fact about a text, parsed by something that returns a Result.
template <class T, class Parse>
[[nodiscard]] Fact<T> Parsed(const Fact<std::string>& text, const Parse& parse) {
  if (!text.known()) return Fact<T>::Like(text);
  Result<T> value = parse(text.value());
  if (value) return Fact<T>::Known(*std::move(value), text.source());
  return Fact<T>::Unreadable(text.source(), std::move(value).error().message);
}

}  // namespace kdumpd
