// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_plan.h"

#include <algorithm>
#include <optional>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// What may leave: settled, looked at as well as it can be, and still there.
bool IsReady(const CrashRecord& record) {
  return record.has_dump() && record.gone_at == 0 && IsInspectionOver(record) &&
         record.state != DumpState::kWriting && record.reason != "not_a_regular_file";
}

const UploadRecord* Find(const CrashRecord& record, std::string_view destination) {
  const auto found = record.uploads.find(destination);
  return found == record.uploads.end() ? nullptr : &found->second;
}

// It is new, or another dump than was sent; whoever is sending it finds that out. A historic one
// was asked for, where it was, once.
bool IsToQueue(const CrashRecord& record, const UploadTarget& target) {
  const UploadRecord* upload = Find(record, target.name);
  if (record.historic && (upload == nullptr || !upload->asked)) return false;
  return upload == nullptr ||
         (!IsSameDump(upload->mark, record.mark) && upload->state != UploadState::kSending);
}

// A clock that was set back does not postpone it for ever.
bool IsDue(const UploadRecord& upload, std::int64_t now) {
  return upload.state == UploadState::kQueued &&
         (upload.next_at <= now || upload.next_at - now > 24 * kMostRetrySeconds);
}

// It was begun, and its dump is gone for good: parts of it lie in the store, and its key here.
bool IsToForget(const CrashRecord& record, const UploadRecord& upload, std::int64_t now) {
  return record.gone_at != 0 && now - record.gone_at >= kForgetAfterSeconds &&
         upload.tried_at != 0 && IsDue(upload, now);
}

std::string Fit(std::string_view name) {
  std::string fit;
  for (const char c : name.substr(0, 253)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    fit += good ? c : '-';
  }
  if (fit.empty() || fit.front() == '.') fit.insert(0, "-");
  return fit;
}

}  // namespace

std::vector<CrashRecord> PlanUploads(std::span<const CrashRecord> records,
                                     const UploadPolicy& policy, std::int64_t now) {
  std::vector<CrashRecord> changes;
  for (const CrashRecord& before : records) {
    const auto due = [&](const UploadTarget& target) { return IsToQueue(before, target); };
    if (!IsReady(before) || std::ranges::none_of(policy.targets, due)) continue;
    CrashRecord& record = changes.emplace_back(before);
    for (const UploadTarget& target : policy.targets) {
      if (!due(target)) continue;
      UploadRecord& upload = record.uploads[target.name];
      const bool begun = upload.tried_at != 0 && upload.state == UploadState::kQueued;
      const bool asked = upload.asked;
      upload = {};
      upload.asked = asked;
      if (begun) {
        upload.problem = UploadProblem::kChanged;
        upload.message = "the dump is another one than was begun: it starts over";
      }
      upload.mark = record.mark;
      upload.queued_at = now;
      upload.next_at = now;
    }
  }
  return changes;
}

NextUpload NextUploadTo(std::span<const CrashRecord> records, const UploadTarget& target,
                        const UploadPolicy& policy, std::int64_t now) {
  NextUpload next;
  if (IsForbidden(target, policy)) return next;
  for (const CrashRecord& record : records) {
    const UploadRecord* upload = Find(record, target.name);
    if (upload == nullptr || !IsReady(record) || !IsDue(*upload, now)) continue;
    const UploadTask task = upload->report_sent ? UploadTask::kWhole : UploadTask::kReport;
    const auto rank = [](const CrashRecord& crash, UploadTask what) {
      return std::pair(what == UploadTask::kReport, crash.crash_time);
    };
    if (next.record == nullptr || rank(record, task) > rank(*next.record, next.task)) {
      next = {&record, task};
    }
  }
  if (next.record != nullptr) return next;
  for (const CrashRecord& record : records) {
    const UploadRecord* upload = Find(record, target.name);
    if (upload != nullptr && IsToForget(record, *upload, now))
      return {&record, UploadTask::kForget};
  }
  return next;
}

std::string DuplicateOf(std::span<const CrashRecord> records, const CrashRecord& record,
                        const UploadTarget& target) {
  const UploadRecord* own = Find(record, target.name);
  const bool wanted = own != nullptr && own->asked;
  if (target.duplicates == Duplicates::kFull || record.signature.empty() || wanted) return "";
  for (const CrashRecord& other : records) {
    const UploadRecord* upload = Find(other, target.name);
    const bool there = upload != nullptr && upload->state == UploadState::kVerified &&
                       upload->duplicate_of.empty();
    if (there && other.id != record.id && other.signature == record.signature &&
        other.state == DumpState::kComplete) {
      return other.id;
    }
  }
  return "";
}

std::string UploadPrefix(const UploadPolicy& policy, std::string_view node, std::string_view id) {
  return Cat(Fit(policy.cluster), "/", Fit(node), "/", id);
}

bool IsForbidden(const UploadTarget& target, const UploadPolicy& policy) {
  return policy.seal_required && target.recipients.empty();
}

std::string NotStored(const CrashRecord& record, const UploadPolicy& policy) {
  if (policy.required == StoredWhere::kNowhere) return "";
  std::string missing;
  for (const UploadTarget& target : policy.targets) {
    const UploadRecord* upload = Find(record, target.name);
    const bool stored = upload != nullptr && upload->state == UploadState::kVerified &&
                        upload->duplicate_of.empty() && IsSameDump(upload->mark, record.mark);
    if (stored && policy.required == StoredWhere::kAny) return "";
    if (stored) continue;
    missing += Cat(missing.empty() ? "it is not verified at " : ", ", target.name);
    if (upload != nullptr && !upload->duplicate_of.empty()) {
      missing += Cat(" (only the dump of ", upload->duplicate_of, " is there)");
    }
  }
  return missing;
}

UploadBacklog BacklogOf(std::span<const CrashRecord> records, std::string_view destination) {
  UploadBacklog backlog;
  for (const CrashRecord& record : records) {
    const UploadRecord* upload = Find(record, destination);
    if (upload == nullptr || record.gone_at != 0 || upload->state == UploadState::kVerified) {
      continue;
    }
    if (upload->state == UploadState::kGaveUp || upload->failing_since != 0) ++backlog.failing;
    ++backlog.pending;
    if (backlog.oldest == 0 || upload->queued_at < backlog.oldest)
      backlog.oldest = upload->queued_at;
  }
  return backlog;
}

}  // namespace kdumpd
