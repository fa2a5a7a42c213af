// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/url_encode.h"

namespace kdumpd {
namespace {

std::string Encode(std::string_view text, std::string_view also) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.contains(c) || also.contains(c)) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return encoded;
}

}  // namespace

std::string EncodePath(std::string_view path) { return Encode(path, "/"); }
std::string EncodeWord(std::string_view word) { return Encode(word, ""); }

}  // namespace kdumpd
