// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/machine_id.h"

#include "daemon/core/text.h"

namespace kdumpd {

std::string MachineId(const HostRoot& root) {
  auto text = root.Read("/etc/machine-id", 4096);
  if (!text) return {};
  const std::string id(Trim(*text));
  const bool well_formed =
      id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  return well_formed ? id : "";
}

}  // namespace kdumpd
