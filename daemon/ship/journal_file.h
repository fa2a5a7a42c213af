// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/core/upload_journal.h"
#include "daemon/ship/sink.h"

namespace kdumpd {

// The journal on disk, held by one process: what another holds cannot be opened. Each step is there
// (fdatasync) before its function returns.
class JournalFile {
 public:
  // `fd`: open for reading and writing, stays the caller's. A last line that was cut off is
  // removed. kState: somebody else holds it, or it cannot be read or locked.
  static Uploaded<JournalFile> Open(int fd, std::function<std::int64_t()> now);

  [[nodiscard]] const UploadJournal& journal() const { return journal_; }
  [[nodiscard]] const ObjectJournal& At(std::string_view object);
  [[nodiscard]] std::int64_t Now() const { return now_(); }

  Uploaded<void> Plan(std::string_view object, const UploadPlan& plan);
  Uploaded<void> Restart(std::string_view object, std::string_view why);
  Uploaded<void> Stored(std::string_view object, const StoredObject& stored);
  Uploaded<void> Add(const std::string& line);  // durable
  void Mention(const std::string& line);        // need not be

 private:
  JournalFile(int fd, std::function<std::int64_t()> now) : fd_(fd), now_(std::move(now)) {}
  Uploaded<void> Write(std::string_view line);

  int fd_;
  std::function<std::int64_t()> now_;
  std::size_t bytes_ = 0;
  UploadJournal journal_;
};

// The steps of one object, in that journal.
class JournalSteps : public Steps {
 public:
  JournalSteps(JournalFile& file, std::string object, std::function<void(std::uint64_t)> progress)
      : file_(file), object_(std::move(object)), progress_(std::move(progress)) {}

  [[nodiscard]] const ObjectJournal& so_far() const override { return file_.At(object_); }
  Uploaded<void> BeganUpload(std::string_view upload_id) override {
    return file_.Add(UploadIdLine(object_, upload_id));
  }
  Uploaded<void> SentPart(std::uint32_t number, const UploadedPart& part) override {
    return file_.Add(PartLine(object_, number, part));
  }
  Uploaded<void> Aborted(std::string_view upload_id) override {
    return file_.Add(AbortedLine(object_, upload_id));
  }
  void Sent(std::uint64_t bytes) override;

 private:
  JournalFile& file_;
  std::string object_;
  std::function<void(std::uint64_t)> progress_;
  std::int64_t mentioned_at_ = 0;
};

}  // namespace kdumpd
