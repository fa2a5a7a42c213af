// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "daemon/core/next_state.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostTold = 100;

// That another attempt begins, and fails as the one before, is no news.
bool IsNews(const UploadRecord& then, const UploadRecord& now) {
  const bool ended = now.state == UploadState::kVerified || now.state == UploadState::kGaveUp;
  if (now.state != then.state && (ended || then.state == UploadState::kVerified)) return true;
  if (now.problem != then.problem && now.problem != UploadProblem::kNone) return true;
  const bool begins = now.state == UploadState::kSending && then.tried_at == 0;
  return begins && now.tried_at != 0;
}

Change ChangeOf(std::string_view id, std::string_view destination, const UploadRecord& then,
                const UploadRecord& now) {
  const bool failed = now.problem != UploadProblem::kNone && now.state != UploadState::kVerified;
  return {.kind = Change::Kind::kUpload,
          .worse = failed || now.state == UploadState::kGaveUp,
          .name = std::string(id),
          .from = std::string(Name(then.state)),
          .to = std::string(Name(now.state)),
          .reason = failed ? std::string(Name(now.problem)) : "",
          .message = failed ? now.message : FormatBytes(now.sent),
          .destination = std::string(destination),
          .place = now.place};
}

}  // namespace

void UploadChanges(const State* before, const State& after, std::vector<Change>& changes) {
  if (before == nullptr || !before->crashes || !after.crashes) return;
  if (before->crashes == after.crashes) return;
  std::map<std::string_view, const CrashRecord*> then;
  for (const CrashRecord& record : *before->crashes) then.emplace(record.id, &record);
  std::size_t told = 0;
  for (const CrashRecord& record : *after.crashes) {
    const auto found = then.find(record.id);
    for (const auto& [destination, now] : record.uploads) {
      UploadRecord was;
      if (found != then.end() && found->second->uploads.contains(destination)) {
        was = found->second->uploads.find(destination)->second;
      }
      if (!IsNews(was, now) || told++ >= kMostTold) continue;
      changes.push_back(ChangeOf(record.id, destination, was, now));
    }
  }
}

}  // namespace kdumpd
