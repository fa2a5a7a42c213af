// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

std::string RemedyFor(const Facts& facts, const Remedy& remedy) {
  std::string_view text;
  switch (facts.distribution) {
    case Distribution::kCoreos:
      text = remedy.coreos;
      break;
    case Distribution::kDebian:
    case Distribution::kUbuntu:
      text = remedy.debian;
      break;
    case Distribution::kSuse:
      text = remedy.suse;
      break;
    case Distribution::kRhel:
    case Distribution::kOther:
      break;
  }
  return std::string(text.empty() ? remedy.rhel : text);
}

std::string ReservedSource(const Facts& facts) {
  if (FadumpOn(facts)) return facts.fadump.source();
  return facts.crash_size.known() ? facts.crash_size.source() : facts.iomem.source();
}

const UnitState* LoadingUnit(const Facts& facts) {
  if (!facts.units.known()) return nullptr;
  const UnitState* first = nullptr;
  for (const UnitState& unit : facts.units.value()) {
    if (unit.load_state == "loaded" || unit.load_state == "masked") return &unit;
    if (first == nullptr) first = &unit;
  }
  return first;
}

bool StartUnderWay(const Facts& facts, const Policy& policy) {
  const UnitState* unit = LoadingUnit(facts);
  if (unit == nullptr || unit->active_state != "activating") return false;
  const std::int64_t since = static_cast<std::int64_t>(unit->state_change_usec / 1'000'000);
  return facts.now - since <= policy.arming_allowance_seconds;
}

}  // namespace kdumpd
