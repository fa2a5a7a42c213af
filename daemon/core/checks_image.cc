// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

Finding HookScripts(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding InitrdStale(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding LoadedConfigDrift(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

}  // namespace kdumpd
