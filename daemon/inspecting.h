// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/inspection.h"
#include "daemon/host/host_root.h"
#include "daemon/host/inspect_process.h"
#include "daemon/host/named_dump.h"

// What `kdumpd inspect` and the daemon ask of kdumpd-inspect and make of its answer: the same of
// the same dump, or their signatures would differ.
namespace kdumpd {

inline constexpr std::uint64_t kInspectLogBytes = 16 << 20;
inline constexpr std::uint64_t kInspectCpuSeconds = 60;
inline constexpr int kInspectTotalMs = 600'000;

inline constexpr std::string_view kFailureChanged = "changed";

// Where the dump of that record lies.
[[nodiscard]] std::string DirectoryOf(const CrashRecord& record, std::string_view crash_directory);
// Its files, and the log beside it. The unexpected, a stable code: why it cannot be opened;
// kFailureChanged when it is not the file of the record.
[[nodiscard]] std::expected<NamedDump, std::string> OpenRecorded(const HostRoot& root,
                                                                 const std::string& directory,
                                                                 const CrashRecord& record);

// `bytes`: of the dump, where the helper gave no answer.
[[nodiscard]] Inspection AnswerOf(const InspectOutcome& outcome, std::uint64_t bytes);
// Whether the files were written to meanwhile. Only a split set is made of all of them.
[[nodiscard]] bool HaveChanged(std::vector<FileMark> before, std::vector<FileMark> after,
                               const Inspection& inspection);

}  // namespace kdumpd
