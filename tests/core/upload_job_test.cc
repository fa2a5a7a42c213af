// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_job.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

UploadJob Job() {
  UploadJob job;
  job.task = UploadTask::kConfirm;
  job.target = {.name = "central",
                .url = "s3://crashes/rack 1",
                .endpoint = "https://store:9000",
                .region = "eu-1",
                .path_style = true,
                .credentials_file = "/etc/keys",
                .sign_payload = true,
                .part_bytes = 8 << 20,
                .most_parts = 1000,
                .ca_file = "/ca",
                .user = "u",
                .password_file = "/p",
                .token_file = "/t",
                .key_file = "/k",
                .known_hosts = "/h",
                .host_key = "SHA256:x",
                .bandwidth = 5,
                .read_back = true,
                .recipients = {"age1a", "age1b"},
                .redact_log = true};
  job.prefix = "cluster/node/id";
  job.seal_all = true;
  job.pressure = false;
  job.objects = {{"report.json", true}, {"vmcore", false}};
  job.environment = {{"AWS_SECRET_ACCESS_KEY", "s e=c%r\net"}};
  job.about = {{"id", "x"}, {"node", ""}};
  job.stored = {{"vmcore", {UploadProof::kReadBack, 1, 2, "a", "b", "", 3}}};
  return job;
}

TEST(UploadJob, WhatIsAskedIsUnderstood) {
  const UploadJob job = Job();
  const auto parsed = ParseJob(EncodeJob(job));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->target, job.target);
  EXPECT_EQ(parsed->task, job.task);
  EXPECT_EQ(parsed->prefix, job.prefix);
  EXPECT_EQ(parsed->seal_all, job.seal_all);
  EXPECT_EQ(parsed->pressure, job.pressure);
  ASSERT_EQ(parsed->objects.size(), 2u);
  EXPECT_TRUE(parsed->objects[0].small);
  EXPECT_FALSE(parsed->objects[1].small);
  EXPECT_EQ(parsed->environment, job.environment);
  EXPECT_EQ(parsed->about, job.about);
  EXPECT_EQ(parsed->stored, job.stored);
}

TEST(UploadJob, ALineThatIsNoneIsNamed) {
  const auto parsed = ParseJob(Cat(EncodeJob(Job()), "surprise a=b\n"));
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("line 11 "), std::string::npos) << parsed.error().message;
  EXPECT_FALSE(ParseJob(""));
}

TEST(UploadTalk, PieceByPiece) {
  const std::string text =
      Cat(ProgressLineOf({"vmcore", 1, 10, false}), ProgressLineOf({"vmcore", 5, 10, true}),
          EndLineOf({UploadProblem::kThrottled, "later = please\n", 30}));
  UploadTalk talk;
  for (const char c : text) ASSERT_TRUE(talk.Add(std::string_view(&c, 1)));
  ASSERT_TRUE(talk.progress());
  EXPECT_EQ(talk.progress()->sent, 5u);
  EXPECT_TRUE(talk.progress()->paused);
  ASSERT_TRUE(talk.end());
  EXPECT_EQ(talk.end()->problem, UploadProblem::kThrottled);
  EXPECT_EQ(talk.end()->message, "later = please\\x0a");
  EXPECT_EQ(talk.end()->retry_after_seconds, 30);
}

TEST(UploadTalk, NonsenseIsNotBelieved) {
  for (const std::string_view bad : {"hello\n", "end problem=fine\n", "progress sent=1\n", "\n"}) {
    UploadTalk talk;
    EXPECT_FALSE(talk.Add(bad)) << bad;
  }
  UploadTalk endless;
  EXPECT_FALSE(endless.Add(std::string(5000, 'x')));
  UploadTalk after;
  EXPECT_TRUE(after.Add(EndLineOf({})));
  EXPECT_FALSE(after.Add(EndLineOf({})));
}

}  // namespace
}  // namespace kdumpd
