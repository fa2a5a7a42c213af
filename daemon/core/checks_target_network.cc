// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/checks.h"

namespace kdumpd {

Finding TargetNfs(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding TargetSshConfig(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding TargetSshKnownHost(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

Finding TargetDns(const Facts&, const Numbers&, const Policy&) {
  return NotApplicable("not_looked_at", "not looked at");
}

}  // namespace kdumpd
