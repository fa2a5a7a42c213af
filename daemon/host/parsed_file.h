// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace kdumpd {

// What a file of the state directory says. Nothing in one is trusted.
template <class T>
struct ParsedFile {
  std::uint64_t schema = 0;  // 0: it is no such file
  std::optional<T> value;    // of our schema, and whole
};

}  // namespace kdumpd
