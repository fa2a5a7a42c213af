// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/facts.h"

namespace kdumpd {

struct RecommendedSize {
  std::uint64_t bytes = 0;  // 0: the table starts above this machine's memory
  std::string source;       // which table, for a person
};

// The size that this distribution's own tool would choose: kdump-utils kdump-lib.sh
// (kdump_get_arch_recommend_crashkernel), Debian and Ubuntu grub.d/kdump-tools.cfg. Nothing where
// the tool computes it from hardware instead (SUSE), or for an architecture without a table.
[[nodiscard]] std::optional<RecommendedSize> RecommendSize(const Facts& facts,
                                                           std::uint64_t ram_bytes);

// RHEL kernels up to 8 carry a patch that knows crashkernel=auto; by release ("...el8_10.x86_64").
[[nodiscard]] bool KnowsCrashkernelAuto(std::string_view kernel_release);

}  // namespace kdumpd
