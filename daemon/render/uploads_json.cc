// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/uploads_json.h"

#include <algorithm>

#include "daemon/render/json_values.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

// Of the dump; of a crash without one, of its log.
Json ProofJson(const UploadRecord& upload) {
  Json proof;
  for (const auto& [name, stored] : upload.objects) {
    const bool dump = name.starts_with("vmcore") && !name.starts_with("vmcore-dmesg");
    if (proof.is_null() || dump) proof = Name(stored.proof);
  }
  return proof;
}

Json ProgressJson(const UploadActivity* activity) {
  if (activity == nullptr) return {};
  const auto left = RemainingSeconds(*activity);
  return {{"object", TextOrNull(activity->progress.object)},
          {"sent", activity->progress.sent},
          {"bytes", activity->progress.bytes},
          {"bytes_per_second",
           activity->bytes_per_second != 0 ? Json(activity->bytes_per_second) : Json()},
          {"remaining_seconds", left ? Json(*left) : Json()},
          {"paused", activity->progress.paused}};
}

Json UploadJson(const UploadRecord& upload, const UploadActivity* activity) {
  const bool failed = upload.problem != UploadProblem::kNone;
  return {
      {"state", Name(upload.state)},
      {"problem", failed ? Json(Name(upload.problem)) : Json()},
      {"message", TextOrNull(upload.message)},
      {"attempts", upload.attempts},
      {"queued", TimeOrNull(upload.queued_at)},
      {"next_attempt", upload.state == UploadState::kQueued ? TimeOrNull(upload.next_at) : Json()},
      {"sent", upload.sent},
      {"bytes", upload.bytes},
      {"report_sent", upload.report_sent},
      {"verified", TimeOrNull(upload.verified_at)},
      {"proof", ProofJson(upload)},
      {"place", TextOrNull(upload.place)},
      {"duplicate_of", TextOrNull(upload.duplicate_of)},
      {"progress", ProgressJson(activity)}};
}

}  // namespace

Json UploadsJson(const State& state, const CrashRecord& record) {
  Json uploads = Json::object();
  for (const auto& [name, upload] : record.uploads) {
    uploads[name] = UploadJson(upload, ActivityOf(state.uploads, record.id, name));
  }
  return uploads;
}

}  // namespace kdumpd
