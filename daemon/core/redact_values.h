// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

// What can be told only by the words before it.
namespace kdumpd {

// From where one looked, `keep` bytes stay, then `drop` bytes become `word`; 0 and 0: nothing.
struct Redaction {
  std::size_t keep = 0, drop = 0;
  std::string_view word;
  [[nodiscard]] explicit operator bool() const { return keep + drop > 0; }
};

// "key=value" that begins at `at`. On the kernel's command line (`parameters`) more keys count, and
// a value goes on within double quotes as the kernel reads it (lib/cmdline.c, next_arg).
[[nodiscard]] Redaction KeyedValueAt(std::string_view line, std::size_t at, bool parameters);
// "Serial number: X", "SN=X", "Hostname set to <X>", "nfs: server X", "/home/X", "iqn.X", "enxX".
[[nodiscard]] Redaction NamedValueAt(std::string_view line, std::size_t at);
// "scheme://SOMEBODY:PASSWORD@".
[[nodiscard]] Redaction UrlUserAt(std::string_view line, std::size_t at);

}  // namespace kdumpd
