// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kdumpd {

// Joins strings, string views, characters and integers into one string.
inline void AppendPart(std::string& out, std::string_view part) { out += part; }
inline void AppendPart(std::string& out, char part) { out += part; }
template <class T>
  requires std::is_arithmetic_v<T>
void AppendPart(std::string& out, T part) {
  out += std::to_string(part);
}
template <class... Parts>
[[nodiscard]] std::string Cat(const Parts&... parts) {
  std::string out;
  (AppendPart(out, parts), ...);
  return out;
}

// Without blanks, tabs, CR and LF at either end.
[[nodiscard]] std::string_view Trim(std::string_view text);
// At every `separator`; empty pieces are kept; "" gives one empty piece.
[[nodiscard]] std::vector<std::string_view> Split(std::string_view text, char separator);
// At runs of blanks and tabs; no empty pieces.
[[nodiscard]] std::vector<std::string_view> Words(std::string_view text);
// Lines without their '\n'; a final '\n' starts no further line.
[[nodiscard]] std::vector<std::string_view> Lines(std::string_view text);

// The whole text as one number, or nothing: no sign, no blanks, no overflow.
[[nodiscard]] std::optional<std::uint64_t> ParseUnsigned(std::string_view text, int base = 10);
// The same with an optional leading '-'.
[[nodiscard]] std::optional<std::int64_t> ParseSigned(std::string_view text);

// "256 MiB", "1.5 GiB", "512 B": at most one decimal, binary units.
[[nodiscard]] std::string FormatBytes(std::uint64_t bytes);
// "45 s", "12 min", "3 h 5 min", "2 d 4 h".
[[nodiscard]] std::string FormatSeconds(std::uint64_t seconds);

// Hostile text for a person, a log line or JSON: valid UTF-8, control characters, backslashes and
// what changes direction or shows nothing as \xNN, clipped to `max_bytes` with an ellipsis.
[[nodiscard]] std::string Printable(std::string_view text, std::size_t max_bytes = 256);

}  // namespace kdumpd
