// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/load_history.h"

namespace kdumpd {

Fact<bool> TakesOver(const Fact<bool>& crash_loaded, const Fact<Fadump>& fadump) {
  if (!fadump.known() || !fadump->enabled) return crash_loaded;
  return Fact<bool>::Known(fadump->registered, fadump.source());
}

LoadHistory NextHistory(const LoadHistory& before, const Fact<bool>& takes_over, std::int64_t now) {
  LoadHistory after = before;
  if (takes_over.Is(true)) {
    after.was_loaded = true;
    after.lost_since = 0;
    if (before.armed_since == 0) after.armed_since = now;
  }
  if (takes_over.Is(false)) {
    after.armed_since = 0;
    if (before.was_loaded && before.lost_since == 0) after.lost_since = now;
  }
  return after;
}

}  // namespace kdumpd
