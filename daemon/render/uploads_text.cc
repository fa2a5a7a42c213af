// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/uploads_text.h"

#include <algorithm>

#include "daemon/core/text.h"
#include "daemon/render/colours.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

constexpr std::size_t kPlaceBytes = 2048;

std::string ProofOf(const UploadRecord& upload) {
  std::string_view how = "by its digest there";
  for (const auto& [name, stored] : upload.objects) {
    const bool dump = name.starts_with("vmcore") && !name.starts_with("vmcore-dmesg");
    if (dump && stored.proof == UploadProof::kReadBack) how = "read back";
  }
  return std::string(how);
}

std::string VerifiedText(const UploadRecord& upload) {
  const std::string stands =
      upload.duplicate_of.empty()
          ? ""
          : Cat(", without the dump: that of ", Shown(upload.duplicate_of), " stands for it");
  return Cat("verified ", Rfc3339(upload.verified_at), ", ", ProofOf(upload), stands, ", ",
             Printable(upload.place, kPlaceBytes));
}

std::string SendingText(const UploadActivity* activity) {
  if (activity == nullptr || activity->progress.bytes == 0) return "sending";
  const UploadProgress& progress = activity->progress;
  std::string text = Cat("sending ", Shown(progress.object), ", ",
                         progress.sent * 100 / std::max<std::uint64_t>(progress.bytes, 1), " %, ",
                         FormatBytes(progress.sent), " of ", FormatBytes(progress.bytes));
  if (activity->bytes_per_second != 0) {
    text += Cat(", ", FormatBytes(activity->bytes_per_second), "/s");
  }
  if (const auto left = RemainingSeconds(*activity))
    text += Cat(", ", FormatSeconds(*left), " left");
  return progress.paused ? Cat(text, ", paused: the node is under pressure") : text;
}

std::string WaitingText(const State& state, const UploadRecord& upload) {
  std::string text(upload.state == UploadState::kGaveUp ? "given up" : "waits");
  if (upload.problem != UploadProblem::kNone) {
    text += Cat(", ", Name(upload.problem), ": ", Shown(upload.message));
  }
  if (upload.attempts > 0) text += Cat("; ", Counted(upload.attempts, "attempt", "attempts"));
  if (upload.sent > 0) text += Cat(", ", FormatBytes(upload.sent), " are there");
  const bool later = upload.state == UploadState::kQueued && upload.next_at > state.now;
  return later ? Cat(text, ", again at ", Rfc3339(upload.next_at)) : text;
}

}  // namespace

std::string UploadRows(const State& state, const CrashRecord& record) {
  std::string rows;
  for (const auto& [name, upload] : record.uploads) {
    std::string text;
    if (upload.state == UploadState::kVerified) {
      text = VerifiedText(upload);
    } else if (upload.state == UploadState::kSending) {
      text = SendingText(ActivityOf(state.uploads, record.id, name));
    } else {
      text = WaitingText(state, upload);
    }
    rows += LabelRow(rows.empty() ? "stored" : "", Cat(name, ": ", text));
  }
  return rows;
}

TableField UploadField(const CrashRecord& record) {
  int worst = 0;  // 1 stored, 2 sending, 3 waits, 4 failing
  for (const auto& [name, upload] : record.uploads) {
    const bool failing = upload.state == UploadState::kGaveUp || upload.failing_since != 0;
    const int now = upload.state == UploadState::kVerified  ? 1
                    : failing                               ? 4
                    : upload.state == UploadState::kSending ? 2
                                                            : 3;
    worst = std::max(worst, now);
  }
  if (worst == 0) return {"-", kGrey};
  if (worst == 1) return {"stored", kGreen};
  if (worst == 4) return {"not stored", kRed};
  return {worst == 2 ? "sending" : "waits", kYellow};
}

}  // namespace kdumpd
