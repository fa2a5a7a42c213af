// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

Finding TargetSupported(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding TargetPersistentName(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding TargetRawDevice(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

}  // namespace kdumpd
