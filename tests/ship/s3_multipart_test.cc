// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_multipart.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/ship/s3_faults.h"

namespace kdumpd {
namespace {

TEST(S3Multipart, ListsPartsPageByPage) {
  const std::string text = SomeBytes(2'500);
  const FileToSend file(text, 1);
  MemoryS3 server;
  server.begun = true;
  for (unsigned i = 1; i <= 2'499; ++i) server.parts[i] = text.substr(i - 1, 1);
  MemorySteps steps;
  steps.journal.plan = file.plan();
  steps.journal.upload_id = "up/1";
  const auto sink = SinkOf(InputFor(server.server().url(), "s3://b"));
  const auto sent = sink->Send("o", *file.Open(), steps);
  ASSERT_TRUE(sent) << Why(sent);
  EXPECT_EQ(server.server().Count("GET", "uploadId=up%2F1"), 3);
  EXPECT_EQ(server.server().Count("PUT"), 1);
  EXPECT_TRUE(server.objects["/b/o"].first == text);
  EXPECT_EQ(steps.journal.parts.size(), 2'500);
}

TEST(S3Multipart, PartsThatCannotBeListedAreSentAgain) {
  for (const auto& [status, code, problem] :
       std::vector<std::tuple<int, std::string, std::string>>{{403, "AccessDenied", "none"},
                                                              {501, "NotImplemented", "none"},
                                                              {500, "InternalError", "server"},
                                                              {404, "NoSuchBucket", "refused"}}) {
    MemoryS3 server(Always([](const Asked& asked) { return asked.method == "GET"; },
                           MemoryS3::Failure(status, code)));
    server.begun = true;
    server.parts[1] = kText.substr(0, kPart);
    MemorySteps steps;
    steps.journal.upload_id = "up/1";
    EXPECT_EQ(Upload(server, kPart, steps).sent, problem) << code;
    EXPECT_EQ(server.server().Count("PUT"), problem == "none" ? 3 : 0) << code;
  }
}

// Some stores make up ETags that look like MD5s and are none.
TEST(S3Multipart, WhereAllIsReadBackAnEtagIsNoProof) {
  for (const bool read_back : {true, false}) {
    MemoryS3 server([](const Asked& asked, MemoryS3& store) -> std::optional<Says> {
      if (!asked.query.contains("partNumber")) return std::nullopt;
      Says says = store.Good(asked);
      says.headers = {{"ETag", Cat('"', std::string(32, 'a'), '"')}};
      return says;
    });
    const FileToSend file(kText, kPart);
    MemorySteps steps;
    steps.journal.plan = file.plan();
    SinkInput input = InputFor(server.server().url(), "s3://b/p");
    input.target.read_back = read_back;
    const auto sink = SinkOf(std::move(input));
    const auto source = file.Open();
    const auto sent = sink->Send("o", *source, steps);
    EXPECT_EQ(ProblemOf(sent), read_back ? "none" : "mismatch");
    if (!sent) continue;
    const auto stored = sink->Verify("o", *source, steps);
    ASSERT_TRUE(stored) << Why(stored);
    EXPECT_EQ(Name(stored->proof), Name(UploadProof::kReadBack));
    EXPECT_TRUE(server.objects["/b/p/o"].first == kText);
  }
}

// The process died between the completion and what would have said so.
TEST(S3Multipart, ACompletionThatNobodyHeardOf) {
  MemoryS3 server;
  MemorySteps steps;
  EXPECT_EQ(Upload(server, kPart, steps).verified, "none");
  EXPECT_EQ(server.server().Count("PUT"), 3);
  steps.sent = 0;
  const Outcome again = Upload(server, kPart, steps);
  EXPECT_EQ(again.verified, "none") << again.why;
  EXPECT_EQ(Name(again.proof), Name(UploadProof::kEtag));
  EXPECT_EQ(server.server().Count("PUT"), 3);
  EXPECT_EQ(server.server().Count("POST", "uploads="), 1);
  EXPECT_EQ(steps.sent, kText.size());
  // Something else is there, or the journal does not know enough to tell: begun anew.
  server.objects["/b/p/o"].second = MultipartEtag({std::string(32, 'a')});
  EXPECT_EQ(Upload(server, kPart, steps).verified, "none");
  EXPECT_EQ(server.server().Count("PUT"), 6);
  steps.journal.parts.erase(2);
  EXPECT_EQ(Upload(server, kPart, steps).verified, "none");
  EXPECT_EQ(server.server().Count("PUT"), 9);
}

TEST(S3Multipart, OnlyUploadsOfThisVeryKeyAreAborted) {
  MemoryS3 server([](const Asked& asked, MemoryS3&) -> std::optional<Says> {
    if (asked.method == "DELETE") return Says{.status = 204};
    const bool next = asked.query.contains("key-marker=p%2Fo&");
    const std::string more =
        "<IsTruncated>true</IsTruncated><NextKeyMarker>p/o</NextKeyMarker>"
        "<NextUploadIdMarker>mine</NextUploadIdMarker>";
    const auto upload = [](std::string_view key, std::string_view id) {
      return Cat("<Upload><Key>", key, "</Key><UploadId>", id, "</UploadId></Upload>");
    };
    return Says{.body = Cat("<ListMultipartUploadsResult>",
                            next ? upload("p/o", "orphan") + upload("p/o.age", "other")
                                 : more + upload("p/o", "mine"),
                            "</ListMultipartUploadsResult>")};
  });
  MemorySteps steps;
  steps.journal.upload_id = "mine";
  SinkOf(InputFor(server.server().url(), "s3://b/p"))->CleanUp("o", steps);
  EXPECT_EQ(server.server().Count("DELETE"), 1);
  EXPECT_EQ(server.server().Count("DELETE", "uploadId=orphan"), 1);
}

}  // namespace
}  // namespace kdumpd
