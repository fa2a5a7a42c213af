// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/upload_job.h"
#include "daemon/core/upload_target.h"

// What is to be sent where, and when. Pure.
namespace kdumpd {

// The records that are to be written so that each sealed dump is queued for each destination: new
// ones, and those whose dump is another one than was sent. A historic one is queued by whoever asks
// for it, and again only while it was not sent.
[[nodiscard]] std::vector<CrashRecord> PlanUploads(std::span<const CrashRecord> records,
                                                   const UploadPolicy& policy, std::int64_t now);

struct NextUpload {
  const CrashRecord* record = nullptr;  // null: nothing is due
  UploadTask task = UploadTask::kWhole;
};
// A dump that is gone may come back: its file system was mounted late. After so long it does not.
inline constexpr std::int64_t kForgetAfterSeconds = 86'400;
// What this destination gets now: of the newest crash that nobody there knows of, what is small;
// when all are known, the newest dump that is due; when none is, what is to be forgotten.
[[nodiscard]] NextUpload NextUploadTo(std::span<const CrashRecord> records,
                                      const UploadTarget& target, const UploadPolicy& policy,
                                      std::int64_t now);

// The crash of the same signature whose whole dump that destination holds: its dump may stand for
// this one's. "" none, or where every dump is wanted.
[[nodiscard]] std::string DuplicateOf(std::span<const CrashRecord> records,
                                      const CrashRecord& record, const UploadTarget& target);

// "<cluster>/<node>/<id>", of characters that every store takes.
[[nodiscard]] std::string UploadPrefix(const UploadPolicy& policy, std::string_view node,
                                       std::string_view id);

// Whether what leaves to this destination leaves in the clear although it must not.
[[nodiscard]] bool IsForbidden(const UploadTarget& target, const UploadPolicy& policy);

// Why this dump is not proven to be where `required` says; "" it is. A dump that another crash's
// stands for is not stored.
[[nodiscard]] std::string NotStored(const CrashRecord& record, const UploadPolicy& policy);

// Uploads that are still to be done, of dumps that are there.
struct UploadBacklog {
  std::uint64_t pending = 0;
  std::uint64_t failing = 0;  // of them, those that were given up, or whose attempts are in vain
  std::int64_t oldest = 0;    // since when the one that waits longest does; 0: none
};
[[nodiscard]] UploadBacklog BacklogOf(std::span<const CrashRecord> records,
                                      std::string_view destination);

}  // namespace kdumpd
