// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/inspection.h"

namespace kdumpd {

// What kdumpd-inspect is asked to do: its command line, as its parent writes and as it reads it.
// The dumps are its descriptors kFirstDumpFd and up.
struct InspectArguments {
  CheckLevel level = CheckLevel::kSampled;
  std::uint64_t log_bytes = 0;  // the newest; 0: no log
  std::uint64_t files = 1;
  std::uint64_t memory_bytes = 256 << 20;
  std::uint64_t cpu_seconds = 10;  // 0: no limit

  friend bool operator==(const InspectArguments&, const InspectArguments&) = default;
};
inline constexpr int kFirstDumpFd = 3;
inline constexpr std::uint64_t kMaxDumpFiles = 256;

// How it ends when it gives no answer.
inline constexpr int kInspectUsage = 64;
inline constexpr int kInspectInternal = 70;
inline constexpr int kInspectNoSandbox = 71;
inline constexpr int kInspectNoMemory = 72;

// "--level=sampled", "--log-bytes=0" ...
[[nodiscard]] std::vector<std::string> CommandLine(const InspectArguments& arguments);
// kInvalid names the first word that is none of these; what is not said is as by default.
[[nodiscard]] Result<InspectArguments> ParseCommandLine(const std::vector<std::string_view>& words);

}  // namespace kdumpd
