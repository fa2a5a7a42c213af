// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/state.h"

namespace kdumpd {

// What `crashes ack` has done.
struct Acknowledgements {
  std::vector<CrashRecord> done;     // as they were before
  std::vector<CrashRecord> already;  // somebody had looked before
  bool pending = false;              // the daemon has yet to take what is done
  std::string problem;               // why not all is done; "" it is
};
[[nodiscard]] std::string AcknowledgedText(const Acknowledgements& acknowledgements);
[[nodiscard]] std::string AcknowledgedJson(const State& state,
                                           const Acknowledgements& acknowledgements);

}  // namespace kdumpd
