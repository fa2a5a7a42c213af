// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/boot_record.h"

#include <algorithm>
#include <array>

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kBootOutcomes> kOutcomes{
    "clean", "captured", "partial", "missed", "unverified", "power_loss", "unknown"};
constexpr std::array<std::string_view, kConfidences> kConfidenceNames{"low", "medium", "high"};

}  // namespace

std::string_view Name(BootOutcome outcome) {
  return kOutcomes[std::min<std::size_t>(static_cast<std::size_t>(outcome), kBootOutcomes - 1)];
}

std::string_view Name(Confidence confidence) {
  return kConfidenceNames[std::min<std::size_t>(static_cast<std::size_t>(confidence),
                                                kConfidences - 1)];
}

bool IsWithin(std::int64_t time, const BootRecord& boot) {
  return boot.began != 0 && time >= boot.began && time <= boot.ended_by;
}

}  // namespace kdumpd
