// SPDX-License-Identifier: Apache-2.0
#include "daemon/inspecting.h"

#include <sys/stat.h>

#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/open_kind.h"
#include "daemon/render/inspection_json.h"

namespace kdumpd {

std::string DirectoryOf(const CrashRecord& record, std::string_view crash_directory) {
  if (record.directory.empty()) return std::string(crash_directory);
  return Cat(crash_directory, '/', record.directory);
}

std::expected<NamedDump, std::string> OpenRecorded(const HostRoot& root,
                                                   const std::string& directory,
                                                   const CrashRecord& record) {
  Named dump = OpenNamed(&root, Cat(directory, '/', record.main()));
  if (!dump) return std::unexpected(dump.error().wholeness.reason);
  const FileMark file = MarksOf(dump->files).front();
  // Not what the look saw, or where a symbolic link leads.
  if (DumpMark{file.device, file.inode, file.bytes, file.mtime} != record.mark) {
    return std::unexpected(std::string(kFailureChanged));
  }
  const bool log_alone = record.vmcore.empty();
  if (log_alone || record.log.empty() || RoleOf(record.log) == DumpRole::kKexecDmesg) {
    return *std::move(dump);
  }
  if (const auto place = root.OpenDirectory(directory)) {
    if (auto log = OpenKindAt(place->get(), record.log, S_IFREG)) {
      dump->log = *std::move(log);
      dump->log_path = Cat(directory, '/', record.log);
    }
  }
  return *std::move(dump);
}

Inspection AnswerOf(const InspectOutcome& outcome, std::uint64_t bytes) {
  if (!outcome.reason.empty()) return Uninspected(bytes, outcome.reason, outcome.detail);
  auto inspection = ParseInspection(outcome.facts);
  if (!inspection) return Uninspected(bytes, "inspector_garbled", inspection.error().message);
  return *std::move(inspection);
}

bool HaveChanged(std::vector<FileMark> before, std::vector<FileMark> after,
                 const Inspection& inspection) {
  if (!inspection.split) {
    before.resize(1);
    after.resize(1);
  }
  return before != after;
}

}  // namespace kdumpd
