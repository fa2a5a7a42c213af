// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/journal_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kMentionSeconds = 5;

std::unexpected<UploadError> FailState(std::string_view what) {
  return FailUpload(UploadProblem::kState, Cat("the journal of the upload: ", what, ": ",
                                               std::generic_category().message(errno)));
}

}  // namespace

Uploaded<JournalFile> JournalFile::Open(int fd, std::function<std::int64_t()> now) {
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return FailState("another upload holds it");
  JournalFile file(fd, std::move(now));
  struct stat status{};
  if (fstat(fd, &status) != 0) return FailState("fstat");
  if (status.st_size > static_cast<off_t>(kMostJournalBytes)) {
    return FailUpload(UploadProblem::kState, "the journal of the upload is too large");
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = pread(fd, text.data(), text.size(), 0);
  if (got != status.st_size) return FailState("reading");
  file.bytes_ = AddToJournal(text, file.journal_);
  if (ftruncate(fd, static_cast<off_t>(file.bytes_)) != 0) {
    return FailState("cutting off what makes no sense");
  }
  return file;
}

const ObjectJournal& JournalFile::At(std::string_view object) {
  return journal_.objects[std::string(object)];
}

// Where it could not be written whole, nothing of it stays.
Uploaded<void> JournalFile::Write(std::string_view line) {
  if (bytes_ + line.size() > kMostJournalBytes) {
    return FailUpload(UploadProblem::kState, "the journal of the upload is full");
  }
  const auto at = static_cast<off_t>(bytes_);
  const ssize_t put = pwrite(fd_, line.data(), line.size(), at);
  if (put != static_cast<ssize_t>(line.size())) {
    if (put >= 0) errno = ENOSPC;
    const int why = errno;
    (void)!ftruncate(fd_, at);
    errno = why;
    return FailState("writing");
  }
  bytes_ += line.size();
  AddToJournal(line, journal_);
  return {};
}

Uploaded<void> JournalFile::Add(const std::string& line) {
  if (auto written = Write(line); !written) return written;
  if (fdatasync(fd_) != 0) return FailState("fdatasync");
  return {};
}

void JournalFile::Mention(const std::string& line) {
  if (!Write(line)) return;  // progress that nobody hears of
}

Uploaded<void> JournalFile::Plan(std::string_view object, const UploadPlan& plan) {
  return Add(PlanLine(object, plan, now_()));
}
Uploaded<void> JournalFile::Restart(std::string_view object, std::string_view why) {
  return Add(RestartLine(object, why));
}
Uploaded<void> JournalFile::Stored(std::string_view object, const StoredObject& stored) {
  return Add(StoredLine(object, stored));
}

void JournalSteps::Sent(std::uint64_t bytes) {
  const std::int64_t now = file_.Now();
  if (now - mentioned_at_ >= kMentionSeconds || now < mentioned_at_) {
    mentioned_at_ = now;
    file_.Mention(SentLine(object_, bytes, now));
  }
  if (progress_) progress_(bytes);
}

}  // namespace kdumpd
