// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/ship/sink.h"
#include "tests/host/temporary_tree.h"

// What the tests of the S3 sink upload, and with what.
namespace kdumpd {

// A journal that is lost with the process.
class MemorySteps : public Steps {
 public:
  [[nodiscard]] const ObjectJournal& so_far() const override { return journal; }
  Uploaded<void> BeganUpload(std::string_view id) override {
    if (fail_at_begin) return FailUpload(UploadProblem::kState, "no space");
    journal.upload_id = id;
    journal.parts.clear();
    return {};
  }
  Uploaded<void> SentPart(std::uint32_t number, const UploadedPart& part) override {
    journal.parts[number] = part;
    if (number == fail_after_part) return FailUpload(UploadProblem::kState, "no space");
    return {};
  }
  Uploaded<void> Aborted(std::string_view id) override {
    std::erase(journal.stale_uploads, id);
    return {};
  }
  void Sent(std::uint64_t bytes) override { sent = bytes; }

  ObjectJournal journal;
  bool fail_at_begin = false;
  std::uint32_t fail_after_part = 0;
  std::uint64_t sent = 0;
};

// Bytes that do not repeat where parts are cut.
inline std::string SomeBytes(std::size_t size, std::uint32_t seed = 1) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return text;
}

// A file to be sent as a plan says.
class FileToSend {
 public:
  explicit FileToSend(const std::string& text, std::uint64_t part_bytes) {
    tree_.Write("vmcore", text);
    file_.Reset(open(path().c_str(), O_RDONLY | O_CLOEXEC));
    plan_.mark = *MarkOf(file_.get());
    plan_.stored_bytes = text.size();
    plan_.part_bytes = part_bytes;
  }
  [[nodiscard]] std::unique_ptr<Source> Open() const {
    auto source = OpenSource(file_.get(), plan_);
    EXPECT_TRUE(source) << source.error().message;
    return *std::move(source);
  }
  [[nodiscard]] std::string path() const { return tree_.path() + "/vmcore"; }
  [[nodiscard]] const UploadPlan& plan() const { return plan_; }

 private:
  TemporaryTree tree_;
  UniqueFd file_;
  UploadPlan plan_;
};

inline SinkInput InputFor(const std::string& endpoint, const std::string& url) {
  SinkInput input;
  input.target.url = url;
  input.target.endpoint = endpoint;
  input.target.path_style = true;
  input.target.part_bytes = 5 << 20;
  input.environment = {{"AWS_ACCESS_KEY_ID", "test:tester"}, {"AWS_SECRET_ACCESS_KEY", "testing"}};
  input.now = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
  return input;
}

inline std::unique_ptr<Sink> SinkOf(SinkInput input) {
  auto sink = OpenS3(std::move(input));
  EXPECT_TRUE(sink) << sink.error().message;
  return *std::move(sink);
}

// "kRefused" is 7: a row's name says more than its number.
template <class T>
std::string ProblemOf(const Uploaded<T>& result) {
  return result ? "none" : std::string(Name(result.error().problem));
}
template <class T>
std::string Why(const Uploaded<T>& result) {
  return result ? "it worked" : result.error().message;
}

}  // namespace kdumpd
