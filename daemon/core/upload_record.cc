// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_record.h"

#include <algorithm>

namespace kdumpd {
namespace {

constexpr std::int64_t kFirstRetrySeconds = 10, kChangedSeconds = 30;

void Achieved(UploadRecord& record) {
  record.attempts = 0;
  record.deaths = 0;
  record.failing_since = 0;
}

void GiveUp(UploadRecord& record) { record.state = UploadState::kGaveUp; }

// As if it had never been begun: should its dump come back, it is.
void Forget(UploadRecord& record) {
  record.report_sent = false;
  record.tried_at = 0;
  record.sent = 0;
  record.problem = UploadProblem::kSource;
  record.message = "the dump is gone; what was sent of it was taken back";
}

}  // namespace

bool IsSameDump(const DumpMark& a, const DumpMark& b) {
  return a.inode == b.inode && a.bytes == b.bytes && a.mtime == b.mtime;
}

std::uint64_t SentBytes(const UploadJournal& journal) {
  std::uint64_t sum = 0;
  for (const auto& [name, object] : journal.objects) {
    if (object.stored) {
      sum += object.stored->stored_bytes;
      continue;
    }
    std::uint64_t parts = 0;
    for (const auto& [number, part] : object.parts) parts += part.bytes;
    sum += std::max(parts, object.sent);
  }
  return sum;
}

std::int64_t RetryDelay(std::uint32_t attempts, double chance, std::int64_t asked_for_seconds) {
  const std::uint32_t doublings = std::min(attempts == 0 ? 0 : attempts - 1, 20U);
  const std::int64_t most = std::min(kFirstRetrySeconds << doublings, kMostRetrySeconds);
  const auto delay = static_cast<std::int64_t>(chance * static_cast<double>(most)) + 1;
  // A second more: the time that it is added to is cut to whole ones.
  const std::int64_t asked = asked_for_seconds > 0 ? asked_for_seconds + 1 : 0;
  return std::max(std::min(delay, most), asked);
}

void ProceedUpload(UploadRecord& record, const UploadJournal& journal) {
  const std::uint64_t sent = SentBytes(journal);
  if (sent > record.sent) Achieved(record);
  record.sent = sent;
}

bool BeginUpload(UploadRecord& record, const UploadJournal& journal, std::string_view boot,
                 std::int64_t now) {
  ProceedUpload(record, journal);
  // A node that was off, and a policy that forbade it, are no attempts in vain.
  if (record.boot != boot || record.problem == UploadProblem::kClear) record.failing_since = 0;
  if (record.deaths >= kMostUploadDeaths) {
    GiveUp(record);
    return false;
  }
  record.state = UploadState::kSending;
  ++record.attempts;
  record.tried_at = now;
  record.boot = boot;
  return true;
}

void EndUpload(UploadRecord& record, const UploadOutcome& outcome) {
  ProceedUpload(record, *outcome.journal);
  record.state = UploadState::kQueued;
  record.problem = outcome.end.problem;
  record.message = outcome.end.message;
  if (outcome.end.problem == UploadProblem::kNone) {
    Achieved(record);
    record.next_at = outcome.now;
    if (outcome.task == UploadTask::kForget) return Forget(record);
    record.report_sent = true;
    if (outcome.task != UploadTask::kWhole) return;
    record.state = UploadState::kVerified;
    record.verified_at = outcome.now;
    record.asked = false;
    record.objects.clear();
    for (const auto& [name, object] : outcome.journal->objects) {
      if (object.stored) record.objects.emplace(name, *object.stored);
    }
    return;
  }
  record.deaths = outcome.end.problem == UploadProblem::kHelper ? record.deaths + 1 : 0;
  if (record.failing_since == 0) record.failing_since = outcome.now;
  record.next_at = outcome.now + (outcome.end.problem == UploadProblem::kChanged
                                      ? kChangedSeconds
                                      : RetryDelay(std::max(record.attempts, 1U), outcome.chance,
                                                   outcome.end.retry_after_seconds));
  const bool too_long =
      outcome.give_up_after > 0 && outcome.now - record.failing_since > outcome.give_up_after;
  if (record.deaths >= kMostUploadDeaths || too_long) GiveUp(record);
}

void LoseUpload(UploadRecord& record, bool clean, std::string_view running_boot, std::int64_t now) {
  if (record.state != UploadState::kSending) return;
  record.state = UploadState::kQueued;
  record.next_at = now;
  // Of a node that went down nobody knows why; of a daemon that died alone, this may be why.
  if (!clean && record.boot == running_boot) ++record.deaths;
}

void AskForUpload(UploadRecord& record, std::int64_t now) {
  record.asked = true;
  record.queued_at = now;
  if (record.state == UploadState::kSending) return;  // it is what was asked for
  record.state = UploadState::kQueued;
  record.report_sent = false;
  record.next_at = 0;
  record.verified_at = 0;
  record.objects.clear();
  Achieved(record);
}

}  // namespace kdumpd
