// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>

// The native keys of age, X25519 in Bech32 (C2SP age.md, BIP 173 without its limit of 90).
namespace kdumpd {

using AgeKey = std::array<unsigned char, 32>;

// "age1...", in lower case as age writes it. The error says why not, and never repeats the text.
[[nodiscard]] std::expected<AgeKey, std::string> ParseAgeRecipient(std::string_view text);
// "AGE-SECRET-KEY-1...", in upper case.
[[nodiscard]] std::expected<AgeKey, std::string> ParseAgeIdentity(std::string_view text);

[[nodiscard]] inline bool IsRecipient(std::string_view text) {
  return ParseAgeRecipient(text).has_value();
}

}  // namespace kdumpd
