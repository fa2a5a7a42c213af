// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

Finding UnknownNmiPanic(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding PanicOnNmiError(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding Hpwdt(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding SysrqCrash(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding McePolicy(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding NmiFromBmc(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding CrashKexecPostNotifiers(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding PanicPrint(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding HardResetPaths(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

}  // namespace kdumpd
