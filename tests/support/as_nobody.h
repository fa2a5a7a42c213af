// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <stdexcept>

namespace kdumpd {

// While it lives this process may do no more than an ordinary user: root may read everything.
class AsNobody {
 public:
  AsNobody() : root_(geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (root_ && seteuid(kNobody) != 0) throw std::runtime_error("seteuid");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (root_ && seteuid(0) != 0) _exit(1);
  }

 private:
  const bool root_;
};

}  // namespace kdumpd
