// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "daemon/core/inspection.h"
#include "daemon/vmcore/byte_source.h"
#include "daemon/vmcore/container.h"
#include "daemon/vmcore/kernel_log.h"

namespace kdumpd {

struct InspectOptions {
  CheckLevel level = CheckLevel::kSampled;
  LogLimits log;                               // records 0: no log
  Progress progress;                           // may be empty
  std::function<void(std::string_view)> line;  // whole raw log lines, oldest first; may be empty
  // Each record as lines of which only the first has a time; may be empty.
  std::function<void(std::string_view)> record{};
};

// What the first file is, whether it is whole, and its kernel log. Further files may be parts of
// the same split set. Never fails: what cannot be told is unknown, with the reason.
[[nodiscard]] Inspection Inspect(std::span<const ByteSource* const> files,
                                 const InspectOptions& options);

}  // namespace kdumpd
