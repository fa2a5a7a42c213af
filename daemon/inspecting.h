// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/inspection.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/named_dump.h"

// What `kdumpd inspect` and the daemon ask of kdumpd-inspect and make of its answer: the same of
// the same dump, or their signatures would differ.
namespace kdumpd {

inline constexpr std::uint64_t kInspectLogBytes = 16 << 20;
inline constexpr std::uint64_t kInspectCpuSeconds = 60;
inline constexpr int kInspectTotalMs = 600'000;

// `bytes`: of the dump, where the helper gave no answer.
[[nodiscard]] Inspection AnswerOf(const InspectOutcome& outcome, std::uint64_t bytes);
// Whether the files were written to meanwhile. Only a split set is made of all of them.
[[nodiscard]] bool HaveChanged(std::vector<FileMark> before, std::vector<FileMark> after,
                               const Inspection& inspection);

}  // namespace kdumpd
