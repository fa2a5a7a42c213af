// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The values that the page is made of.
namespace kdumpd {

// For text and for attribute values in double quotes.
[[nodiscard]] std::string Escaped(std::string_view text);
// "2026-11-22 07:15:03 UTC", as an element.
[[nodiscard]] std::string TimeHtml(std::int64_t seconds);

}  // namespace kdumpd
