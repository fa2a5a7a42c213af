// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"
#include "daemon/core/upload_target.h"

namespace kdumpd {

inline constexpr std::string_view kDestinationPrefix = "destinations.";

// Every key of a destination, "url" of destinations.central.url, for docs/configuration.md.
struct DestinationKey {
  std::string_view key;
  std::string_view otherwise;
  std::string_view accepts;
  std::string_view help;
  bool is_list = false;
  bool (*set)(UploadTarget&, const std::vector<std::string>&) = nullptr;
};
[[nodiscard]] std::span<const DestinationKey> DestinationKeys();

// Whether a URL names a password: it would show wherever the URL does.
[[nodiscard]] bool HasPassword(std::string_view url);

// "" when the choice was good, else the mistake.
[[nodiscard]] std::string ApplyDestination(std::vector<UploadTarget>& targets,
                                           const Choice& choice);
// What is wrong with destinations as a whole, a line each: what one needs and does not have.
[[nodiscard]] std::vector<std::string> DestinationMistakes(
    const std::vector<UploadTarget>& targets);

}  // namespace kdumpd
