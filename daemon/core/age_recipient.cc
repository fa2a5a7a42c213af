// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/age_recipient.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksum = 6;
constexpr std::size_t kMostCharacters = 128;  // a recipient has 62, an identity 74

char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// BIP 173: the remainder of the values, as a polynomial over GF(32).
std::uint32_t Polymod(std::uint32_t state, unsigned value) {
  constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                       0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = state >> 25U;
  state = (state & 0x1ffffffU) << 5U ^ value;
  for (unsigned bit = 0; bit < kGenerator.size(); ++bit) {
    if ((top >> bit & 1U) != 0) state ^= kGenerator.at(bit);
  }
  return state;
}

bool ChecksumHolds(std::string_view prefix, std::span<const unsigned char> values) {
  std::uint32_t state = 1;
  for (const char c : prefix) state = Polymod(state, static_cast<unsigned char>(Lower(c)) >> 5U);
  state = Polymod(state, 0);
  for (const char c : prefix) state = Polymod(state, static_cast<unsigned char>(Lower(c)) & 31U);
  for (const unsigned char value : values) state = Polymod(state, value);
  return state == 1;
}

// Groups of five bits as 32 bytes; the four bits that are left over are zero.
std::expected<AgeKey, std::string> Bytes(std::span<const unsigned char> values) {
  AgeKey key{};
  if (values.size() != (key.size() * 8 + 4) / 5) {
    return std::unexpected(Cat("it has ", values.size(), " characters of a key instead of 52"));
  }
  std::uint32_t bits = 0;
  unsigned count = 0;
  auto to = key.begin();
  for (const unsigned char value : values) {
    bits = (bits << 5U | value) & 0xfffU;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    *to++ = static_cast<unsigned char>(bits >> count);
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::unexpected("its last bits are not zero");
  return key;
}

std::expected<AgeKey, std::string> Decode(std::string_view text, std::string_view prefix) {
  if (text.size() > kMostCharacters) return std::unexpected("it is too long");
  const auto one = text.rfind('1');
  if (one == std::string_view::npos || text.substr(0, one) != prefix) {
    return std::unexpected(Cat("it does not begin with \"", prefix, "1\" and a key"));
  }
  if (std::ranges::any_of(text, IsUpper) && std::ranges::any_of(text, IsLower)) {
    return std::unexpected("it mixes upper and lower case");
  }
  std::vector<unsigned char> values;
  for (const char c : text.substr(one + 1)) {
    const auto at = kCharset.find(Lower(c));
    if (at == std::string_view::npos) {
      return std::unexpected("it has a character that no key has");
    }
    values.push_back(static_cast<unsigned char>(at));
  }
  if (values.size() < kChecksum) return std::unexpected("it is too short");
  if (!ChecksumHolds(prefix, values)) {
    return std::unexpected("its checksum is wrong: a character was lost or changed");
  }
  return Bytes(std::span(values).first(values.size() - kChecksum));
}

}  // namespace

std::expected<AgeKey, std::string> ParseAgeRecipient(std::string_view text) {
  if (text.starts_with("AGE-SECRET-KEY-")) {
    return std::unexpected("it is a secret key, not a recipient: it must not be here");
  }
  return Decode(text, "age");
}

std::expected<AgeKey, std::string> ParseAgeIdentity(std::string_view text) {
  return Decode(text, "AGE-SECRET-KEY-");
}

}  // namespace kdumpd
