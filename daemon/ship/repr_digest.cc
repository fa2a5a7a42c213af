// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/repr_digest.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

// In base64, as both headers say it; "" for what is no digest.
std::string InBase64(std::string_view hex) {
  std::string raw;
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    const auto byte = ParseUnsigned(hex.substr(0, 2), 16);
    if (!byte) return {};
    raw += static_cast<char>(*byte);
  }
  return raw.size() == 32 ? Base64(raw) : "";
}

// "sha-256" in any case, '=', then exactly `value`, in a list.
bool Lists(std::string_view header, std::string_view value) {
  constexpr std::string_view kName = "sha-256=";
  return std::ranges::any_of(Split(header, ','), [&](std::string_view item) {
    item = Trim(item);
    return std::ranges::equal(item.substr(0, kName.size()), kName, {},
                              [](unsigned char c) { return std::tolower(c); }) &&
           item.substr(kName.size()) == value;
  });
}

}  // namespace

bool SaysSha256(const Answer& answer, std::string_view sha256) {
  const std::string digest = InBase64(sha256);
  if (digest.empty()) return false;
  return Lists(answer.Header("repr-digest"), Cat(":", digest, ":")) ||
         Lists(answer.Header("digest"), digest);
}

}  // namespace kdumpd
