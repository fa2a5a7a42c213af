// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/text.h"

// ANSI select graphic rendition.
namespace kdumpd {

inline constexpr std::string_view kGreen = "\033[32m";
inline constexpr std::string_view kYellow = "\033[33m";
inline constexpr std::string_view kRed = "\033[1;31m";
inline constexpr std::string_view kMagenta = "\033[35m";
inline constexpr std::string_view kGrey = "\033[2m";
inline constexpr std::string_view kPlain = "\033[0m";

// `colour` "": plain.
[[nodiscard]] inline std::string Coloured(std::string_view text, std::string_view colour, bool on) {
  return on && !colour.empty() ? Cat(colour, text, kPlain) : std::string(text);
}

}  // namespace kdumpd
