// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

Finding CrashkernelPending(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding CrashLowMemory(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding LockdownSignature(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

}  // namespace kdumpd
