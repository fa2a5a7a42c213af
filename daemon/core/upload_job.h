// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/error.h"
#include "daemon/core/upload.h"
#include "daemon/core/upload_target.h"

// What kdumpd asks of kdumpd-ship, in a file of its own (a job), and what that says, line by line.
namespace kdumpd {

// The descriptors that kdumpd-ship is given: the job, the journal (0600, to read and to add to),
// and the files, in the order of UploadJob::objects.
inline constexpr int kJobFd = 3, kJournalFd = 4, kFirstUploadFd = 5;
inline constexpr std::size_t kMostJobBytes = 1 << 20;
inline constexpr std::string_view kManifestName = "manifest.json";
// Of this one words are blotted out where it is made, by whoever knows its fields.
inline constexpr std::string_view kReportName = "report.json";

enum class UploadTask {
  kReport,   // what is small, so that people can begin: report and kernel log
  kWhole,    // all of it, the manifest last
  kConfirm,  // ask again whether all that was proven is still there; sends nothing
  kForget,   // the dump is gone: take back what was begun and can never be ended
};
inline constexpr int kUploadTasks = 4;
[[nodiscard]] std::string_view Name(UploadTask task);

struct UploadObject {
  std::string name;    // of the layout: "vmcore", "report.json"; ".age" is added where it applies
  bool small = false;  // a text: read whole, may be redacted
};

struct UploadJob {
  UploadTask task = UploadTask::kWhole;
  UploadTarget target;
  std::string prefix;     // "<cluster>/<node>/<crash id>"
  bool seal_all = false;  // nothing but the manifest leaves in the clear
  bool pressure = true;   // pause under memory or I/O pressure
  std::vector<UploadObject> objects;
  std::map<std::string, std::string, std::less<>> environment;  // AWS_...
  // For the manifest: what is known of the crash, by name.
  std::map<std::string, std::string, std::less<>> about;
  std::map<std::string, StoredObject, std::less<>> stored;  // kConfirm: what was proven
};
// A job holds secrets of the environment: it goes into an anonymous file and nowhere else.
[[nodiscard]] std::string EncodeJob(const UploadJob& job);
// kInvalid says which line.
[[nodiscard]] Result<UploadJob> ParseJob(std::string_view text);

// What kdumpd-ship says on its standard output.
struct UploadProgress {
  std::string object;
  std::uint64_t sent = 0, bytes = 0;  // of that object
  bool paused = false;                // the node is under pressure
};
struct UploadEnd {
  UploadProblem problem = UploadProblem::kNone;  // none: the task is done
  std::string message;
  std::int64_t retry_after_seconds = 0;
};
[[nodiscard]] std::string ProgressLineOf(const UploadProgress& progress);
[[nodiscard]] std::string EndLineOf(const UploadEnd& end);

// Takes the output of kdumpd-ship piece by piece. A line that is none is not believed.
class UploadTalk {
 public:
  // False: it has said what makes no sense, or too much.
  bool Add(std::string_view bytes);
  // The newest of each; the end is the last word.
  [[nodiscard]] const std::optional<UploadProgress>& progress() const { return progress_; }
  [[nodiscard]] const std::optional<UploadEnd>& end() const { return end_; }

 private:
  bool TakeLine(std::string_view line);
  std::string rest_;
  std::optional<UploadProgress> progress_;
  std::optional<UploadEnd> end_;
};

}  // namespace kdumpd
