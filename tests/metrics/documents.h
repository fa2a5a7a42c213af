// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "daemon/core/text.h"

namespace kdumpd {

// A file of this repository; "" when it is not there.
inline std::string ReadDocument(std::string_view path) {
  std::ifstream file(Cat(KDUMPD_SOURCE_DIR "/", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands between "<!-- NAME:begin -->" and "<!-- NAME:end -->", without those lines.
inline std::string Section(const std::string& text, std::string_view name) {
  const std::string begin = Cat("<!-- ", name, ":begin -->\n");
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(Cat("<!-- ", name, ":end -->"));
  if (from == std::string::npos || to == std::string::npos || to < from) return "";
  return text.substr(from + begin.size(), to - from - begin.size());
}

}  // namespace kdumpd
