// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/upload.h"

// The text of an age header, without any key.
namespace kdumpd {

inline constexpr std::string_view kAgeVersion = "age-encryption.org/v1";
inline constexpr std::string_view kAgeFooter = "---";

struct AgeStanza {
  std::vector<std::string_view> arguments;  // the first is the kind; never empty
  std::string body;
};
struct AgeHeader {
  std::vector<AgeStanza> stanzas;
  std::string_view covered;  // by the MAC: up to and with "---"
  std::string mac;
  std::size_t bytes = 0;  // of it all, with its last '\n'
};
// Views into `start`. kMismatch says what is wrong: as strict as the specification.
[[nodiscard]] Uploaded<AgeHeader> ParseAgeHeader(std::string_view start);

// RFC 4648 without padding; of a text, the one form that it may have.
[[nodiscard]] std::string UnpaddedBase64(std::string_view raw);
[[nodiscard]] std::optional<std::string> ParseUnpaddedBase64(std::string_view text);

}  // namespace kdumpd
