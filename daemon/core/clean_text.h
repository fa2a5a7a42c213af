// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kdumpd {

// As Printable(), but backslashes stay, so that doing it again changes nothing: for documents that
// one program writes and another reads and checks again.
[[nodiscard]] std::string CleanText(std::string_view text, std::size_t most);

}  // namespace kdumpd
